import pytest
from pydantic import ValidationError

from mollia import registry
from mollia.errors import TaskError
from mollia.task.load import load_task, task_from


def refused(path) -> TaskError:
    with pytest.raises(TaskError) as caught:
        load_task(path)
    assert str(path) in str(caught.value)
    return caught.value


def test_the_example_says_what_it_says(saved, example):
    path = saved(example)
    task = load_task(path)
    assert task.name == "complaints"
    assert task.class_names == ("credit_card", "mortgage")
    assert task.labels == (("credit_card", "card"), ("mortgage",))
    assert task.data.path == path.parent / "complaints.csv"
    assert (task.data.id, task.data.gold) == ("id", None)
    assert task.seed.path == path.parent / "seed.csv"
    gemma, yi = task.panel
    assert (gemma.addresses, gemma.model, gemma.samples) == (
        ("http://127.0.0.1:8080/v1",),
        "gemma-2-9b-it",
        0,
    )
    assert (yi.path, yi.column) == (path.parent / "panel.parquet", "yi")
    assert (task.budget.calls, task.budget.money, task.budget.tokens) == (100000, 5.0, None)
    assert task.run.out == path.parent / "task_out"
    assert (task.run.random_state, task.run.ask) == (0, "pool")


def test_a_task_cannot_be_changed(saved, example):
    task = load_task(saved(example))
    with pytest.raises(ValidationError):
        task.name = "other"


def test_absolute_paths_and_the_given_folder_are_kept(saved, example, tmp_path):
    text = example.replace('"complaints.csv"', f"'{tmp_path / 'x.csv'}'").replace(
        "[run]", '[run]\nout = "../results"'
    )
    path = saved(text, "other.toml")
    task = load_task(path)
    assert task.data.path == tmp_path / "x.csv"
    assert task.run.out == path.parent / "../results"


def test_a_byte_order_mark_and_a_folder_are_accepted(saved, example):
    path = saved(b"\xef\xbb\xbf" + example.encode())
    assert load_task(path.parent).name == "complaints"


def test_a_missing_file_points_to_init(tmp_path):
    assert "mollia init" in refused(tmp_path / "no.toml").hint


def test_broken_toml_names_the_line(saved, example):
    assert "task.toml:2: not valid TOML" in str(
        refused(saved(example.replace('"complaints"\n', '"complaints\n', 1)))
    )


def test_a_windows_path_in_double_quotes_gets_the_remedy(saved, example):
    error = refused(saved(example.replace('"complaints.csv"', r'"C:\data\in.csv"')))
    assert "task.toml:7" in str(error)
    assert "single quotes" in error.hint


def test_a_task_in_another_encoding_is_refused(saved, example):
    assert "offset" in str(refused(saved(example.replace("complaints", "café").encode("cp1252"))))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "model =",
            "modle =",
            'panel[0].modle is not a key of a panel member of kind "openai". Did you mean "model"?',
        ),
        (
            'llm = "yi"',
            'llmm = "yi"',
            'panel[1].llmm is not a key of a panel member of kind "recorded". Did you mean "llm"?',
        ),
        (
            'llm = "yi"',
            'urls = ["http://x"]',
            'panel[1].urls is not a key of a panel member of kind "recorded".',
        ),
        (
            'kind = "openai"              # openai | llama_cpp | transformers | vllm | recorded\n',
            "",
            "panel[0].kind is missing.",
        ),
        ('kind = "openai"', "kind = 3", "panel[0].kind must be a string"),
        ("[budget]", "[budgets]", 'budgets is not a key of a task file. Did you mean "budget"?'),
        ("description =", "descripton =", "classes[0].descripton is not a key of a task file. Did you mean"),
        ('"mortgage"', "3", "classes[1].name must be a string: write it in quotes."),
        ('"mortgage"', "true", "classes[1].name must be a string"),
        ('"mortgage"', '" "', "classes[1].name: must not be blank."),
        ('"mortgage"', '"mortgage "', "has blanks at its ends"),
        ('"mortgage"', '"credit_card"', 'Two classes are called "credit_card".'),
        ('"mortgage"', '"Card"', '"Card" is a name of two classes: "credit_card" and "Card"'),
        ('[[classes]]\nname = "mortgage"\n', "", 'only one class ("credit_card")'),
        ('name = "recorded-yi"', 'name = "gemma"', 'two LLMs are called "gemma"'),
        (
            '"default"           # default | molam',
            '"molm" #',
            'fuse.method: "molm" is unknown. Did you mean "molam"?',
        ),
        (
            'strategy = "default"',
            'strategy = "entrpy"',
            'query.strategy: "entrpy" is unknown. Did you mean "entropy"?',
        ),
        ('kind = "frozen"', 'kind = "frosen"', 'student.kind: "frosen" is unknown. Did you mean "frozen"?'),
        ('kind = "openai"', 'kind = "opnai"', 'panel[0].kind: "opnai" is unknown. Did you mean "openai"?'),
        ("batch = 50", "batch = 0", "query.batch: input should be greater than or equal to 1."),
        ("batch = 50", 'batch = "50"', "query.batch must be a whole number."),
        ("batch = 50", "batch = true", "query.batch must be a whole number."),
        ("batch = 50", "batch = 2.5", "query.batch must be a whole number."),
        ("money = 5.0", "money = -1", "budget.money: input should be greater than or equal to 0."),
        ("money = 5.0", "money = inf", "budget.money must be a finite number."),
        ("random_state = 0", 'ask = "some"', "run.ask must be 'pool' or 'batches'."),
        ("samples = 0", "top_p = 0.0", "panel[0].top_p: input should be greater than 0."),
        ("samples = 0", 'urls = ["http://x"]', "panel[0]: give url (one server) or urls"),
        ('url = "http://127.0.0.1:8080/v1"\nmodel = "gemma-2-9b-it"', "", '"openai" needs url and model'),
        ('path = "panel.parquet"', "", 'panel[1]: kind "recorded" needs path.'),
        ("# draw = 50", "draw = 50", "seed: give path (labels in a file) or draw"),
        ('path = "seed.csv"', "draw = 50", "seed.draw draws from the gold column"),
        ('name = "complaints"\n', "", "name is missing."),
        ('[data]\npath = "complaints.csv"', "[data]", "data.path is missing."),
        ("[query]", "[[query]]", "query must be a table."),
    ],
)
def test_each_fault_is_named_with_its_key_path(saved, example, old, new, message):
    assert old in example
    assert message in str(refused(saved(example.replace(old, new, 1))))


