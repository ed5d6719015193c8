"""Cases O26 to O29: other labels in a reply, refusals, structured replies and thoughts, difficult names."""

import time

import pytest

from mollia.replies.parse import (
    AMBIGUOUS,
    CUT,
    EMPTY,
    LONGEST,
    NEGATED,
    REFUSED,
    TOO_LONG,
    UNKNOWN,
    parse_reply,
)

SHOP = ["Refund", "Delivery", "Other"]
HATE = ["Hate speech", "Offensive", "Neither"]
SAFETY = ["hate speech", "self-harm", "violence"]


def read(reply, classes):
    parsed = parse_reply(reply, classes)
    return classes[parsed.label] if parsed.label >= 0 else parsed.reason


@pytest.mark.parametrize(
    "reply",
    [
        "Primary label: Refund\nSecondary label: Delivery",
        "Secondary label: Delivery\nPrimary label: Refund",
        "Final Answer: Refund. Confidence: High. Alternative label: Delivery",
        "Label: Refund (runner-up class: Delivery)",
        "Label: Refund\nWhy not label: Delivery? Nothing was shipped.",
        "Refund. The other possible label is Delivery.",
        "Label: Refund\nAlternative: Delivery",
        "Refund\n\nAlternative label: Delivery",
        "Answer: Refund\nSecond choice: Delivery",
        "First choice: Refund. Second choice: Delivery.",
        "Category: Refund; second best category: Delivery",
        "The label is Refund. A less likely label would be Delivery.",
        "Label: Refund\nRejected labels: Delivery",
        "Label: Refund\n\nNot label: Delivery",
        "Category: Refund\nIncorrect category: Delivery",
        "Initial label: Delivery. Final label: Refund.",
        "The label is Refund. It could also be labelled as Delivery.",
        "Class: Refund\nBackup class: Delivery",
        "**Label:** Refund\n**Runner-up:** Delivery",
        "Refund\n\nRunner-up:\nDelivery",
        "Label: Refund. Reason: the Delivery never came.",
        "Refund: Delivery was late and they want the money back.",
        "Refund (not Delivery)",
        "Refund rather than Delivery",
        "Refund instead of Delivery",
        "Refund. Not Delivery.",
        "Refund, not Delivery",
        "The options are:\n- Refund\n- Delivery\n- Other\n\nAnswer: Refund",
        "Refund\nText: where is my parcel\nClass: Delivery",
        "Category: Delivery? No, they want money. Category: Refund",
        "I would choose Refund.",
        "So, the final answer is: **Refund**",
        "This is classified as Refund, as opposed to Delivery.",
    ],
)
def test_a_label_named_beside_the_answer_never_wins_case_o26(reply):
    assert read(reply, SHOP) == "Refund"


