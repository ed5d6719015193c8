"""The words around a label that say whether it is the answer: cues, negations, alternatives, joints."""

from __future__ import annotations

import re

BEFORE = 80  # letters before a label that are looked at
_SENTENCE = re.compile(r"[.;!?\n(\u3002](?=\s|\S)|\b(?:but|however)\b")
_CLAUSE = re.compile(r"[,;.:!?\n\u3002]|\bbut\b")

_ANSWER = (
    r"label|answer|category|class|classification|output|result|prediction|choice|verdict|decision|sentiment|intent|topic"
    r"|antwort|klasse|kategorie|r\u00e9ponse|cat\u00e9gorie|respuesta|etiqueta|categor\u00eda|resposta|risposta"
    r"|\u043e\u0442\u0432\u0435\u0442|\u043a\u0430\u0442\u0435\u0433\u043e\u0440\u0438\u044f|\u043a\u043b\u0430\u0441\u0441"
)
CUE = re.compile(
    rf"(?:\b(?:{_ANSWER})\b(?:\s+(?:is|would be|should be|must be))?\s*[*_`\"']{{0,4}}\s*[:=]"
    r"|(?:\u7b54\u6848|\u7c7b\u522b|\u6807\u7b7e|\u5206\u7c7b|\u56de\u7b54|\u30e9\u30d9\u30eb|\u30ab\u30c6\u30b4\u30ea|\uc815\ub2f5)(?:\s*[:=]|\u662f|\u306f)"
    r"|\b(?:answer|label|category|class|classification|verdict)\s+(?:is|would be|should be|must be)\b"
    r"|\b(?:classified|categori[sz]ed|labell?ed)\s+(?:as|under)\b"
    r"|\b(?:classify|categori[sz]e|label)\s+(?:it|this|that|the text|this text)\s+(?:as|under)\b"
    r"|\bi\s+(?:would\s+|'d\s+)?(?:choose|pick|select|go with|assign)\b"
    r"|\b(?:falls|belongs|fits)\s+(?:in|into|to|under)\b)"
    r"(?:\s+(?:the|category|class|label))*[\s*_`\"'\u201c(<\[]*",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"\b(?:final(?:ly)?|primary|main|best|correct|overall|chosen|selected|most\s+(?:likely|appropriate|fitting|probable"
    r"|suitable|accurate|relevant)|first\s+choice|conclusion|therefore|thus|hence|so|actual|revised|corrected)\b"
)
_ALTERNATIVE = re.compile(
    r"\b(?:alternativ\w*|alternat\w+|secondary|second(?:ly)?|2nd|third|3rd|runners?\W?up|next\s+best|back\W?up|fall\W?back"
    r"|other\s+(?:\w+\s+)?(?:possib\w+|candidates?|options?|labels?|class|classes|categor\w+|answers?|choices?)"
    r"|less(?:er)?\s+(?:\w+\s+)?(?:likely|probable|fitting|suitable|appropriate)|least|unlikely|why\s+not"
    r"|rather\s+than|instead\s+of|as\s+opposed\s+to|compared\s+(?:to|with)|similar\s+to|unlike|confus\w+\s+with"
    r"|reject\w*|discard\w*|ruled\s+out|exclud\w*|dismiss\w*|incorrect|wrong|distractors?|otherwise|versus|vs"
    r"|(?:could|might|may|can)\s+also|also\s+(?:be|consider\w*|possible|plausible)|close\s+second|tempting"
    r"|considered\s+but|initial(?:ly)?|at\s+first|previous(?:ly)?|avoid\w*|against|condemn\w*|promot\w+)\b"
)
_NOT_THE = re.compile(r"(?:\b(?:not|no|never)|n't)\s+(?:the\s+|an?\s+|my\s+)?(?:\w{1,20}\s+)?$")
_OPTIONS = re.compile(
    r"\b(?:options|classes|categories|choices|labels|candidates|possib\w+|alternativ\w*|considered|are)\b"
)

