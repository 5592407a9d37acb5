"""Finds the names that callers give, and their repetitions."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from agents.engines.local.dialogue.names import name_at_start
from agents.redaction.vocabulary import TEENS, TENS, UNITS

_LEAD: Final = re.compile(
    r"\b(?:(?P<sure>(?:name is|name's|names|surname is|call me|speaking (?:to|with)|"
    r"name:|name ist|name lautet|hei(?:ß|ss)e(?: ich)?|hier spricht|nennen sie mich|"
    r"(?:(?:first|last|family) name|vorname|nachname|familienname)(?=[\s:,]+(?-i:[A-ZÄÖÜ]))))|"
    r"this is|i am|i'm|i’m|ich bin|hier ist)[\s:,]+",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(
    r"\byour (?:\w+ ){0,2}name|\bname,? please|\bwho am i|"
    r"\bwho(?:'s| is) (?:this|calling|speaking)|"
    r"\bwhom? (?:\w+ ){0,3}speaking|\bihre?n? (?:\w+ )?namen?\b|\bwie hei(?:ß|ss)en sie|"
    r"\bwer spricht|\bmit wem\b|\bspell|\bbuchstab|"
    # Of a booking or an order; not "the name of the street".
    r"\b(?:what|which|whose) (?:\w+ )?name\b(?! of\b)|"
    r"\b(?:may|can|could|might) i (?:\w+ )?(?:get|have|take) (?:a|the) (?:\w+ )?name\b(?! of\b)|"
    r"\bneed (?:a|the) (?:\w+ )?name\b(?! of\b)|"
    r"\bname (?:is|should|shall|can|may) (?:it|this|that|the|i)\b|"
    r"\b(?:auf|unter) (?:welche[nm]|wessen) namen?\b|\bwelche[rn]? namen?\b|"
    r"\b(?:brauch\w{0,3}|nennen|sagen|geben) (?:\w+ ){0,3}namen\b(?! (?:de[sr]|von)\b)|"
    r"\b(?:der|the) name\b(?! (?:of|de[sr])\b)[^.!?]{0,20}\?|"
    r"\b(?:den|einen|um) (?:\w+ )?namen\b(?! (?:de[sr]|von)\b)[^.!?]{0,40}\?",
    re.IGNORECASE,
)
_SPELLING: Final = re.compile(r"\bspel(?:l|t)|\bbuchstab", re.IGNORECASE)
_LONGEST: Final = 120  # characters from a lead on within which its name is
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LETTERS: Final = re.compile(r"(?<!\w)[^\W\d_](?:[ .,\-]{1,3}[^\W\d_](?!\w)){1,40}(?!\w)")
_ALPHABET: Final = re.compile(
    r"(?<!\w)[^\W\d_],? (?:as in|for|like|wie) \w{1,20}"
    r"(?:[ ,.]{1,3}(?:(?:and|und|then|dann) )?[^\W\d_],? (?:as in|for|like|wie) \w{1,20}){1,40}",
    re.IGNORECASE,
)
# Said before a name by who was asked for it: longer ones first.
_BEFORE: Final = re.compile(
    r"(?:(?:no problem|not a problem|no worries|of course|sure thing|my pleasure|all right|"
    r"thank you|kein problem|na klar|sehr gerne?|guten (?:tag|morgen|abend)|"
    r"yes|yeah|yep|yup|sure|okay|ok|um|uh|er|hi|hello|hey|well|so|please|no|sorry|actually|oh|ah|"
    r"certainly|absolutely|definitely|alright|right|gladly|great|thanks|"
    r"ja|klar|natürlich|selbstverständlich|sicher|gerne?|aber|also|ähm?|genau|moment|hallo|danke|"
    r"bitte|gut)\b[,.!]{0,3}\s{0,3}){1,8}",
    re.IGNORECASE,
)
# Behind it, where a capital follows: "it's Peter", "auf Becker", "under the name of Thompson".
_ANSWER: Final = re.compile(
    r"(?:(?:it(?:'s|’s| is)|that(?:'s|’s| is| would be)|(?:es|das) (?:ist|wäre)|für|for|"
    r"auf(?: den namen)?|unter(?: dem namen)?|under(?: the name(?: of)?)?)\s{1,3}){1,2}",
    re.IGNORECASE,
)
_TITLES: Final = re.compile(
    r"(?:(?:dr|doctor|mr|mrs|ms|miss|prof|professor|herr|frau|doktor)\b\.?[ ,]{0,3}){1,3}",
    re.IGNORECASE,
)
_HERE: Final = re.compile(r"[, ](?:speaking|here|am apparat|mein name)\b", re.IGNORECASE)
_GERMAN_END: Final = re.compile(
    r"\b(?:und|aber|von|aus|ich|wir|mein|meine|am|an|bei|mit|der|die|das|den|dem|ein|eine|einen|"
    r"hier|bitte|danke|wegen|oder|ist)\b",
    re.IGNORECASE,
)
_NO_NAME: Final = frozenset((
    "gerade", "nicht", "kein", "keine", "sehr", "so", "da", "auf", "unterwegs", "krank", "kunde",
    "kundin", "interessiert", "heute", "morgen", "schon", "noch", "etwas", "jetzt", "leider",
    "sicher", "froh", "neu", "auch", "nur", "zu", "im", "in", "wieder", "es", "seit", "patient",
    "patientin", "mir", "ihr", "fertig", "dabei", "erst", "ganz", "total", "bereit", "dann",
    "wiedersehen", "wiederhören", "warum", "wieso", "weshalb", "wozu", "was", "wer", "wie", "wo",
    "wann", "woher", "welche", "welcher", "welchen", "kann", "können", "könnten", "muss", "müssen",
    "wollen", "haben", "hat", "gibt", "geht", "sie", "er", "wir", "unser", "unsere", "same",
    "should", "would", "could", "did", "have", "which", "either", "whatever", "we're", "they're",
 "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag",
    "sonnabend", "sonntag", *UNITS, *TEENS, *TENS,
)) - {"o"}  # fmt: skip
# Never a part of one, for each would be taken out of all that both say.
_PRONOUNS: Final = frozenset((
    "sie", "es", "wir", "ihr", "ihre", "ihren", "ich", "ihnen", "they", "we", "she", "this", "not",
    "nicht", "das",
))  # fmt: skip
# Parts of a last name that alone are everyday words; "von der" only begins one.
_PARTICLES: Final = re.compile(
    r"(?:\A(?:von (?:de[rmn] )?|zu )|\b(?:van(?: de[rn]?)?|de(?: la| los| las)?|del|della|di|da) )"
    r"(?=(?-i:[^\W\d_a-zäöüß]))",
    re.IGNORECASE,
)
_WITH_VON: Final = re.compile(r"\A([^\W\d_]+(?:-[^\W\d_]+)?) von (?=[^\W\d_a-zäöüß])")
# Names that are everyday words, too: taken for a name only with a capital.
_EVERYDAY: Final = frozenset((
    "will", "may", "mark", "rose", "grace", "hope", "bill", "art", "dean", "young", "long", "king",
    "joy", "faith", "pat", "frank", "rich", "brown", "black", "white", "green", "best", "day",
    "june", "april", "august", "summer", "rob", "sue", "drew", "chance", "hall", "wood", "wolf",
    "lang", "klein", "gross", "groß", "schwarz", "weiß", "koch", "ernst", "kurz", "stark", "jung",
    "van", "von", "de", "der", "la", "le", "al", "bin", "my", "an", "do", "so", "see", "he", "you",
))  # fmt: skip

# Written with a capital before a name without being one.
_NEVER: Final = frozenset((
    "i", "i'm", "hi", "hello", "hallo", "hey", "thanks", "thank", "yes", "yeah", "no", "it's",
    "this", "my", "sure", "ok", "okay", "ja", "tag", "guten", "herr", "frau", "mr", "mrs", "ms",
    "dr", "name", "is", "ist", "und", "and", "it", "ich", "mein", "hier", "called", "am", "bin",
    "auf", "unter", "under", "for", "für", "namen", "vorname", "nachname", "familienname", "first",
    "last", "klar", "natürlich", "moment", "das", "es", "that's",
))  # fmt: skip

_LETTERS_OF: Final = str.maketrans(
    {"ß": "ss", "ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"}
)
_WITH_E: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

Place = tuple[int, int]


def asks(text: str) -> bool:
    """Whether `text`, of the agent, asks for a name or how it is spelled."""
    return _ASKED.search(text) is not None


def given(text: str, *, was_asked: bool) -> Iterator[str]:
    """The words of the names that a caller gives in `text`, in lower case.

    was_asked: the agent has just asked for a name.
    """
    is_cased = any(character.isupper() for character in text)
    for lead in _LEAD.finditer(text):
        rest = text[lead.end() : lead.end() + _LONGEST]
        is_sure = was_asked or lead["sure"] is not None
        rest = _german_start(_without_title(rest), is_sure=is_sure)
        yield from _words(rest, *name_at_start(rest, is_sure=is_sure, is_cased=is_cased))
    if was_asked:
        yield from _bare_name(text[:_LONGEST])
    if (said := _HERE.search(text[:_LONGEST])) is not None:
        bare = _without_greeting(text[: said.start()])
        name, used = name_at_start(bare, is_sure=True, is_cased=is_cased)
        if not bare[used:].strip(" ,"):
            yield from _words(bare, name, used)


def _bare_name(text: str) -> Iterator[str]:
    """The words of a name that `text` begins with and says little more than."""
    bare = _without_greeting(text)
    answer = _ANSWER.match(bare)
    if answer is not None and bare[answer.end() : answer.end() + 1].isupper():
        bare = _without_title(bare[answer.end() :])
    bare = _german_start(bare, is_sure=True)
    name, used = name_at_start(bare, is_sure=True, is_cased=False)
    left = bare[used:].strip()
    if name and (len(left.split()) <= 1 or left[0] in ".!?,"):
        yield from _words(bare, name, used)


def words_of(name: str) -> frozenset[str]:
    """The words of a name that is known before a call begins, in lower case; no titles."""
    words = _WORD.findall(_without_title(name))
    return frozenset(_bare(word) for word in words if len(word) > 1)


def places(
    text: str, names: frozenset[str], *, is_given_here: bool, was_asked: bool
) -> list[Place]:
    """Where `text` says one of `names` (words in lower case), or letters that spell one.

    is_given_here: the caller gives one of them in this text; was_asked: see `given`.
    """
    is_cased = any(character.isupper() for character in text)
    spellings = frozenset[str]().union(*map(_spellings, names))
    found = [
        word.span()
        for word in _WORD.finditer(text)
        if _is_said(
            _bare(word[0]),
            names,
            spellings,
            is_name=is_given_here,
            is_capital=is_cased and word[0][0].isupper(),
        )
    ]
    is_spelled = was_asked or _SPELLING.search(text) is not None
    found += [
        letters.span()
        for letters in _LETTERS.finditer(text)
        if _spells(letters[0], names, is_spelled)
    ]
    found += [spelled.span() for spelled in _ALPHABET.finditer(text)]
    if is_given_here and is_cased:
        words = [word for word in _WORD.finditer(text) if _is_like_a_name(word[0])]
        found += _neighbours(text, words, found)
    return _joined(text, sorted(found))


def _is_said(
    word: str, names: frozenset[str], spellings: frozenset[str], *, is_name: bool, is_capital: bool
) -> bool:
    """Whether `word` is one of `names`. is_name: it can be nothing else here."""
    if word in names:
        return is_name or is_capital or word not in _EVERYDAY
    # In another spelling only with a capital: "schon" is not Frau Schön.
    return is_capital and not spellings.isdisjoint(_spellings(word))


def _neighbours(text: str, words: list[re.Match[str]], found: list[Place]) -> list[Place]:
    """Words before a name that belong to it, as "John" in "Smith, John Smith"."""
    starts = {start for start, _ in found}
    return [
        word.span()
        for word in words
        if word.end() + 1 in starts and text[word.end() : word.end() + 1] in (" ", "-")
    ]


def _is_like_a_name(word: str) -> bool:
    return word[0].isupper() and word.lower() not in _NEVER


def _without_greeting(text: str) -> str:
    before = _BEFORE.match(text.lstrip())
    return _without_title(text.lstrip()[before.end() if before else 0 :])


def _without_title(text: str) -> str:
    title = _TITLES.match(text)
    return text[title.end() :] if title else text


def _german_start(text: str, *, is_sure: bool) -> str:
    """`text` up to where a German name in it ends; "" when it does not begin with a name.

    is_sure: a name must come, so that "Anna von Berg" is one, and Berg no firm.
    """
    text = _PARTICLES.sub("", text)
    if is_sure:
        text = _WITH_VON.sub(r"\1 ", text)
    end = _GERMAN_END.search(text)
    text = text[: end.start()] if end else text
    first = _WORD.search(text)
    return "" if first and first[0].lower() in _NO_NAME else text


def _words(said: str, name: str, used: int) -> Iterator[str]:
    """The words of `name` and of `said[:used]`, of which letters may have taken the place."""
    if name:
        for word in (*_WORD.findall(name), *_WORD.findall(said[:used])):
            if len(word) > 1 and word.lower() not in _PRONOUNS:
                yield _bare(word)


def _bare(word: str) -> str:
    return word.lower().replace("’", "'").removesuffix("'s")


def _spellings(word: str) -> frozenset[str]:
    """`word`, in lower case, as it is written without accents: "müller" as "muller", "mueller"."""
    if word.isascii():
        return frozenset((word,))
    plain = word.translate(_LETTERS_OF)
    return frozenset(
        "".join(each for each in unicodedata.normalize("NFKD", written) if each.isalpha())
        for written in (plain, plain.translate(_WITH_E))
    )


def _spells(letters: str, names: frozenset[str], is_spelled: bool) -> bool:
    said = "".join(character for character in letters.lower() if character.isalpha())
    if len(said) > 2 and (is_spelled or any(each.startswith(said) for each in names)):
        return True
    return is_spelled and len(said) > 1


def _joined(text: str, found: list[Place]) -> list[Place]:
    """Neighbours as one, such as a first and a last name."""
    joined: list[Place] = []
    for start, end in found:
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip(" -,")):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