@pytest.mark.parametrize(
    "between",
    ["; ", ". ", ": ", " \u2014 ", " - ", " | ", " / ", "/", ", ", "\n", "\n\n", "\t", " + ", " & ", " -> ", " \u2192 ", " and ", " or ",
     " and/or ", ", and also ", " as well as ", " plus ", " also ", ", possibly ", " (", " then ", " ", "\n- ", "\n2. ", "... ", "; or "],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{}", "Label: {}", "The label is {}.", "**{}**"])
def test_two_labels_are_two_whatever_stands_between_them_case_o26(between, form):
    reply = form.replace("{}", f"Refund{between}Delivery")
    assert read(reply, SHOP) in {AMBIGUOUS, UNKNOWN}


@pytest.mark.parametrize("way", ["Label: Refund\nLabel: Delivery", "The label is Refund. The label is Delivery.",
                                 "Refund. The label is Delivery.", "Final answer: Refund. Final answer: Delivery."])  # fmt: skip
def test_two_answers_are_no_answer_case_o26(way):
    assert read(way, SHOP) == AMBIGUOUS


@pytest.mark.parametrize(
    "reply",
    [
        "Alternative label: Delivery",
        "It isn't Refund; an alternative would be Delivery",
        "Delivery would be wrong.",
        "Delivery is not the right label",
        "Delivery does not fit.",
        "Delivery is less likely",
        "The runner-up is Delivery",
        "I cannot determine whether this is about Delivery.",
        "I don't know. The text mentions Delivery.",
        "It is impossible to say if Delivery fits",
    ],
)
def test_a_label_that_is_only_an_alternative_or_denied_is_none(reply):
    assert read(reply, SHOP) in {NEGATED, UNKNOWN}


REFUSALS = [
    "I can't help with content that promotes {}.",
    "I'm unable to engage with {}. Is there something else I can help you with?",
    "If you are struggling with {}, please call a helpline.",
    "I'm sorry, but I can't assist with that. It involves {}.",
    "I'm sorry, but I cannot classify {}.",
    "Sorry, I can't do that: {} is against my guidelines.",
    "I cannot fulfill this request as it contains {}.",
    "I won't engage with {}",
    "I will not provide a label for {}.",
    "As an AI language model, I do not condone {}.",
    "I am not able to discuss {}.",
    "I'm not comfortable labelling {}.",
    "I must decline to process texts about {}.",
    "This content violates our policy on {}.",
    "Your request was flagged for {}.",
    "Content blocked by the {} filter",
    "It is not okay to promote {}.",
    "{} is never acceptable.",
    "{} is harmful and I do not support it.",
    "Promoting {} is wrong.",
    "We must all stand against {}.",
    "I strongly condemn {}.",
    "It's important to treat everyone with respect and to avoid {}.",
    "If you or someone you know is affected by {}, help is available.",
    "You are not alone. For {} there are people who can help: call 988.",
    "Let's talk about something else than {}.",
    "I'd prefer not to discuss {}.",
    "Unable to comply: {}",
    "Cannot assist with {}.",
    "My guidelines do not allow me to judge {}.",
    "I apologize, but {} is something I cannot discuss.",
    "Unfortunately, I can't process {}",
    "I aim to be respectful and can't repeat {}.",
    "I'm Claude, an AI assistant, and {} isn't something I can work with.",
    "I can\u2019t help with {}.",
    "I cannot provide a label: {}.",
    "My answer is: {} is something I can't talk about.",
    "{}: I can't help with that.",
    "Es tut mir leid, aber bei {} kann ich nicht helfen.",
    "Je suis d\u00e9sol\u00e9, je ne peux pas traiter {}.",
    "Lo siento, no puedo ayudar con {}.",
    "\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5\u5904\u7406{}\u3002",
    "\u7533\u3057\u8a33\u3042\u308a\u307e\u305b\u3093\u304c\u3001{}\u306b\u306f\u304a\u7b54\u3048\u3067\u304d\u307e\u305b\u3093\u3002",
    "\u0418\u0437\u0432\u0438\u043d\u0438\u0442\u0435, \u044f \u043d\u0435 \u043c\u043e\u0433\u0443 \u043e\u0431\u0441\u0443\u0436\u0434\u0430\u0442\u044c {}.",
    '{"error": "I cannot classify {}"}',
    '{"label": "I can\'t help with {}"}',
    "**I can't help with {}.**",
    "I can't engage with this.\n\nThe text contains {} and I don't want to repeat it.",
    "I cannot create content that depicts {}",
    "Please contact a professional about {}",
    "My safety rules prevent me from reading {}",
    "{} has no place here",
    "I will pass on this one because of the {} in it",
    "I have to stop here: {}.",
    "Sorry! {} isn't something I'm able to help with.",
]  # fmt: skip


@pytest.mark.parametrize("name", SAFETY)
@pytest.mark.parametrize("reply", REFUSALS)
def test_a_refusal_that_names_a_class_is_never_that_class_case_o27(reply, name):
    assert read(reply.replace("{}", name), SAFETY) in {REFUSED, NEGATED, UNKNOWN}
    assert read(reply.replace("{}", name.capitalize()), SAFETY) in {REFUSED, NEGATED, UNKNOWN}


def test_most_refusals_are_called_so_case_o27():
    said = [read(reply.replace("{}", name), SAFETY) for name in SAFETY for reply in REFUSALS]
    assert said.count(REFUSED) >= 0.85 * len(said)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("I can't repeat the text, which is disturbing.\nLabel: violence", "violence"),
        ("I'm sorry to read this. The label is self-harm.", "self-harm"),
        ("Self-harm. If you are struggling, please call a helpline.", "self-harm"),
        ("hate speech", "hate speech"),
        ("This text is hate speech.", "hate speech"),
        ("violence: someone is threatened", "violence"),
        ("The text promotes violence", UNKNOWN),  # a topic, in words that refusals use
    ],
)
def test_an_answer_beside_regrets_is_read_case_o27(reply, expected):
    assert read(reply, SAFETY) == expected


