"""German short forms: days, months, units, titles. Pure."""

import re
from typing import Final

MONTHS: Final = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
    "November", "Dezember",
)  # fmt: skip
SHORT_MONTHS: Final = {
    "Jan": "Januar", "Feb": "Februar", "Mär": "März", "Mrz": "März", "Apr": "April",
    "Jun": "Juni", "Jul": "Juli", "Aug": "August", "Sep": "September", "Sept": "September",
    "Okt": "Oktober", "Nov": "November", "Dez": "Dezember",
}  # fmt: skip
DAYS: Final = {
    "Mo": "Montag", "Di": "Dienstag", "Mi": "Mittwoch", "Do": "Donnerstag", "Fr": "Freitag",
    "Sa": "Samstag", "So": "Sonntag",
}  # fmt: skip
_DAY: Final = "|".join(DAYS)
# "So" and "Do" are words, too: they are days in a span, before a time, or with a stop in a list.
DAY_SPAN: Final = re.compile(rf"\b({_DAY})\b\.?\s?[-–]\s?({_DAY})\b\.?(?!\s?[-–])")
DAY_LIST: Final = re.compile(rf"(?<![\w/])(?:{_DAY})\.?(?:/(?:{_DAY})\b\.?){{1,6}}(?![\w/])")
DAY: Final = re.compile(
    rf"\b({_DAY})(?:\b\.?(?=,?\s[0-9]{{1,2}}\s?(?:[-–:.]|Uhr))|\.(?=[,;:]|\sund\b|\s?[&+]))"
)

# One with its article, several. A letter alone is a unit only directly behind a number.
UNITS: Final = {
    "%": ("ein Prozent", "Prozent"), "‰": ("ein Promille", "Promille"),
    "°C": ("ein Grad Celsius", "Grad Celsius"), "℃": ("ein Grad Celsius", "Grad Celsius"),
    "°F": ("ein Grad Fahrenheit", "Grad Fahrenheit"), "°": ("ein Grad", "Grad"),
    "km/h": ("ein Kilometer pro Stunde", "Kilometer pro Stunde"),
    "km": ("ein Kilometer", "Kilometer"), "m": ("ein Meter", "Meter"),
    "cm": ("ein Zentimeter", "Zentimeter"), "mm": ("ein Millimeter", "Millimeter"),
    "m²": ("ein Quadratmeter", "Quadratmeter"), "qm": ("ein Quadratmeter", "Quadratmeter"),
    "m³": ("ein Kubikmeter", "Kubikmeter"), "km²": ("ein Quadratkilometer", "Quadratkilometer"),
    "kg": ("ein Kilogramm", "Kilogramm"), "g": ("ein Gramm", "Gramm"),
    "mg": ("ein Milligramm", "Milligramm"), "l": ("ein Liter", "Liter"),
    "ml": ("ein Milliliter", "Milliliter"),
    "kWh": ("eine Kilowattstunde", "Kilowattstunden"), "kW": ("ein Kilowatt", "Kilowatt"),
    "m/s": ("ein Meter pro Sekunde", "Meter pro Sekunde"), "ct": ("ein Cent", "Cent"),
    "Ct": ("ein Cent", "Cent"),
    "GB": ("ein Gigabyte", "Gigabyte"), "MB": ("ein Megabyte", "Megabyte"),
    "TB": ("ein Terabyte", "Terabyte"), "KB": ("ein Kilobyte", "Kilobyte"),
    "Mbit/s": ("ein Megabit pro Sekunde", "Megabit pro Sekunde"),
    "GHz": ("ein Gigahertz", "Gigahertz"), "MHz": ("ein Megahertz", "Megahertz"),
    "h": ("eine Stunde", "Stunden"), "Std.": ("eine Stunde", "Stunden"),
    "Std": ("eine Stunde", "Stunden"), "min": ("eine Minute", "Minuten"),
    "Min": ("eine Minute", "Minuten"), "Min.": ("eine Minute", "Minuten"),
    "Sek": ("eine Sekunde", "Sekunden"), "Sek.": ("eine Sekunde", "Sekunden"),
    "ms": ("eine Millisekunde", "Millisekunden"),
    "Pers.": ("eine Person", "Personen"), "Stk.": ("ein Stück", "Stück"),
    "Mio.": ("eine Million", "Millionen"), "Mrd.": ("eine Milliarde", "Milliarden"),
    "Tsd.": ("eintausend", "tausend"),
}  # fmt: skip

# A number, without its sign; what it is for each of: "3 €/kg".
NUMBER: Final = (
    r"[0-9]{1,3}(?:['’][0-9]{3}){1,4}\.[0-9]{2}(?![0-9])"
    r"|[0-9]{1,3}(?:[.'’][0-9]{3}){1,4}(?![0-9])(?:,[0-9]{1,9})?"
    r"|[0-9]{1,15}(?:,[0-9]{1,9}|\.[0-9]{1,9}(?!\.?[0-9]))?"
)

