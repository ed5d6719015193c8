"""Every public estimator says its parameters and attributes, and its example runs."""

import doctest

import pytest
from tests.pictures import image

from mollia.content import data_reference
from mollia.encode.tfidf import Tfidf
from mollia.registry import find, names

GIVEN = {
    "OnnxEncoder": "onnx",
    "StaticEncoder": "static",
    "OnnxImages": "image",
    "TorchEncoder": "weights",
    "FinetunedStudent": "weights",
}
MAKERS = [*(find(kind, name) for kind in ("fuser", "student", "encoder") for name in names(kind)), Tfidf]
ESTIMATORS = list(dict.fromkeys(maker for maker in MAKERS if isinstance(maker, type)))


@pytest.fixture
def given(request, minilm_weights):
    """What an example takes for granted: the path of a model."""

    def of(estimator):
        match GIVEN.get(estimator.__name__):
            case None:
                return {}
            case "onnx":
                minilm = request.getfixturevalue("minilm")
                return {"model": minilm.model, "tokenizer": minilm.tokenizer}
            case "static":
                return {"model": str(request.getfixturevalue("static_folder"))}
            case "image":
                folder = request.getfixturevalue("image_model")
                return {"image_model": str(folder), "picture": data_reference(image())}
            case _:
                return {"model": str(minilm_weights), "weights": str(minilm_weights)}

    return of


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: each.__name__)
def test_its_docstring_is_complete_and_its_example_runs(estimator, given):
    sections = ["Attributes\n    ------", "Examples\n    ----"]
    if estimator._parameter_constraints:
        sections.append("Parameters\n    ------")
    for section in sections:
        assert section in estimator.__doc__
    for parameter in estimator._parameter_constraints:
        assert any(
            line.startswith("    ") and parameter in line.partition(" : ")[0].replace(",", " ").split()
            for line in estimator.__doc__.splitlines()
            if " : " in line
        ), f"{parameter} is not described"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for example in doctest.DocTestFinder(recurse=False).find(
        estimator, estimator.__name__, globs=given(estimator)
    ):
        runner.run(example)
    assert runner.summarize(verbose=False) == doctest.TestResults(0, runner.tries)
    assert runner.tries