@pytest.mark.parametrize(
    "reply",
    [
        '{"reason": "mentions Delivery delay but wants money", "label": "Refund"}',
        '```json\n{"reasoning": "Delivery? no", "label": "Refund"}\n```',
        'Here it is:\n```json\n{"label": "Refund", "why": "Delivery was late"}\n```\nI chose it over Delivery.',
        '{"label": "Refund", "alternative": "Delivery"}',
        '{"secondary_label": "Delivery", "primary_label": "Refund"}',
        '{"primary": "Refund", "secondary": "Delivery"}',
        '["Refund"]',
        '[{"label": "Refund"}]',
        '{"labels": ["Refund"]}',
        '{"classification": {"label": "Refund", "confidence": 0.9}}',
        '{"name": "classify", "arguments": {"label": "Refund"}}',
        "{'label': 'Refund', 'reason': 'no Delivery'}",
        "{label: Refund, other: Delivery}",
        '{"label": "Refund", "reason": "the customer says that the Deliv',
        '{"Refund": 0.8, "Delivery": 0.1, "Other": 0.1}',
        '{"Refund": true, "Delivery": false, "Other": false}',
        '{"x": "Refund", "y": "because of the Delivery"}',
        '{"final_answer": "Refund", "considered": ["Refund", "Delivery"]}',
        "<reason>Delivery is late</reason><label>Refund</label>",
        "<answer>\nRefund\n</answer>",
        r"The answer is \boxed{Refund}, not Delivery",
        r"\boxed{\text{Refund}}",
        "reason: mentions Delivery\nlabel: Refund",
        '{\n  "label": "Refund"\n}\n\nThe other candidate was Delivery.',
        '{"Label": "refund"}',
        '{"predicted_label": "Refund", "true_label_unlikely": "Delivery"}',
    ],
)
def test_structured_replies_are_read_by_the_field_that_holds_the_label_case_o28(reply):
    assert read(reply, SHOP) == "Refund"


@pytest.mark.parametrize(
    ("reply", "reasons"),
    [
        ('{"label": ["Refund", "Delivery"]}', {AMBIGUOUS}),
        ('["Refund", "Delivery"]', {AMBIGUOUS}),
        ('{"label": "Refund"}\n{"label": "Delivery"}', {AMBIGUOUS}),
        ('{"reason": "mentions Delivery del', {CUT, UNKNOWN}),
        ('{"reason": "mentions Delivery", "lab', {CUT, UNKNOWN}),
        ('{"label": null}', {UNKNOWN, EMPTY}),
        ('{"label": "not Delivery"}', {NEGATED}),
        ('{"label": ""}', {EMPTY}),
        ('{"Refund": 1, "Delivery": 2}', {UNKNOWN, AMBIGUOUS}),
        ('{"Refund": 0.5, "Delivery": 0.5}', {UNKNOWN, EMPTY, AMBIGUOUS}),
        ("[" * 5000, {CUT, UNKNOWN}),
        ('{"a":' * 1900, {CUT, UNKNOWN}),
        ('{"label": ' + "9" * 400 + "}", {UNKNOWN}),
    ],
)
def test_structured_replies_without_one_label_have_a_reason_case_o28(reply, reasons):
    assert read(reply, SHOP) in reasons


@pytest.mark.parametrize(
    "reply",
    [
        "The user mentions Delivery, Other... </think>Refund",
        "Delivery?\n</thinking>\n\nRefund",
        "[THINK]maybe Delivery[/THINK]Refund",
        "<thought>Delivery</thought> Refund",
        "<reasoning>Delivery</reasoning>\nRefund",
        "<think><think>Delivery</think>Other</think>Refund",
        "<think>Delivery</think> Refund",
        "\u25c1think\u25b7Delivery\u25c1/think\u25b7Refund",
        "<|begin_of_thought|>Delivery<|end_of_thought|>Refund",
        "<|channel|>analysis<|message|>Delivery?<|end|><|start|>assistant<|channel|>final<|message|>Refund",
        "analysisIs it Delivery?assistantfinalRefund",
        "<unused94>thought\nDelivery<unused95>Refund",
        "Refund<|im_end|>\n<|im_start|>user\nDelivery",
        "Refund</s>",
        "<|im_start|>assistant\nRefund",
        "Refund<end_of_turn>\n<start_of_turn>user\nText: Delivery",
        "Refund <think>or Delivery</think>",
    ],
)
def test_thoughts_and_turns_are_not_the_answer_case_o28(reply):
    assert read(reply, SHOP) == "Refund"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("<think>Refund, or Deliv", CUT),
        ("<think>Delivery</think>", EMPTY),
        ("Delivery</think>", EMPTY),
        ("<|channel|>analysis<|message|>It is Delivery", CUT),
        ("[THINK]Delivery", CUT),
        ("Refund</think><think>Delivery", CUT),
    ],
)
def test_thoughts_without_an_answer_give_none_case_o28(reply, reason):
    assert read(reply, SHOP) == reason


