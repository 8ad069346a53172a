"""Which language texts are in, told from their letters and commonest words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

DEFAULT = "en"

_SCRIPTS = {
    "ja": "\u3040-\u30ff", "ko": "\uac00-\ud7af\u1100-\u11ff", "zh": "\u4e00-\u9fff",
    "el": "\u0370-\u03ff", "he": "\u0590-\u05ff", "ar": "\u0600-\u06ff", "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f", "ru": "\u0400-\u04ff",
}  # fmt: skip
"""Letters that stand for a language of their own, or for the commonest that is written so."""

_MARKS = {
    "ru": {"uk": "іїєґ", "bg": "ъ"},
    "ar": {"fa": "پچژگی"},
}
"""Letters that tell a script's other languages from its commonest."""

_WORDS = {
    "en": "the of to and a in is it you that he was for on are with as i his they be at this have "
    "from or had by what my not your can me how do will which there please would could when",
    "de": "der die das und ich nicht ist ein eine zu den mit es auf für von sie wie mir wir auch "
    "dem im bitte mein meine kann was wo wann hat",
    "fr": "le la les de et je un une est pas que des pour dans ce il elle vous nous sur avec mon "
    "ma mes du au quel quelle comment où cette être",
    "es": "el la los las de que y en un una es no por para con mi se lo como me del al está quiero "
    "cuál qué cómo pero más este esta",
    "it": "il lo la gli di che e un una è non per con mi del della sono come ho questo questa nel "
    "alla più quale perché anche voglio",
    "pt": "o a os as de que e um uma é não para com meu minha do da em no na se como eu você qual "
    "está por mais isso quero",
    "nl": "de het een en van ik is niet dat te op met voor mijn aan er zijn wat hoe naar kan je "
    "bij ook deze kunt waar",
    "sv": "och att det som en på är av för med jag inte till den ett har om min mitt kan hur var "
    "vad ska från",
    "da": "og at det som en på er af for med jeg ikke til den et har om min kan hvordan hvad mig "
    "skal fra hvor",
    "no": "og å det som en på er av for med jeg ikke til den et har om min kan hvordan hva meg "
    "skal fra hvor",
    "fi": "ja on ei se että en minä mikä mitä miten minun ovat kun voi mutta oli tämä olen missä "
    "voinko kuinka",
    "pl": "i w nie na się z do to jest że jak mi mój moja moje co czy od dla po proszę mogę gdzie "
    "jaki jestem",
    "cs": "a v se na je že to s z do ne jak mi můj moje co pro když jsem kde prosím ale mám by",
    "ro": "și în de nu la cu un o este că pe mi meu mea ce cum pentru care din sunt vreau unde",
    "hu": "a az és hogy nem is egy van ez mi én kérem hol mennyi meg mit vagyok kell szeretnék",
    "tr": "ve bir bu için ne mi mı çok var da de ben nasıl benim nerede değil lütfen ile daha",
    "id": "yang dan di ini itu untuk tidak saya dengan ada apa dari ke bisa bagaimana adalah "
    "berapa tolong",
    "vi": "là và của tôi có không cho được với này những một trong để như thế nào bạn gì",
}
_VOTES = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_LETTERS = 100_000  # more than enough to tell


def guess(texts: str | Sequence[str]) -> str:
    """The ISO 639-1 code of the language that most words speak for; English if nothing does."""
    text = texts if isinstance(texts, str) else "\n".join(texts[:1000])
    text = text[:_LETTERS].casefold()
    return _by_script(text) or _by_words(text)


def _by_script(text: str) -> str | None:
    """The language of the script that at least a third of the letters are in. Japanese is told by
    any good share of kana, for most of its letters may be Chinese."""
    letters = sum(character.isalpha() for character in text)
    counts = {name: len(re.findall(f"[{found}]", text)) for name, found in _SCRIPTS.items()}
    if counts["ja"] > 0.05 * letters and counts["ja"] + counts["zh"] > letters / 3:
        return "ja"
    script = max(counts, key=lambda name: counts[name])
    if not counts[script] or counts[script] < letters / 3:
        return None
    for language, marks in _MARKS.get(script, {}).items():
        if sum(map(text.count, marks)) > 0.01 * counts[script]:
            return language
    return script


def _by_words(text: str) -> str:
    counts = Counter(re.findall(r"[^\W\d_]+", text))
    votes = {language: sum(counts[word] for word in words) for language, words in _VOTES.items()}
    return max(votes, key=lambda language: (votes[language], language == DEFAULT))
