import contextlib

import pytest

from mollia.annotate.failures import Retry
from mollia.annotate.openai_server import OpenAIServer
from mollia.annotate.retry import Endpoint
from mollia.ledger.sqlite_store import open_store
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

from .asked import questions_about

WHERE = {"api_key_env", "timeout", "concurrency", "retry"}
CLASSES = ["Refund", "Delivery", "Other"]
QUICK = Retry(attempts=5, first_wait=0.01, longest_wait=0.05)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """The folder of a tiny language model with random weights."""
    from .tiny_lm import write_tiny  # noqa: PLC0415  # for the tests that need it

    return write_tiny(tmp_path_factory.mktemp("tiny"))


def text_in(request):
    """The text a request asks about."""
    content = request.body["messages"][-1]["content"]
    return content.rpartition("Text: ")[2].removesuffix("\nClass:")


def answers(texts=("Refund",), *, top=None, owner="vllm"):
    """A handler that lists one model and gives every chat question the same answer."""

    def handler(request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": owner, "max_model_len": 4096}]})
        if request.path != "/v1/chat/completions":
            return Reply(status=404)
        scoring = request.body.get("logprobs")
        return Reply(body=chat_reply(list(texts)[: request.body.get("n", 1)], top=top if scoring else None))

    return handler


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture
def serve():
    """Start loopback servers with a handler each; they stop with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda handler, **options: stack.enter_context(LoopbackServer(handler, **options))


@pytest.fixture
def server_of():
    """Annotators for a server; closed with the test."""
    with contextlib.ExitStack() as stack:

        def build(*servers, name="gemma", **options):
            urls = [server if isinstance(server, str) else server.url for server in servers]
            where = {"retry": QUICK, "timeout": 5.0} | {k: options.pop(k) for k in WHERE & set(options)}
            endpoint = Endpoint(llm=name, urls=urls, **where)
            annotator = OpenAIServer(endpoint, **{"model": "m", "votes_only": True} | options)
            stack.callback(annotator.close)
            return annotator

        yield build


@pytest.fixture
def questions():
    """Questions about n different texts."""

    def build(n=20, **settings):
        texts = [f"text {i}" for i in range(n)] if isinstance(n, int) else list(n)
        ids = [str(i) for i in range(len(texts))]
        return questions_about(
            ids, texts, **{"instruction": "Which?", "classes": CLASSES, "samples": 1} | settings
        )

    return build