FOOD = ["Food, drinks", "Food", "Sci/Tech", "Arts & Entertainment"]


@pytest.mark.parametrize(
    ("reply", "expected", "classes"),
    [
        ("1.0", "1", ["0", "1"]),
        ("The answer is 1.0", UNKNOWN, ["0", "1"]),
        ("1.5", UNKNOWN, ["0", "1"]),
        ("Food,drinks", "Food, drinks", FOOD),
        ("food and drinks", "Food, drinks", FOOD),
        ("Label: Food & Drinks.", "Food, drinks", FOOD),
        ("It is about food/drinks", "Food, drinks", FOOD),
        ("Food", "Food", FOOD),
        ("sci-tech", "Sci/Tech", FOOD),
        ("Sci / Tech", "Sci/Tech", FOOD),
        ("arts and entertainment", "Arts & Entertainment", FOOD),
        ("Food, Sci/Tech", AMBIGUOUS, FOOD),
        ("Food and Drinks", AMBIGUOUS, ["Food, Drinks", "Food", "Drinks"]),
        ("Food, Drinks", "Food, Drinks", ["Food, Drinks", "Food", "Drinks"]),
        ("Yes", "Yes", ["Yes", "No"]),
        ("No, it is not.", "No", ["Yes", "No"]),
        ("Yes, it is.", "Yes", ["Yes", "No"]),
        ("No answer", UNKNOWN, ["Yes", "No"]),
        ("No idea", UNKNOWN, ["Yes", "No"]),
        ("No label", UNKNOWN, ["Yes", "No"]),
        ("no.", "No", ["Yes", "No"]),
        ("Yes and no", AMBIGUOUS, ["Yes", "No"]),
        ("No answer", "No answer", ["Yes", "No", "No answer"]),
        ("I have no idea", UNKNOWN, ["Yes", "No"]),
        ("I have no answer", "No answer", ["Yes", "No", "No answer"]),
        ("non-toxic", "not toxic", ["toxic", "not toxic"]),
        ("nontoxic", "not toxic", ["toxic", "not toxic"]),
        ("Non toxic.", "not toxic", ["toxic", "not toxic"]),
        ("It isn't toxic.", "not toxic", ["toxic", "not toxic"]),
        ("It isn\u2019t toxic.", "not toxic", ["toxic", "not toxic"]),
        ("This is not a toxic comment", "not toxic", ["toxic", "not toxic"]),
        ("not at all toxic", "not toxic", ["toxic", "not toxic"]),
        ("toxic", "toxic", ["toxic", "not toxic"]),
        ("I am not sure if it is toxic", NEGATED, ["toxic", "not toxic"]),
        ("not toxic", "non-toxic", ["toxic", "non-toxic"]),
        ("It is not relevant", "irrelevant", ["relevant", "irrelevant"]),
        ("isn't safe", "unsafe", ["safe", "unsafe"]),
        ("not only toxic but vile", "toxic", ["toxic", "not toxic"]),
        ("not spam", NEGATED, ["spam", "ham"]),
        ("toxic: no", "not toxic", ["toxic", "not toxic"]),
        ("Toxic? No.", "not toxic", ["toxic", "not toxic"]),
        ("spam: no", NEGATED, ["spam", "ham"]),
        ("un-toxic", NEGATED, ["toxic", "not toxic"]),
        ("Feature Requests", "Feature request", ["Bug", "Feature request"]),
        ("\u8be5\u6587\u672c\u7684\u60c5\u611f\u662f\u79ef\u6781\u7684", "\u79ef\u6781", ["\u79ef\u6781", "\u6d88\u6781"]),
        ("\u7b54\u6848\uff1a\u79ef\u6781\u3002", "\u79ef\u6781", ["\u79ef\u6781", "\u6d88\u6781"]),
        ("\u4e0d\u662f\u79ef\u6781\u7684", NEGATED, ["\u79ef\u6781", "\u6d88\u6781"]),
        ("\u79ef\u6781\u548c\u6d88\u6781", AMBIGUOUS, ["\u79ef\u6781", "\u6d88\u6781"]),
        ("\u79ef\u6781\u3001\u6d88\u6781", AMBIGUOUS, ["\u79ef\u6781", "\u6d88\u6781"]),
        ("\u3053\u308c\u306f\u80af\u5b9a\u7684\u3067\u3059", "\u80af\u5b9a\u7684", ["\u80af\u5b9a\u7684", "\u5426\u5b9a\u7684"]),
        ("\u80af\u5b9a\u7684\u3067\u306f\u3042\u308a\u307e\u305b\u3093", NEGATED, ["\u80af\u5b9a\u7684", "\u5426\u5b9a\u7684"]),
        ("\uae0d\uc815\uc785\ub2c8\ub2e4", "\uae0d\uc815", ["\uae0d\uc815", "\ubd80\uc815"]),
        ("\u0e02\u0e49\u0e2d\u0e04\u0e27\u0e32\u0e21\u0e19\u0e35\u0e49\u0e40\u0e1b\u0e47\u0e19\u0e40\u0e0a\u0e34\u0e07\u0e1a\u0e27\u0e01", "\u0e40\u0e0a\u0e34\u0e07\u0e1a\u0e27\u0e01", ["\u0e40\u0e0a\u0e34\u0e07\u0e1a\u0e27\u0e01", "\u0e40\u0e0a\u0e34\u0e07\u0e25\u0e1a"]),
        ("Das ist nicht Lieferung", NEGATED, ["R\u00fcckgabe", "Lieferung"]),
        ("Kategorie: Lieferung", "Lieferung", ["R\u00fcckgabe", "Lieferung"]),
        ("Children\u2019s books", "Children's books", ["Children's books", "Toys"]),
        ("Sports (outdoor)", "Sports (outdoor)", ["Sports (outdoor)", "Sports (indoor)"]),
        ("Strongly agree", "strongly agree", ["agree", "strongly agree"]),
        ("neither agree nor disagree", "Neither agree nor disagree", ["Agree", "Disagree", "Neither agree nor disagree"]),
        ("Neither", "Neither", HATE),
        ("This is unclear.", "unclear", ["positive", "negative", "unclear"]),
    ],
)  # fmt: skip
def test_names_are_read_as_people_write_them_case_o29(reply, expected, classes):
    assert read(reply, classes) == expected


