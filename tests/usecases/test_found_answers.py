import pytest

from mollia.data.read import read_table
from mollia.text_format import UTF_8
from mollia.usecases.found_answers import found_answers

COLUMNS = {"text": "text", "id": "id"}


@pytest.fixture
def look(tmp_path):
    """Write a file whose two LLMs answer in turn with the values, and look at it."""

    def looked(values, classes=(), columns=COLUMNS):
        rows = [
            f'r{i},a longer text {i},"{values[i % len(values)]}","{values[i // 2 % len(values)]}"'
            for i in range(12)
        ]
        (tmp_path / "data.csv").write_text("\n".join(["id,text,gemma,yi", *rows]), "utf-8")
        said = []
        members = found_answers(
            read_table(tmp_path / "data.csv"),
            tmp_path / "data.csv",
            tmp_path,
            classes=classes,
            columns=columns,
            text_format=UTF_8,
            say=said.append,
        )
        return members, " ".join(said)

    return looked


def test_with_the_names_of_classes_llms_become_recorded_members(look):
    members, said = look(["late", "lost"], classes=("late", "lost"))
    assert members == [
        {"name": f'"{llm}"', "kind": '"recorded"', "path": '"data.csv"'} for llm in ("gemma", "yi")
    ]
    assert "fuse" in said
    assert "--labels late,lost --text text --id id" in said


def test_without_them_columns_of_like_values_are_named(look):
    members, said = look(["late", "lost"])
    assert members == []
    assert said.endswith("--classes late,lost")


@pytest.mark.parametrize("value", ["late, or lost", "7" * 5000])
def test_values_that_do_not_fit_into_a_line_are_not_written_out(look, value):
    assert look(["late", value])[1].endswith("--classes NAME,NAME")


def test_a_file_without_answers_says_nothing(look):
    assert look(["late", "lost"], classes=("blue", "green")) == ([], "")
    assert look([f"note {i}" for i in range(12)]) == ([], "")
