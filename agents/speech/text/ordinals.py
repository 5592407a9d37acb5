"""Whether a number with a full stop is an ordinal: "am 24. Dezember", "im 3. Stock". Pure."""

from typing import Final

# Languages that write an ordinal with a full stop.
WITH_STOP: Final = frozenset((
    "de", "da", "nb", "nn", "no", "fi", "cs", "sk", "pl", "hu", "hr", "sl", "sr", "bs", "et",
    "lv", "is", "tr", "fo", "lb", "gsw",
))  # fmt: skip
MONTHS: Final = frozenset((
    "januar", "jänner", "februar", "feber", "märz", "april", "mai", "juni", "juli", "august",
    "september", "oktober", "november", "dezember",
    "jan", "feb", "mär", "mrz", "apr", "jun", "jul", "aug", "sep", "sept", "okt", "nov", "dez",
    "january", "february", "march", "may", "june", "july", "october", "december",
    "oct", "dec", "mar",
    "januari", "februari", "maart", "mei", "augustus", "desember", "marts", "maj", "december",
    "janvier", "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
    "agosto", "septiembre", "octubre", "noviembre", "diciembre", "gennaio", "febbraio", "aprile",
    "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre",
    "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia",
    "września", "października", "listopada", "grudnia", "janeiro", "fevereiro", "março", "maio",
    "junho", "julho", "setembro", "outubro", "novembro", "dezembro",
    "ledna", "února", "března", "dubna", "května", "června", "července", "srpna", "září",
    "října", "prosince", "január", "február", "március", "április", "május", "június", "július",
    "augusztus", "szeptember", "október", "ocak", "şubat", "mart", "nisan", "mayıs", "haziran",
    "temmuz", "ağustos", "eylül", "ekim", "kasım", "aralık", "tammikuuta", "helmikuuta",
    "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta", "heinäkuuta", "elokuuta",
    "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta",
))  # fmt: skip
# What is counted in order, beside months.
COUNTED: Final = frozenset((
    "stock", "stockwerk", "etage", "obergeschoss", "untergeschoss", "geschoss", "og", "ug",
    "klasse", "platz", "quartal", "halbjahr", "jahrhundert", "lebensjahr", "tag", "woche", "monat",
    "jahr", "mal", "termin", "stelle", "reihe", "tür", "weihnachtstag", "feiertag", "advent",
    "kategorie", "liga", "weltkrieg", "auflage", "person", "nacht", "stunde", "bezirk", "semester",
    "sal", "etasje", "etg", "patro", "poschodie", "piętro", "piętrze", "emelet", "kat", "kerros",
))  # fmt: skip


def writes_ordinals_with_stop(language: str) -> bool:
    """Whether the language writes ordinals so. language: a tag such as "de" or "de-AT"."""
    return language.partition("-")[0].lower() in WITH_STOP


def is_ordinal(word: str, marker: str, word_before: str, language: str) -> bool:
    """Whether the number in `marker` ("2. ") is an ordinal of the `word` after it, in lower case.

    word_before: the word at that place in the line before; the same word in both is counted.
    """
    if ")" in marker:
        return False
    if word in MONTHS:
        return True
    counts = writes_ordinals_with_stop(language)
    return counts and bool(word) and (word in COUNTED or word == word_before)
