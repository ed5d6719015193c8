import pytest

from mollia.data.read import read_table
from mollia.text_format import UTF_8
from mollia.usecases.found_answers import found_answers

COLUMNS = {"text": "text", "id": "id"}


@pytest.fixture
def look(tmp_path):
    """Write a file whose two LLMs answer in turn with the values, and look at it."""

    def looked(values, classes=(), columns=COLUMNS, coded=()):
        rows = [
            f'r{i},a longer text {i},"{values[i % len(values)]}","{values[i // 2 % len(values)]}"{"," if coded else ""}{label}'
            for i, label in zip(range(12), [*coded, *[""] * 12], strict=False)
        ]
        header = f"id,text,gemma,yi{',coded' if coded else ''}"
        (tmp_path / "data.csv").write_text("\n".join([header, *rows]), "utf-8")
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


def test_a_column_with_few_labels_is_taken_for_a_persons_and_named(look):
    labels = ["late", "lost", "late", "lost", "late"]
    members, said = look(["late", "lost"], classes=("late", "lost"), coded=labels)
    assert [member["name"] for member in members] == ['"gemma"', '"yi"']
    assert 'column "coded" has a class in 5 of 12 rows' in said
    assert '[seed] path = "data.csv" and label = "coded"' in said
    assert "--llms gemma,yi" in said
    assert 'column "coded"' not in look(["late", "lost"], classes=("late", "lost"), coded=labels * 2)[1]


def test_human_labels_in_the_file_are_given_to_the_command_that_fuses(look):
    with_labels = {**COLUMNS, "label": "label"}
    assert "--seed-labels" in look(["late", "lost"], classes=("late", "lost"), columns=with_labels)[1]
    assert "--seed-labels" not in look(["late", "lost"], classes=("late", "lost"))[1]
