from mollia.annotate.dialects import LLAMA_CPP, OLLAMA, OTHER
from mollia.annotate.find_servers import FoundServer, find_servers
from mollia.annotate.known_servers import SERVERS, KnownServer
from mollia_benchmarks.loopback import Reply


def listing(*models, owner="library"):
    return Reply(body={"data": [{"id": name, "owned_by": owner} for name in models]})


def at(**urls):
    return {name: KnownServer(title=name, url=url) for name, url in urls.items()}


def test_what_a_server_serves_is_listed_without_models_that_answer_no_question(serve):
    ollama = serve(lambda _: listing("qwen2.5:7b", "nomic-embed-text:latest", "bge-m3"))
    llama = serve(lambda _: listing("gemma.gguf", owner="llamacpp"))
    assert find_servers(at(a=ollama.url, b=llama.url)) == (
        FoundServer(
            name="a",
            url=ollama.url,
            kind=OLLAMA,
            models=("qwen2.5:7b",),
            others=("nomic-embed-text:latest", "bge-m3"),
        ),
        FoundServer(name="b", url=llama.url, kind=LLAMA_CPP, models=("gemma.gguf",)),
    )


def test_what_is_no_llm_server_is_not_found(serve):
    page = serve(
        lambda _: Reply(body=b"<!doctype html><title>My shop</title>", headers={"Content-Type": "text/html"})
    )
    broken = serve(lambda _: Reply(status=500))
    other = serve(lambda _: Reply(body={"data": "none"}))
    silent = serve(lambda _: Reply(delay=60.0))
    nobody = "http://127.0.0.1:9/v1"
    assert find_servers(at(a=page.url, b=broken.url, c=other.url, d=silent.url, e=nobody)) == ()


def test_a_server_that_wants_a_key_is_told(serve):
    closed = serve(lambda _: Reply(status=401, body={"error": "no key"}))
    assert find_servers(at(a=closed.url)) == (FoundServer(name="a", url=closed.url, kind=OTHER, closed=True),)


def test_only_this_machine_is_looked_at_and_no_key_is_sent(serve, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-mine")
    server = serve(lambda _: listing("m"))
    find_servers(
        at(a=server.url) | {"openai": KnownServer(title="x", url=server.url, api_key_env="OPENAI_API_KEY")}
    )
    assert {request.method for request in server.requests} == {"GET"}
    assert not any("authorization" in request.headers for request in server.requests)
    assert all("127.0.0.1" in each.url for each in SERVERS.values() if each.local)
