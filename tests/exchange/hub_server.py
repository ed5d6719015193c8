"""A server on this machine that speaks the parts of the Hugging Face Hub's API that an upload uses.

Written by the API's documentation (https://huggingface.co/docs/hub/api, read in November 2026) and Git LFS' batch API. It keeps repositories and files, and
refuses what the hub refuses: a wrong token, another owner's repository, a repository that is there, a card whose header is no YAML.
"""

import base64
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

TOKEN = "hf_TheTokenOfAnnIsSecret"  # noqa: S105  # of this server
LFS = (".parquet", ".onnx", ".safetensors", ".skops", ".bin")


class Hub:
    """The server's state, and what came in; `refuse` maps a part of a path to the status it gets."""

    def __init__(self):
        self.repositories, self.stored, self.asked, self.refuse, self.sent = {}, {}, [], {}, []
        self.hold, self.held = None, threading.Event()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                hub.answer(self, "GET")

            def do_POST(self):
                hub.answer(self, "POST")

            def do_PUT(self):
                hub.answer(self, "PUT")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, method):
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path = request.path.split("?")[0]
        self.asked.append((method, path))
        if self.hold and self.hold in path:
            self.held.set()
            threading.Event().wait(60)  # the client is killed meanwhile
            return
        status, said, headers = self.said(method, path, body, request.headers.get("Authorization"))
        content = json.dumps(said).encode()
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    def said(self, method, path, body, key):
        if path.startswith("/lfs/") and method == "PUT":
            oid = path.removeprefix("/lfs/")
            if hashlib.sha256(body).hexdigest() != oid:
                return 400, {"error": "the content is not what was announced"}, {}
            self.stored[oid] = body
            self.sent.append(oid)
            return 200, {}, {}
        if key != f"Bearer {TOKEN}":
            message = "Invalid credentials in Authorization header"
            return 401, {"error": message}, {"X-Error-Message": message}
        for part, status in self.refuse.items():
            if part in path:
                return status, {"error": "refused"}, {"X-Error-Message": "refused"}
        return self.known(path, body)

    def known(self, path, body):  # noqa: PLR0911  # one per endpoint
        if path == "/api/repos/create":
            return self.create(json.loads(body))
        if path == "/api/validate-yaml":
            return self.validate(json.loads(body)["content"])
        if path.startswith("/lfs/verify"):
            return 200, {}, {}
        if found := re.fullmatch(r"/(datasets/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            return self.batch(json.loads(body))
        found = re.fullmatch(
            r"/api/(dataset|model)s/([^/]+/[^/]+)(?:/(preupload|commit|revision)/main)?", path
        )
        if found is None:
            return 404, {"error": "no such page"}, {}
        kind, name, what = found.groups()
        there = self.repositories.get((kind, name))
        if there is None:
            return 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
        if what == "preupload":
            modes = [
                {"path": each["path"], "uploadMode": mode(each["path"]), "shouldIgnore": False}
                for each in json.loads(body)["files"]
            ]
            return 200, {"files": modes}, {}
        if what == "commit":
            return self.commit(kind, name, [json.loads(line) for line in body.splitlines()])
        siblings = [{"rfilename": file} for file in (".gitattributes", *there["files"])]
        return (
            200,
            {"id": name, "sha": "0" * 40, "private": there["private"], "siblings": siblings, "tags": []},
            {},
        )

    def create(self, told):
        kind, name = told.get("type", "model"), f"{told['organization']}/{told['name']}"
        if told["organization"] != "ann":
            message = "You don't have the rights to create a repository under this namespace"
            return 403, {"error": message}, {"X-Error-Message": message}
        if (kind, name) in self.repositories:
            return 409, {"error": "You already created this repo"}, {}
        self.repositories[kind, name] = {
            "private": told.get("visibility") == "private",
            "files": {},
            "commits": 0,
        }
        return 200, {"url": f"{self.url}/{'datasets/' if kind == 'dataset' else ''}{name}", "id": name}, {}

    def validate(self, card):
        try:
            header = yaml.safe_load(card.split("---")[1])
        except yaml.YAMLError as error:
            return 400, {"errors": [{"message": str(error)}], "warnings": []}, {}
        return (
            200,
            {"errors": [] if isinstance(header, dict) else [{"message": "no header"}], "warnings": []},
            {},
        )

    def batch(self, told):
        objects = []
        for each in told["objects"]:
            actions = {
                "upload": {"href": f"{self.url}/lfs/{each['oid']}"},
                "verify": {"href": f"{self.url}/lfs/verify"},
            }
            objects.append(each if each["oid"] in self.stored else {**each, "actions": actions})
        return 200, {"transfer": "basic", "objects": objects}, {}

    def commit(self, kind, name, lines):
        files = dict(self.repositories[kind, name]["files"])
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.stored[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        self.repositories[kind, name] |= {
            "files": files,
            "commits": self.repositories[kind, name]["commits"] + 1,
        }
        return (
            200,
            {"success": True, "commitOid": "1" * 40, "commitUrl": f"{self.url}/{name}/commit/{'1' * 40}"},
            {},
        )


def mode(path):
    return "lfs" if path.endswith(LFS) else "regular"
