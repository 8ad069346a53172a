"""Turns of phrase: orders to a model, roles for it, claims that are taken for granted."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

_WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Phrases:
    pattern: re.Pattern[str]
    words: frozenset[str]
    """Without one of these the pattern cannot be met, so most texts are spared it."""
    signs: str = ""
    """Or one of these characters."""

    def are_in(self, text: str, words: Set[str]) -> bool:
        """`words` are those of the text."""
        if self.words.isdisjoint(words) and not any(sign in text for sign in self.signs):
            return False
        return self.pattern.search(text) is not None


def words_of(text: str) -> set[str]:
    return set(_WORDS.findall(text.lower()))


ORDERS = Phrases(
    re.compile(
        r"\b(?:ignore|disregard|forget|override|bypass|skip|drop)\b.{0,40}\b(?:instructions?|rules?|"
        r"prompts?|guidelines?|above|previous|prior|earlier|polic(?:y|ies)|training|labels?|told)\b"
        r"|\b(?:system|developer|hidden|secret|initial|operator)\s+(?:prompt|message|instructions?|mode|"
        r"override|note)\b"
        r"|\b(?:reveal|print|output|repeat|show|leak)\b.{0,30}\b(?:prompt|instructions?|secret|password|"
        r"api.?keys?)\b"
        r"|\b(?:answer|respond|reply|classify|label|output|return|mark|tag|treat|write)\b.{0,40}\b(?:only|"
        r"always|every|everything|all|regardless|no matter|instead|whatever|exactly|nothing else)\b"
        r"|\b(?:new|updated|real|actual|following)\s+(?:instructions?|orders?|rules?|task|role)\b"
        r"|\b(?:your|the)\s+(?:only|new|real|true)\s+(?:task|job|purpose|goal|role|instructions?)\b"
        r"|\b(?:the\s+)?(?:right|correct|true|expected)\s+(?:label|class|category|output|intent)\b"
        r"|\b(?:to|for|dear|attention)\s+(?:the\s+)?(?:classifier|model|ai|bot|llm|assistant)\b"
        r"|\b(?:i\s+am|this\s+is|as)\s+(?:the|your|an?)\s+"
        r"(?:admins?|administrators?|developer|operator|owner|creator)\b"
        r"|\b(?:begin|end|start)\s+(?:of\s+)?(?:user|system|operator|assistant|prompt|instructions?)\b"
        r"|^\s*(?:system|assistant|developer|operator|admin)\s*:|\b(?:assistant|user)\s*:"
        r"|<\s*/?\s*(?:system|inst|admin|input|user|prompt)\s*>|\[/?INST\]|^\s*###",
        re.IGNORECASE | re.DOTALL | re.ASCII,
    ),
    frozenset((
        "ignore", "disregard", "forget", "override", "bypass", "skip", "drop", "system",
        "developer", "hidden", "secret", "initial", "operator", "reveal", "print", "output",
        "repeat", "show", "leak", "answer", "respond", "reply", "classify", "label", "return",
        "mark", "tag", "treat", "write", "new", "updated", "real", "actual", "following", "only",
        "true", "right", "correct", "expected", "classifier", "model", "ai", "bot", "llm",
        "assistant", "admin", "admins", "administrator", "owner", "creator", "begin", "end",
        "start", "user", "administrators",
    )),
    "<[#",
)  # fmt: skip
ROLES = Phrases(
    re.compile(
        r"\b(?:pretend|act|behave|role.?play|imagine|suppose|hypothetical(?:ly)?)\b.{0,40}\b(?:as|you|that|"
        r"if)\b.{0,60}\b(?:no|not|without|unrestricted|unfiltered|uncensored|evil|free|any(?:thing)?|"
        r"limits?|rules?|restrictions?|laws?|ethics)\b"
        r"|\b(?:jailbreak|jailbroken|unfiltered|uncensored|unrestricted|no\s+restrictions?|"
        r"without\s+(?:any\s+)?(?:restrictions?|limits?|filters?|censorship|rules)|do\s+anything\s+now|"
        r"(?:dan|god|debug|admin|developer|evil)\s+mode)\b"
        r"|\b(?:disable|turn\s+off|switch\s+off|drop|remove|break|bypass)\b.{0,20}\b(?:filters?|safety|"
        r"safeguards?|guardrails?|ethics|policy|policies|restrictions?|limits?)\b"
        r"|\byou\s+are\s+(?:now|no\s+longer|not\s+an?\s+(?:ai|model|classifier|assistant))\b"
        r"|\bfrom\s+(?:now|here|this\s+(?:point|moment))\s+on(?:wards?)?\b"
        r"|\byou\s+(?:play|are)\s+(?:the|an?)\s+(?:evil|character|villain|machine|robot|ai|hacker|bot)\b"
        r"|\b(?:explosives|malware|ransomware|hack\s+into|forbidden|unethical)\b",
        re.IGNORECASE | re.DOTALL | re.ASCII,
    ),
    frozenset((
        "pretend", "act", "behave", "role", "roleplay", "imagine", "suppose", "hypothetical",
        "hypothetically", "jailbreak", "jailbroken", "unfiltered", "uncensored", "unrestricted",
        "restriction", "restrictions", "without", "anything", "mode", "disable", "turn", "switch",
        "drop", "remove", "break", "bypass", "now", "longer", "not", "here", "moment", "point",
        "character", "villain", "machine", "robot", "ai", "hacker", "bot", "evil", "explosives",
        "malware", "ransomware", "hack", "forbidden", "unethical",
    )),
)  # fmt: skip
_CLAIMED = (
    r"(?:already|told|said|promised|confirmed|agreed|approved|decided|admitted|assured|guaranteed|"
    r"acknowledged|conceded|proved|proven|announced|abolished|banned|refunded|deleted)"
)
CLAIMS = Phrases(
    re.compile(
        r"\b(?:since|because|as|like|given\s+that|now\s+that|seeing\s+(?:as|that)|knowing\s+that|"
        r"considering\s+that|after|even\s+though)\s+(?:you|we|they|he|she|it|i|the|your|my|our|everyone)\s+"
        r"(?:\w+\s+){0,3}?" + _CLAIMED + r"\b"
        r"|\b(?:you|we|they|he|she|manager|company|support|agent|boss|everyone|law|court)\s+(?:\w+\s+)?"
        r"(?:promised|agreed|confirmed|approved|admitted|assured|guaranteed|acknowledged|conceded)\b"
        r"|\b(?:you|we)\s+(?:already|just|yourself|yourselves|both|all)\s+(?:told|said)\b"
        r"|\b(?:as|like)\s+(?:everyone|everybody|we\s+all|you|the\s+whole\s+world)\s+(?:knows?|saw|seen)\b"
        r"|\byou\s+said\s+yourself\b|\bit\s+(?:is|was|has\s+been)\s+(?:a\s+fact|proven|well\s+known|common)\b"
        r"|\b(?:remember|recall|per|keeping)\s+(?:our|the|your)\s+(?:deal|agreement|promise|word|call)\b",
        re.IGNORECASE | re.DOTALL | re.ASCII,
    ),
    frozenset((
        "already", "told", "said", "promised", "confirmed", "agreed", "approved", "decided",
        "admitted", "assured", "guaranteed", "acknowledged", "conceded", "proved", "proven",
        "announced", "abolished", "banned", "refunded", "deleted", "know", "knows", "saw", "seen",
        "fact", "known", "common", "remember", "recall", "per", "keeping",
    )),
)  # fmt: skip
SUPPOSITIONS = Phrases(
    re.compile(
        r"^\W*(?:since|because|given|considering|knowing|seeing|assuming|now\s+that|even\s+though|after|"
        r"when)\b|\b(?:because|since|given\s+that|now\s+that|even\s+though|as)\s+(?:you|we|your|the|it|i)\b",
        re.IGNORECASE | re.ASCII,
    ),
    frozenset((
        "since", "because", "given", "considering", "knowing", "seeing", "assuming", "now", "even",
        "after", "when", "as",
    )),
)  # fmt: skip
