"""English short forms: days, units, titles, streets. Pure.

Forms that every voice reads well are not changed: "Mr.", "Mrs.", "Inc.", "a.m.", "NASA".
"""

import re
from typing import Final

DAY_NAMES: Final = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday",
    "Thu": "Thursday", "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday",
    "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
# "Sun" and "Sat" are words too: they are days beside another day, a dash or a number.
DAY: Final = re.compile(
    r"\b(?:(Mon|Tues?|Wed|Thu(?:rs?)?|Fri)\b|(Sat|Sun)\b(?=\.?\s*(?:[-–&:,/]|\d|to\b|and\b))"
    r"|(?<=[-–&] )(Sat|Sun)\b|(?<=[-–&/])(Sat|Sun)\b|(?<=\band )(Sat|Sun)\b)(?!\w)"
    r"(?:\.(?=\s*[-–&,:;/\da-z]))?"
)
DAY_LIST: Final = re.compile(r"(?<=day)/(?=(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)")
DAY_RANGE: Final = re.compile(r"(?<=day)\s*[-–]\s*(?=(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)")

# One, several. A letter alone is a unit only directly behind a number.
UNITS: Final = {
    "%": ("percent", "percent"), "‰": ("per mille", "per mille"),
    "°C": ("degree Celsius", "degrees Celsius"), "℃": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"),
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"), "mpg": ("mile per gallon", "miles per gallon"),
    "km": ("kilometer", "kilometers"), "m": ("meter", "meters"),
    "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"),
    "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
    "sq ft": ("square foot", "square feet"), "sq. ft.": ("square foot", "square feet"),
    "m²": ("square meter", "square meters"), "m³": ("cubic meter", "cubic meters"),
    "km²": ("square kilometer", "square kilometers"),
    "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"), "mg": ("milligram", "milligrams"),
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"),
    "l": ("liter", "liters"), "L": ("liter", "liters"), "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"), "gal": ("gallon", "gallons"),
    "kWh": ("kilowatt hour", "kilowatt hours"), "kW": ("kilowatt", "kilowatts"),
    "GB": ("gigabyte", "gigabytes"), "MB": ("megabyte", "megabytes"),
    "TB": ("terabyte", "terabytes"), "KB": ("kilobyte", "kilobytes"),
    "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"),
    "Mbit/s": ("megabit per second", "megabits per second"),
    "m/s": ("meter per second", "meters per second"),
    "GHz": ("gigahertz", "gigahertz"), "MHz": ("megahertz", "megahertz"),
    "h": ("hour", "hours"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"),
    "min": ("minute", "minutes"), "mins": ("minute", "minutes"), "sec": ("second", "seconds"),
    "secs": ("second", "seconds"), "ms": ("millisecond", "milliseconds"),
    "yrs": ("year", "years"), "yr": ("year", "years"), "x": ("times", "times"),
}  # fmt: skip

# A number, without its sign; what it is for each of: "$3/kg".
NUMBER: Final = (
    r"[0-9]{1,3}(?:,[0-9]{3}){1,4}(?![0-9])(?:\.[0-9]{1,9})?|[0-9]{1,15}(?:\.[0-9]{1,9})?"
)
BOUND: Final = r"(?<![\w.,/\-])"  # where a number begins
RATE: Final = r"(?:\s?/\s?(?P<per>kg|g|lb|oz|m²|sq ft|h|hr|kWh|min|km|mi|l|L|GB|TB|day)(?!\w))?"

_CAPITAL: Final = r"(?=\s[A-Z])"
# What must be there, a short form and what it means. In this order: "Oak Dr." is a drive, "Dr. Oak"
# a doctor.
SHORT_WORDS: Final[tuple[tuple[str, re.Pattern[str], str], ...]] = tuple(
    (needed, re.compile(pattern), words)
    for needed, pattern, words in (
        ("St", r"(?<=[a-z] )St\b(?:\.(?=\s?[,a-z]))?(?=[\s,.!?]|\Z)(?!\.?\s[A-Z][a-z])", "Street"),
        ("St.", r"\bSt\.(?=\s[A-Z])", "Saint"),
        ("Dr", r"\bDr\.?" + _CAPITAL, "Doctor"),
        ("Dr", r"(?<=[a-z] )Dr\b(?:\.(?=\s?[,a-z]))?", "Drive"),
        ("Prof", r"\bProf\.?" + _CAPITAL, "Professor"),
        ("Ave", r"\bAve\b(?:\.(?=\s*[,\w]))?", "Avenue"),
        ("Blvd", r"\bBlvd\b(?:\.(?=\s*[,\w]))?", "Boulevard"),
        ("Rd", r"(?<=[a-z] )Rd\b(?:\.(?=\s*[,\w]))?", "Road"),
        ("Apt", r"\bApt\b\.?(?=\s\w)", "apartment"),
        ("Ste", r"\bSte\b\.?(?=\s\w)", "suite"),
        ("Bldg", r"\bBldg\b\.?(?=\s\w)", "building"),
        ("xt", r"\b[Ee]xt\b\.?(?=\s\w)", "extension"),
        ("Mt.", r"\bMt\.(?=\s[A-Z])", "Mount"),
        (".", r"\b[Ee]\.\s?g\.,?", "for example"),
        (".", r"\b[Ii]\.\s?e\.,?", "that is"),
        ("etc.", r"\betc\.(?=\s*[a-z,;)])", "et cetera"),
        ("etc", r"\betc\b", "et cetera"),
        ("pprox.", r"\b[Aa]pprox\.", "approximately"),
        ("vs", r"\bvs\b(?:\.(?=\s))?", "versus"),
        ("a.k.a.", r"\ba\.k\.a\.", "also known as"),
        ("incl.", r"\bincl\.", "including"),
        ("w/o", r"\bw/o(?=\s)", "without"),
        ("w/", r"\bw/(?=\s?\w)", "with "),
        ("ept", r"\b[Dd]ept\.(?=\s)", "department"),
        (
            "el",
            r"\b[Tt]el\.?:?(?=\s(?:plus|one|two|three|four|five|six|seven|eight|nine|zero))",
            "telephone",
        ),
        ("max.", r"\bmax\.(?=\s)", "maximum"),
        ("min.", r"\bmin\.(?=\s(?:[a-z]|of))", "minimum"),
    )
)


def rate(found: re.Match[str]) -> str:
    """The words for a unit after a slash: "per kilogram"."""
    per = found["per"]
    return f" per {UNITS.get(per, (per,))[0]}" if per else ""
