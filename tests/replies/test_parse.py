import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mollia.replies.parse import AMBIGUOUS, BEGUN, CUT, EMPTY, NEGATED, REASONS, REFUSED, UNKNOWN, parse_reply

SHOP = ["Refund", "Delivery", "Other"]
TREC = ["abbreviation", "entity", "description", "human", "location", "numeric"]


def read(reply, classes):
    parsed = parse_reply(reply, classes)
    return classes[parsed.label] if parsed.label >= 0 else parsed.reason


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Delivery", "Delivery"),
        (" delivery.", "Delivery"),
        ("**Delivery**", "Delivery"),
        ("Label: Delivery", "Delivery"),
        ('"Delivery"', "Delivery"),
        ("\n\nDelivery\nBecause it is late", "Delivery"),
        ("DELIVERY", "Delivery"),
        ("Delivery or Refund", AMBIGUOUS),
        ("Shipping", UNKNOWN),
        ("", EMPTY),
        ("Deliv", BEGUN),
        ("Not Delivery", NEGATED),
    ],
)
def test_one_line_answers_case_o1(reply, expected):
    assert read(reply, SHOP) == expected


def test_a_longer_label_wins_over_the_label_it_contains_case_o2():
    classes = ["Sport", "Sportswear", "Transport"]
    assert [read(reply, classes) for reply in classes] == classes
    assert read("The label is Sportswear.", classes) == "Sportswear"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("10", "10"),
        ("1", "1"),
        ("1.", "1"),
        ("(10)", "10"),
        ("Label: 10", "10"),
        ("The answer is 1", "1"),
        ("1.5", UNKNOWN),
        ("-1", UNKNOWN),
        ("11", UNKNOWN),
        ("100", UNKNOWN),
        ("10%", UNKNOWN),
        ("1 or 10", AMBIGUOUS),
    ],
)
def test_ten_is_never_read_as_one_case_o3(reply, expected):
    assert read(reply, ["1", "2", "10"]) == expected


def test_names_that_look_missing_or_boolean_are_names_case_o3():
    missing = ["NA", "None", "null", "nan", "yes"]
    assert [read(name, missing) for name in missing] == missing
    assert [read(reply, ["True", "False"]) for reply in ("true", "FALSE.", "Answer: True")] == [
        "True",
        "False",
        "True",
    ]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("human, entity", AMBIGUOUS),
        ("numeric\nlocation", AMBIGUOUS),
        ("human (or entity, depending on the context)", AMBIGUOUS),
        ("It could be either human or location.", AMBIGUOUS),
        ("human/entity", AMBIGUOUS),
        ("not sure if human or entity", NEGATED),
        ("Neither human nor entity", NEGATED),
        ("It isn't human", NEGATED),
        ("non-human", NEGATED),
        ("This is not human but entity", "entity"),
        ("human (implied)", "human"),
        ("human: no location is asked for", "human"),
        ("human because the location does not matter", "human"),
        ("<answer>human</answer>", "human"),
        ('{"label": "human"}', "human"),
        ("- Human", "human"),
        ("1. human", "human"),
        ("<think>entity? location?</think>\nhuman", "human"),
        ("<think>human, or entit", CUT),
        ("The most appropriate category is: **Entity**.", "entity"),
        ("I can't assist with that request.", REFUSED),
        ("I cannot tell.", UNKNOWN),
        ("humans", "human"),
        ("hu", UNKNOWN),
        ("humanity", UNKNOWN),
    ],
)
def test_what_real_models_write(reply, expected):
    assert read(reply, TREC) == expected


def test_in_long_prose_only_a_label_given_as_the_answer_counts():
    prose = (
        "This text tells of many things that happened in the town and of a human who lived there and was " * 2
    )
    assert read(prose, TREC) == UNKNOWN
    assert read(prose + "\nSo the answer is entity.", TREC) == "entity"
    assert read(prose + "\n\n**entity**", TREC) == "entity"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("A", "A"), ("(b)", "B"), ("Answer: B", "B"), ("A delivery problem", UNKNOWN), ("B. It is late.", "B")],
)
def test_one_letter_names_count_only_where_they_stand_alone(reply, expected):
    assert read(reply, ["A", "B", "C"]) == expected


def test_signs_that_tell_names_apart_are_kept():
    assert [read(r, ["C", "C++", "C#"]) for r in ("C", "c++", "It is C#", "C.")] == ["C", "C++", "C#", "C"]
    assert [read(r, ["US", "us"]) for r in ("US", "us", '"us"')] == ["US", "us", "us"]
    assert [read(r, ["+", "-"]) for r in ("+", "-", " - ")] == ["+", "-", "-"]
    assert [read(r, ["credit_card", "mortgage"]) for r in ("Credit card", "credit-card")] == [
        "credit_card"
    ] * 2
    assert read("not spam", ["spam", "not spam"]) == "not spam"


def test_aliases_count_for_their_class():
    classes = [("credit_card", "card"), ("mortgage", "home loan")]
    assert [parse_reply(r, classes).label for r in ("Card", "Home Loan.", "card or home loan")] == [0, 1, -1]


names = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), min_size=2, max_size=6
)


@given(names, st.text(max_size=60))
def test_any_reply_gives_a_class_or_a_reason(classes, reply):
    parsed = parse_reply(reply, classes)
    assert (0 <= parsed.label < len(classes) and not parsed.reason) or (
        parsed.label,
        parsed.reason in REASONS,
    ) == (
        -1,
        True,
    )


@given(names, st.data())
def test_every_name_is_read_as_its_own_class(classes, data):
    assume(len({c.strip() for c in classes}) == len(classes) and all(c.strip() for c in classes))
    assume(not any("<think" in c.lower() for c in classes))
    number = data.draw(st.integers(0, len(classes) - 1))
    assert parse_reply(classes[number], classes).label == number
    assert parse_reply(f"\n {classes[number]} \n", classes).label == number


words = st.lists(
    st.from_regex(re.compile(r"[a-z]{4,9}", re.ASCII), fullmatch=True), min_size=2, max_size=6, unique=True
)
DECORATED = ["{}.", "**{}**", '"{}"', "Label: {}", "Answer: {}", "`{}`", "- {}", "{}\n\nBecause of the text."]


@given(words, st.data())
def test_decoration_and_case_change_nothing(classes, data):
    assume(not any(a != b and a.rstrip("s") == b.rstrip("s") for a in classes for b in classes))
    assume(not {"because", "label", "answer", "text"} & set(classes))
    number = data.draw(st.integers(0, len(classes) - 1))
    form = data.draw(st.sampled_from(DECORATED))
    name = data.draw(st.sampled_from([str, str.upper, str.title]))(classes[number])
    assert parse_reply(form.replace("{}", name), classes).label == number


@given(st.lists(st.integers(0, 200), min_size=2, max_size=8, unique=True), st.integers(0, 300))
def test_a_number_is_read_as_that_number_or_not_at_all(numbers, replied):
    classes = [str(n) for n in numbers]
    for form in ("{}", "Label: {}", "{}.", "**{}**", "It is {}"):
        parsed = parse_reply(form.replace("{}", str(replied)), classes)
        assert parsed.label == (numbers.index(replied) if replied in numbers else -1)


@given(words, st.data())
def test_two_different_labels_are_never_one(classes, data):
    assume(not any(a != b and a.rstrip("s") == b.rstrip("s") for a in classes for b in classes))
    one, two = data.draw(st.permutations(classes))[:2]
    for joint in (" or ", ", ", "/", " and ", "\n"):
        assert parse_reply(f"{one}{joint}{two}", classes).label == -1