def test_all_faults_are_reported_at_once(saved, example):
    text = (
        example.replace("model =", "modle =")
        .replace("batch = 50", "batch = -1")
        .replace("rounds = 10", "round = 1")
    )
    error = refused(saved(text))
    assert "has 3 faults" in str(error)
    for key in ("panel[0].modle", "query.batch", "query.round"):
        assert key in str(error)


@pytest.mark.parametrize("key", ["api_key", "key", "token"])
def test_a_key_in_the_task_is_refused_and_never_repeated(saved, example, key):
    error = refused(saved(example.replace('# api_key_env = "MY_KEY"', f'{key} = "sk-very-secret"')))
    assert f"panel[0].{key}" in str(error)
    assert "api_key_env" in error.hint
    assert "secret" not in str(error).replace("secrets", "")


def test_a_key_where_its_variable_is_expected_is_refused_and_never_repeated(saved, example):
    error = refused(saved(example.replace('# api_key_env = "MY_KEY"', 'api_key_env = "sk-very-secret"')))
    assert "panel[0].api_key_env must be the name of an environment variable" in str(error)
    assert "very" not in str(error)


def test_labels_that_look_like_numbers_or_missing_values_are_classes(saved, example):
    blocks = "".join(
        f'[[classes]]\nname = "{name}"\n' for name in ("1", "10", "NA", "None", "null", "nan", "True")
    )
    start, end = example.index("[[classes]]"), example.index("[seed]")
    task = load_task(saved(example[:start] + blocks + example[end:]))
    assert task.class_names == ("1", "10", "NA", "None", "null", "nan", "True")


def test_aliases_may_repeat_their_own_class_in_another_case(saved, example):
    text = example.replace('aliases = ["card"]', 'aliases = ["Card", "card", "CREDIT_CARD"]')
    assert load_task(saved(text)).labels[0] == ("credit_card", "Card", "card", "CREDIT_CARD")


def test_every_registered_name_is_accepted(saved, example):
    for kind, old in (("fuser", 'method = "default"'), ("query", 'strategy = "default"')):
        for name in registry.names(kind):
            load_task(saved(example.replace(old, old.replace("default", name), 1)))


def test_a_task_from_a_mapping_is_checked_alike(tmp_path):
    written = {
        "name": "x",
        "instruction": "?",
        "data": {"path": "in.csv"},
        "classes": [{"name": "a"}, {"name": "b"}],
        "panel": [{"name": "r", "kind": "recorded", "path": "p.parquet"}],
    }
    assert task_from(written, folder=tmp_path).data.path == tmp_path / "in.csv"
    with pytest.raises(TaskError, match="panel is empty"):
        task_from(written | {"panel": []}, folder=tmp_path)


def test_a_hub_name_stays_as_it_is(saved, example):
    assert (
        str(load_task(saved(example.replace("complaints.csv", "hub:org/set/train"))).data.path)
        == "hub:org/set/train"
    )
