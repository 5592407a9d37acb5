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
    "tgl.": "täglich", "vorm.": "vormittags", "nachm.": "nachmittags",
}  # fmt: skip
SHORT_WORD: Final = re.compile(
    r"\b(?:" + "|".join(
        r"\s?".join(re.escape(part) + r"\." for part in each.removesuffix(".").split("."))
        for each in sorted(SHORT_WORDS, key=len, reverse=True)
    ) + r")",
    re.IGNORECASE,
)  # fmt: skip
STREET: Final = re.compile(r"(?<=[a-zäöüß])str\.")
MRS: Final = re.compile(r"\bFr\.(?=\s[A-ZÄÖÜ])")
