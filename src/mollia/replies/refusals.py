"""Whether a reply refuses: it may then name a class without giving it as the answer."""

from __future__ import annotations

import functools
import re

_CANNOT = (
    r"can't|cannot|can\s+not|could\s+not|couldn't|won't|will\s+not|wouldn't|would\s+not|don't|do\s+not|shouldn't|should\s+not"
    r"|mustn't|must\s+not|refuse|decline|have\s+to\s+decline|must\s+decline|am\s+unable|'m\s+unable|are\s+unable"
    r"|(?:am|'m|are|'re)\s+(?:not|n't)|am\s+programmed|was\s+(?:not\s+)?(?:designed|programmed|trained|made)|aim\s+to|strive\s+to"
    r"|must\s+(?:avoid|refuse)|prefer\s+not|would\s+prefer|'d\s+prefer|'d\s+rather|would\s+rather|ought\s+not"
)
_DO = (
    r"help|assist|engage|fulfil\w*|comply|complying|provide|providing|process|classif\w+|categori[sz]\w+|label\w*|answer\w*|discuss\w*"
    r"|creat\w+|generat\w+|produc\w+|writ\w+|continu\w+|respond\w*|particip\w+|support\w*|shar\w+|do\s+(?:that|this|so|it)|complet\w+|proceed\w*"
    r"|analy[sz]\w+|condone|endorse|promot\w+|accept|repeat\w*|tolerate|comfortable|allowed|permitted|able|designed|programmed|willing"
    r"|authori[sz]ed|position|handl\w+|talk\w*|speak\w*|address\w*|offer\w*|work\w*|deal\w*|encourag\w+|spread\w*|respectful|harmless|go\s+there"
    r"|touch|review\w*|evaluat\w+|judg\w+|consider\w*|look\w*|read\w*|not"
)
_PATTERNS = (
    # what the model can or will not do
    rf"\b(?:i|we)(?:\s+(?:really|simply|just|also|unfortunately|therefore|personally))?\s*(?:{_CANNOT})\b(?:\W{{1,4}}[\w']{{1,20}}){{0,6}}?\W{{1,4}}(?:{_DO})\b",
    r"(?:^|[.!?\n]\s*)(?:sorry|(?:i'm|i\s+am|we're|we\s+are|so)\s+(?:really\s+|very\s+|so\s+|truly\s+)?(?:sorry|afraid)|my\s+apologies|apologies)\b",
    r"\bi(?:'m|\s+am)\s+(?:really\s+|very\s+|so\s+)?sorry\b",
    r"\bi\s+(?:must\s+|do\s+)?apologi[sz]e\b|\bmy\s+apologies\b",
    r"(?:^|[.!?:\n]\s*)(?:unable|cannot|can't|can\s+not|not\s+able|refusing|refused|declined?|declining|no\s+can\s+do)\b",
    (
        r"\b(?:unable|not\s+able|not\s+comfortable|not\s+willing|not\s+going)\s+to\s+(?:\w+\s+){0,2}?(?:help|assist|comply|engage|process|provide|fulfil\w*|answer"
        r"|classify|continue|discuss|respond)\b"
    ),
    r"\bmust\s+(?:respectfully\s+)?(?:decline|refuse)\b|\b(?:will|to)\s+(?:not\s+)?(?:engage|comply)\b",
    # who it is, and its rules
    r"\b(?:as|i'm|i\s+am)\s+(?:just\s+)?an?\s+(?:\w+\s+){0,2}?(?:ai|language\s+model|assistant|chatbot)\b",
    r"\b(?:guidelines|polic(?:y|ies)|terms\s+of\s+(?:service|use)|code\s+of\s+conduct|my\s+(?:programming|values|principles|training|purpose|rules))\b",
    r"\b(?:violat\w+|breach\w*)\s+(?:\w+\s+){0,3}?(?:rules|standards|terms)\b|\bviolates\b|\bmay\s+violate\b",
    (
        r"\b(?:content|request|prompt|response|input|message|text|output|query)\s+(?:\w+\s+){0,3}?(?:blocked|flagged|filtered|redacted|censored|denied|rejected)\b"
        r"|\[?\bredacted\b|\b(?:blocked|flagged|filtered)\s+(?:by|as|for)\b"
    ),
    r"\b(?:inappropriate|unethical|not\s+appropriate|not\s+safe)\s+(?:to|for|content|request|language)\b|\bharmful\s+content\b|\bsensitive\s+(?:topic|content|subject)\b",
    # moral remarks
    (
        r"\b(?:is|are)\s+(?:\w+\s+){0,2}?(?:harmful|wrong|unacceptable|dangerous|illegal|hurtful|damaging|inappropriate|prohibited|forbidden|disallowed|unethical"
        r"|serious|hateful|no\s+place|not\s+(?:ok|okay|acceptable|allowed|tolerated|permitted|something))\b"
    ),
    r"\b(?:it's|it\s+is)\s+(?:\w+\s+)?(?:important|essential|crucial|vital)\s+(?:to|that)\b|\bno\s+place\s+for\b|\b(?:stand|speak|fight)\s+(?:up\s+)?against\b",
    r"\b(?:let's|let\s+us|can\s+we|could\s+we|shall\s+we|why\s+don't\s+we)\s+(?:\w+\s+){0,3}?(?:talk|discuss|change|move|keep|focus|choose|try|avoid|stick)\b",
    r"\b(?:something|anything)\s+else\b|\bhow\s+(?:else\s+)?(?:can|may)\s+i\s+help\b|\bhappy\s+to\s+(?:help|assist|discuss|talk)\b|\bplease\s+(?:be|keep|refrain|rephrase|provide|ask|avoid|consider)\b",
    # help for people
    r"\b(?:helpline|hotline|lifeline|crisis|emergency\s+(?:services|number)|988|samaritans|telefonseelsorge|therapist|counsel?lor|mental\s+health|professional\s+help)\b",
    r"\bif\s+you(?:'re|\s+are|\s+or|\s+feel|\s+have|\s+need|\s+know)\b|\byou(?:'re|\s+are)\s+not\s+alone\b|\bseek(?:ing)?\s+(?:help|support)\b|\breach(?:ing)?\s+out\b|\bhere\s+are\s+(?:some\s+)?resources\b",
    (
        r"\bplease\s+(?:contact|call|talk|reach|seek|see|speak|tell|know)\b|\bprofessionals?\b|\btrusted\s+(?:person|adult|friend)\b|\bget\s+help\b|\bhelp\s+is\s+available\b"
        r"|\b(?:can|may)\s+be\s+(?:hard|difficult|painful)\b"
    ),
    # stopping short
    (
        r"\b(?:i|we)\s+(?:will|'ll|have\s+to|must|need\s+to|shall)\s+(?:\w+\s+)?(?:pass|stop|skip|abstain|withhold|end|leave|opt|refrain)\b"
        r"|\b(?:prevents?|stops?|keeps?|forbids?|prohibits?|bars?)\s+me\b|\bno\s+place\b|\bno\s+(?:answer|label|response|comment)\b"
    ),
    # the same in other languages
    (
        r"\btut\s+mir\s+leid\b|\bleider\s+kann\b|\bich\s+(?:kann|darf|werde|m\u00f6chte)\b[^.!?\n]{0,60}\bnicht\b|\bich\s+kann\b[^.!?\n]{0,30}\bkeine\b|\bd\u00e9sol\u00e9e?\b|\bje\s+ne\s+(?:peux|suis)\b|\blo\s+siento\b|\bno\s+(?:puedo|es\s+posible)\b"
        r"|\bdesculpe\b|\bn\u00e3o\s+posso\b|\bmi\s+dispiace\b|\bnon\s+posso\b|\bhet\s+spijt\s+me\b|\bik\s+kan\b[^.!?\n]{0,30}\bniet\b|\bprzepraszam\b|\bnie\s+mog\u0119\b"
        r"|\u0438\u0437\u0432\u0438\u043d\u0438\u0442\u0435|\u043d\u0435\s+\u043c\u043e\u0433\u0443|\u062a\u0639\u0630\u0631|\u0639\u0630\u0631\u064b\u0627|\u0622\u0633\u0641|\u0644\u0627\s+\u064a\u0645\u0643\u0646\u0646\u064a"
    ),
    r"\u62b1\u6b49|\u5bf9\u4e0d\u8d77|\u5c0d\u4e0d\u8d77|\u65e0\u6cd5|\u7121\u6cd5|\u4e0d\u80fd(?:\u63d0\u4f9b|\u5e2e|\u534f\u52a9|\u56de\u7b54|\u5904\u7406|\u53c2\u4e0e)|\u7533\u3057\u8a33|\u3067\u304d\u307e\u305b\u3093|\u304a\u624b\u4f1d\u3044|\u3054\u3081\u3093|\uc8c4\uc1a1|\u2049?\ub3c4\uc640\s*\ub4dc\ub9b4\s*\uc218\s*\uc5c6",
)


@functools.cache
def _refusal() -> re.Pattern[str]:
    """Return all patterns as one; it takes a tenth of a second to compile."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)


def refuses(text: str) -> bool:
    """Tell whether a text, in which class names were blanked out, refuses, preaches or offers help."""
    return _refusal().search(text) is not None
