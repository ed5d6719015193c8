"""A real Ray cluster of three nodes on this machine, and a real server whose answer depends on the text."""

import contextlib
import csv
import hashlib
import os
import time

import pytest
from ray.cluster_utils import Cluster

from mollia.annotate.openai_member import OpenAIMember
from mollia.annotate.prompt import make_questions
from mollia.engine.ray_engine import Ray
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

CLASSES = ["Refund", "Delivery", "Other"]
KEY, KEY_NAME = "sk-4kQ9wLz71fYtW", "MOLLIA_TEST_ENGINE_KEY"
NODE = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "include_log_monitor": False}
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


def text_in(request):
    """The text a request asks about."""
    return request.body["messages"][-1]["content"].rpartition("Text: ")[2].removesuffix("\nClass:")


def masses(text):
    """Label probabilities that only the text decides."""
    drawn = [1 + byte for byte in hashlib.sha256(text.encode()).digest()[:3]]
    return {name: 0.95 * share / sum(drawn) for name, share in zip(CLASSES, drawn, strict=True)}


class Server:
    """Answers by the text, after `delay` seconds; refuses all without the key where one is `wanted`."""

    def __init__(self, *, delay=0.0, wanted=""):
        self.delay, self.wanted = delay, wanted
        self.asked = []  # texts, in order
        self.refused = ()  # texts that are too long for it

    def __call__(self, request):
        if self.wanted and request.headers.get("authorization") != f"Bearer {self.wanted}":
            return Reply(status=401, body={"error": {"message": "wrong key"}})
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 4096}]})
        if request.path != "/v1/chat/completions":
            return Reply(status=404)
        self.asked.append(text_in(request))
        if self.asked[-1] in self.refused:
            return Reply(status=400, body={"error": {"message": "maximum context length exceeded"}})
        top = masses(self.asked[-1])
        return Reply(body=chat_reply([max(top, key=top.get)], top=top), delay=self.delay)


@pytest.fixture(scope="module")
def cluster():
    """Three nodes; they know the key that a server may ask for."""
    os.environ[KEY_NAME] = KEY
    system = {
        "health_check_initial_delay_ms": 0,
        "health_check_period_ms": 500,
        "health_check_failure_threshold": 3,
    }
    head = {**NODE, "include_dashboard": False, "no_monitor": True, "_system_config": system}
    made = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(2):
        made.add_node(**NODE)
    yield made
    made.shutdown()
    del os.environ[KEY_NAME]


@pytest.fixture(scope="module")
def engine(cluster):
    """The engine that has joined the cluster, with a worker per node."""
    made = Ray(address=cluster.address)
    yield made
    made.close()


@pytest.fixture(scope="module")
def serve():
    """Start a server; returns its handler, and a panel member that asks it."""
    with contextlib.ExitStack() as stack:

        def start(name="gemma", *, concurrency=4, **how):
            handler = Server(**how)
            server = stack.enter_context(LoopbackServer(handler))
            return handler, OpenAIMember(
                name=name,
                kind="openai",
                url=server.url,
                model="m",
                concurrency=concurrency,
                api_key_env=KEY_NAME if handler.wanted else None,
            )

        yield start


def questions(n, texts=None):
    """Questions about n texts."""
    texts = texts or [f"text {i}" for i in range(n)]
    return make_questions([str(i) for i in range(len(texts))], texts, instruction="Which?", classes=CLASSES)


def content(store):
    """What a ledger holds, without what a clock measured."""
    return sorted(
        (
            a.key,
            a.llm,
            a.text_id,
            a.replies,
            a.label_logprobs.tobytes(),
            a.unseen_mass,
            a.prompt_tokens,
            a.calls,
        )
        for a in store.all_answers()
        if a.problem is None
    )


def written_task(folder, members, *, n=90, extra=""):
    """Write texts, human labels and a task that asks the members; return the task's path."""
    folder.mkdir(exist_ok=True)
    words = {"Refund": "money back", "Delivery": "parcel late", "Other": "nice shop"}
    rows = [(f"r{i}", f"{words[CLASSES[i % 3]]} number {i}", CLASSES[i % 3]) for i in range(n)]
    for name, kept in (("data.csv", rows), ("seed.csv", rows[:24])):
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("id", "text", "label"), *kept])
    blocks = [f'[[classes]]\nname = "{name}"\n' for name in CLASSES]
    blocks += [
        f'[[panel]]\nname = "{m.name}"\nkind = "openai"\nurl = "{m.url}"\nmodel = "m"\nconcurrency = 4\n'
        for m in members
    ]
    path = folder / "task.toml"
    path.write_text(
        'name = "small"\ninstruction = "What is it about?"\n[data]\npath = "data.csv"\nid = "id"\ntext = "text"\n'
        + "".join(blocks)
        + '[seed]\npath = "seed.csv"\n[query]\nbatch = 10\nrounds = 2\n[run]\nout = "out"\n'
        + extra,
        encoding="utf-8",
    )
    return path


def until(holds, seconds=60):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.02)