RATE: Final = (
    r"(?:\s?/\s?(?P<per>kg|g|m²|m³|qm|h|Std\.?|Stunde|min|Min\.?|km|m|l|kWh|GB|TB|Monat|Tag|Nacht|Jahr"
    r"|Woche|Person|Pers\.|Stück|Stk\.)(?!\w))?"
)

# Without spaces and in lower case; as they are written where the case tells.
SHORT_WORDS: Final = {
    "z.b.": "zum Beispiel", "d.h.": "das heißt", "u.a.": "unter anderem",
    "o.ä.": "oder Ähnliches", "u.ä.": "und Ähnliches", "i.d.r.": "in der Regel",
    "z.t.": "zum Teil", "z.zt.": "zurzeit", "v.a.": "vor allem", "s.o.": "siehe oben",
    "s.u.": "siehe unten", "u.u.": "unter Umständen", "usw.": "und so weiter",
    "etc.": "et cetera", "bzw.": "beziehungsweise", "bspw.": "beispielsweise", "ca.": "circa",
    "inkl.": "inklusive", "exkl.": "exklusive", "zzgl.": "zuzüglich", "abzgl.": "abzüglich",
    "ggf.": "gegebenenfalls", "evtl.": "eventuell", "max.": "maximal", "mind.": "mindestens",
    "vgl.": "vergleiche", "insb.": "insbesondere", "sog.": "sogenannte", "tel.": "Telefon",
    "nr.": "Nummer", "hausnr.": "Hausnummer", "zimmernr.": "Zimmernummer",
    "kundennr.": "Kundennummer", "telefonnr.": "Telefonnummer", "mwst.": "Mehrwertsteuer",
    "ust.": "Umsatzsteuer", "dr.": "Doktor",
    "prof.": "Professor", "hr.": "Herr", "hrn.": "Herrn", "st.": "Sankt", "str.": "Straße",
    "geb.": "geboren", "stv.": "stellvertretender", "hbf.": "Hauptbahnhof", "bhf.": "Bahnhof",
    "mio.": "Millionen", "mrd.": "Milliarden", "std.": "Stunden", "erw.": "Erwachsene",
    "v.chr.": "vor Christus", "n.chr.": "nach Christus", "nrn.": "Nummern",
    "tgl.": "täglich", "tägl.": "täglich", "mtl.": "monatlich", "jährl.": "jährlich",
    "einschl.": "einschließlich", "geschl.": "geschlossen", "o.g.": "oben genannte",
    "lt.": "laut", "gem.": "gemäß", "zw.": "zwischen", "u.s.w.": "und so weiter", "fa.": "Firma",
    "z.hd.": "zu Händen", "m.e.": "meines Erachtens", "i.a.": "im Auftrag",
    "vorm.": "vormittags", "nachm.": "nachmittags",
}  # fmt: skip
# Before a noun they have an ending that nothing tells, or are other words: "geschl. Gesellschaft".
BEFORE_NO_NOUN: Final = frozenset(("geschl.", "mtl.", "jährl.", "tägl.", "tgl.", "vorm."))
SHORT_WORD: Final = re.compile(
    r"\b(?:" + "|".join(
        r"\s?".join(re.escape(part) + r"\." for part in each.removesuffix(".").split("."))
        for each in sorted(SHORT_WORDS, key=len, reverse=True)
    ) + r")",
    re.IGNORECASE,
)  # fmt: skip
FLOORS: Final = {
    "OG": "Obergeschoss", "EG": "Erdgeschoss", "UG": "Untergeschoss", "DG": "Dachgeschoss",
}  # fmt: skip
# "Im EG", "im zweiten OG": in capitals they are other things as well.
FLOOR: Final = re.compile(r"(?<=\b[Ii]m )(?:EG|UG|DG)\b(?!-)|(?<=te[nrs] )(?:OG|UG)\b(?!-)")
STREET: Final = re.compile(r"(?<=[a-zäöüß])str\.")
# Swiss francs, where "Fr." is no Friday: with a dash or hundredths, with what no hour and no day
# has, or behind a word of prices. What is before it and behind it tells a day of opening hours.
FRANCS: Final = re.compile(
    r"(?<![\w])(?<!-)(?:(?P<what>(?i:kostet|kosten|preis|für|à|zu|ab|nur|macht|beträgt|total|je|pro"
    r"|von)) )?S?Fr\.?\s?(?=(?:[0-9]{1,3}(?:['’.][0-9]{3})*[.,][-–—]"
    r"|(?!(?:0?[1-9]|[12][0-9]|3[01])\.(?:0[1-9]|1[0-2])\.)"
    r"[0-9]{1,3}(?:['’][0-9]{3})*\.[0-9]{2}(?![\w:]|[.,]?[0-9]|\s?[-–]\s?[0-9]|\s(?:Uhr|bis|h)\b)"
    r"|[0-9]{1,3}(?:['’][0-9]{3})+|3[2-9](?![\w.:])|[4-9][0-9](?![\w.:])|[1-9][0-9]{2,5}(?![\w.:])"
    r"|(?(what)[0-9]{1,5}(?![\w.:]|\s?[-–]|\s(?:Uhr|bis|h)\b)|(?!))))"
)
# One of what stands behind it. The endings of nouns; without them they are masculine or neuter.
_FEMININE: Final = re.compile(
    r"(?:e|ung|heit|keit|tion|schaft|tät|[Nn]acht|[Pp]erson|[Ff]rau|[Mm]ail|[Ss]tadt|[Ff]ahrt|[Hh]and"
    r"|[Tt]ür|[Uu]hr|[Nn]ummer|[Ww]and|[Ss]chwester|[Tt]ochter|[Mm]utter|[Kk]raft|[Bb]ank|[Pp]ost"
    r"|[Aa]rbeit|[Zz]eit|[Aa]ntwort|[Ww]urst|[Ff]orm|[Ss]pur|[Zz]ahl|(?:nd|nt|er|rt|st|kt|rz|k)in)\Z"
)
_FEMININE_NOT: Final = re.compile(
    r"(?:[Ee]nde|[Kk]unde|[Nn]ame|[Kk]ollege|[Ii]nteresse|[Aa]uge|[Kk]nabe)\Z"
)
_MASCULINE: Final = re.compile(
    r"(?:[Tt]ag|[Mm]onat|[Tt]ermin|[Tt]isch|[Pp]latz|[Gg]ast|[Rr]aum|[Ss]chritt|[Ss]tuhl|[Tt]eller"
    r"|[Kk]affee|[Mm]ann|[Bb]esuch|[Aa]nruf|[Ss]chlüssel|[Kk]offer|[Aa]bend|[Mm]orgen|[Aa]rtikel"
    r"|[Pp]unkt|[Ff]ehler|[Ee]uro|[Dd]ollar|[Cc]ent|[Ff]ranken|[Mm]eter|[Ll]iter|[Gg]rad|[Hh]und"
    r"|[Kk]unde|[Kk]ollege|[Nn]ame|[Ww]agen|[Ff]ilm|[Ss]alat|[Ww]ein|[Ss]aal|[Pp]arkplatz|[Kk]urs"
    r"|[Gg]utschein|[Vv]ertrag|[Bb]rief|[Zz]ug|[Bb]us|[Ff]lug|[Rr]appen|[Vv]ormittag)\Z"
)
_DATIVE: Final = frozenset((
    "in", "vor", "nach", "seit", "mit", "bei", "von", "zu", "aus", "ab", "binnen", "innerhalb",
    "außer", "gegenüber", "neben", "unter", "nebst", "samt", "einschließlich",
))  # fmt: skip
_ACCUSATIVE: Final = frozenset((
    "für", "um", "ohne", "gegen", "durch", "bis", "je", "pro", "über", "auf",
))  # fmt: skip
_BETWEEN: Final = frozenset(
    ("nur", "noch", "ca.", "circa", "etwa", "ungefähr", "genau", "mindestens")
)
_BEFORE: Final = 40  # characters


def one_of(noun: str, before: str) -> str:
    """The article of one `noun`, without the noun. before: the text before both."""
    is_feminine = _FEMININE.search(noun) is not None and _FEMININE_NOT.search(noun) is None
    return in_case("eine" if is_feminine else "ein", noun, before)


def in_case(article: str, noun: str, before: str) -> str:
    """`article` ("ein" or "eine") in the case that the words `before` require."""
    words = before[-_BEFORE:].lower().split()
    while words and words[-1] in _BETWEEN:
        words.pop()
    last = words[-1] if words else ""
    if last in _DATIVE:
        return "einer" if article == "eine" else "einem"
    is_object = last in _ACCUSATIVE and article == "ein" and _MASCULINE.search(noun)
    return "einen" if is_object else article


MRS: Final = re.compile(r"\bFr\.(?=\s[A-ZÄÖÜ])")


def rate(found: re.Match[str]) -> str:
    """The words for a unit after a slash: "pro Quadratmeter"."""
    per = found["per"]
    return f" pro {UNITS[per][0].partition(' ')[2] if per in UNITS else per}" if per else ""


def before(found: re.Match[str]) -> str:
    return found.string[max(0, found.start() - 40) : found.start()]