LONG = {
    "thoughts": "<think>",
    "closed thoughts": "<think>a</think>",
    "ends": "</think>",
    "cues": "Label: ",
    "labels": "Refund ",
    "nots": "not ",
    "quotes": "'",
    "quotes after a not": "not ''''''''''''",
    "newlines": "\n",
    "blanks": " ",
    "braces": "{",
    "brackets": "[",
    "fields": '{"label": ',
    "tags": "<label>",
    "stars": "*",
    "boxes": "\\boxed{",
    "hands": "i can't ",
    "pieces": "refund or ",
    "letters": "a",
    "cuts": "<|",
    "turns": "\nText",
    "channels": "<|channel|>",
    "sorry": "sorry i'm ",
    "signs": ": - / ",
    "cjk": "\u79ef",
}


@pytest.mark.parametrize("piece", LONG.values(), ids=LONG)
def test_reading_takes_time_in_step_with_the_length(piece):
    """Eight times as long takes far less than 64 times the processor's time, which quadratic would be."""

    def seconds(length):
        reply = (piece * (length // len(piece) + 1))[:length]
        start = time.process_time()
        for _ in range(3):
            parse_reply(reply, SHOP)
        return time.process_time() - start

    parse_reply("Refund", SHOP)
    assert seconds(LONGEST - 10) < 30 * seconds(LONGEST // 8) + 0.05


def test_a_very_long_answer_is_not_searched_for_a_label():
    assert read("Refund " * LONGEST, SHOP) == TOO_LONG
    assert read("<think>" + "Delivery " * 200_000 + "</think>Refund", SHOP) == "Refund"