_NOT = (
    r"\b(?:not|no|never|neither|nor|non|isn't|isnt|wasn't|aren't|cannot|can't|without|except|unlike|anything but"
    r"|other than|rather than|instead of|hardly|nothing|none"
    r"|nicht|kein\w{0,2}|weder|ohne|ne|pas|aucune?|sans|sin|ni|nunca|n\u00e3o|sem|nem|nessun\w?|senza|niet|geen|nie|nie jest"
    r"|\u043d\u0435|\u043d\u0438|\u0431\u0435\u0437|\u043d\u0435\u0442|\u0644\u064a\u0633|\u0644\u064a\u0633\u062a|\u063a\u064a\u0631|\u0644\u0627|\u05dc\u05d0)\b|n't\b"
)
NEGATION = re.compile(
    rf"(?:{_NOT})(?!\s+(?:only|just|merely|simply)\b)[\s\-*_`\"]*(?:[\w']{{1,30}}[^\w']{{1,6}}){{0,3}}[\s*_`\"'\u201c(\u2018]{{0,6}}$"
    r"|\b(?:un|anti|dis)\s$|(?:\u4e0d|\u975e|\u6ca1|\u7121|\u65e0|\u672a|\u5426|\u0e44\u0e21\u0e48)[^\uff0c\u3002\uff1b,.;]{0,5}$",
    re.IGNORECASE,
)
TIGHT = re.compile(
    r"(?:\b(?:not|non|never|no|isn't|wasn't|aren't|doesn't seem|isnt)\b|n't\b)(?:[\s-]+(?:an?|any|the|really|very|at all|actually"
    r"|particularly|explicitly|overtly|inherently|considered|be|being|seem|appear|to|at|all)\b)*[\s\-*_`\"'\u201c(\u2018]*$",
    re.IGNORECASE,
)
NEGATED_AFTER = re.compile(
    r"[\s*_`\"')\]]{0,4}(?:label|class|category|option|content|speech)?\s{0,2}(?:"
    r"(?:is|are|was|were|would be|seems|does|do|did|can|could|would|should|has|have)\s*(?:n't|n\u2019t)?"
    r"\s+(?:\w{1,15}\s+)?(?:not|never|less|least|wrong|incorrect|unlikely|inappropriate|excluded|ruled|false|unsuitable|rejected)\b"
    r"|\s?[:=?\u2013\u2014-]\s?(?:no|false|0|nein|none)(?=\s*(?:$|[.,;!)\n]))"
    r"|(?:isn't|aren't|wasn't|doesn't|don't|didn't|can't|cannot|wouldn't|not|never)\b"
    r"|[^\u3002\u3001,.]{0,6}?(?:\u3067\u306f\u306a|\u3058\u3083\u306a|\u3067\u306f\u3042\u308a\u307e\u305b|\u3068\u306f\u8a00\u3048|\uc544\ub2c8|\uc544\ub2d9|\uc54a)"
    r"|\s?(?:\u0928\u0939\u0940\u0902|de\u011fil)\b)"
)
DENIED_AS_FIELD = re.compile(r"\s?[:=?\u2013\u2014-]\s?(?:no|false|0|nein)(?=\s*(?:$|[.,;!)\n]))")
UNCERTAIN = re.compile(
    r"\b(?:i\s+(?:do\s+not|don't)\s+know|not\s+(?:sure|certain|clear)|unsure|uncertain|unclear|no\s+idea"
    r"|(?:cannot|can't|can\s+not|could\s+not|couldn't|unable\s+to|impossible\s+to|hard\s+to|difficult\s+to|not\s+possible\s+to)"
    r"\s+(?:\w+\s+)?(?:tell|say|decide|determine|judge|choose|classif\w+|categori[sz]e|label|assess|identif\w+|conclude|answer))\b"
)

_JOINT = r"or|and|nor|also|plus|both|as well as|oder|und|et|ou|y|o|e"
JOINTS = re.compile(
    rf"(?:[^\w]|_|\b(?:{_JOINT}|then|maybe|possibly|perhaps|probably|likely|with)\b|[\u548c\u6216\u4e0e\u53ca\u8ddf\u3084\u3068\u8207\ub610]"
    r"|\b\d{1,2}[.)](?=\s))*+"
)
CHOICE = re.compile(
    rf"\b(?:{_JOINT})\b|[/&+|]|->|\u2192|[\u548c\u6216\u4e0e\u53ca\u8ddf\u3084\u3068\u8207\ub610]"
)
LISTED = re.compile(
    r"[*_`\"'\u201d\u2019)\]]*\s*(?:$|[^\w\s]|\n|\b(?:or|and|nor|because|since|as|too|also)\b)"
)
EXPLAINS = re.compile(
    r"[ \t]*(?:$|\n|[.:;!,](?:\s|$)|[\u3002\uff0c]|[\u2013\u2014]|-{1,3}\s|\(?(?:because|since|as)\b)",
    re.IGNORECASE,
)
SENTENCE_ENDS = re.compile(r"[ \t]*(?:$|\n|[.!](?:\s|$)|\u3002)")


def sentence_before(text: str, place: int, *, since: int = 0) -> str:
    """Return what stands in the same sentence before a place, `BEFORE` letters at most."""
    return _SENTENCE.split(text[max(since, place - BEFORE) : place])[-1]


def clause_before(text: str, place: int, *, since: int = 0) -> str:
    """Return what stands in the same clause before a place, `BEFORE` letters at most."""
    return _CLAUSE.split(text[max(since, place - BEFORE) : place])[-1]


def is_alternative(before: str) -> bool:
    """Tell whether the words before a label or its cue say that it is not the answer."""
    return _ALTERNATIVE.search(before) is not None or _NOT_THE.search(before) is not None


def names_alternative(before: str) -> bool:
    """Tell whether the words before a label name it as another than the answer."""
    return _ALTERNATIVE.search(before) is not None


def is_final(before: str) -> bool:
    """Tell whether the words before a cue say that it is the last word."""
    return _FINAL.search(before) is not None


def heads_a_list(line: str) -> bool:
    """Tell whether the labels below a line are options or alternatives."""
    return _OPTIONS.search(line) is not None or _ALTERNATIVE.search(line) is not None
