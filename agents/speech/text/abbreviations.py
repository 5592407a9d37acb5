"""Words whose full stop never, or not always, ends a sentence, by language. Pure."""

from functools import cache
from typing import Final

# Never the last word, whatever follows; in every language.
_NEVER: Final = frozenset((
    "dr", "prof", "mr", "mrs", "ms", "mx", "st", "sr", "sra", "vs", "approx", "tel", "nr", "ca",
    "max", "cf", "vol", "dipl", "hr", "fr",
))  # fmt: skip
# The last one only where a capital follows.
_SOMETIMES: Final = frozenset((
    "etc", "inc", "ltd", "co", "corp", "jr", "min", "std", "fax", "nos", "art", "abs",
))  # fmt: skip
_NEVER_IN: Final[dict[str, frozenset[str]]] = {
    "en": frozenset((
        "rev", "hon", "mt", "ft", "gen", "col", "lt", "sgt", "capt", "sen", "gov", "pres", "eg",
        "ie", "viz", "dept", "ext", "apt", "ste", "bldg", "hwy", "rm", "rte", "fig", "pp", "fl",
        "bzw", "ggf",
    )),
    "de": frozenset((
        "bzw", "ggf", "inkl", "exkl", "zzgl", "evtl", "ggfs", "insb", "insbes", "sog", "vgl",
        "zw", "zwecks", "geb", "gest", "fam", "frl", "hrn", "ing", "mag", "med", "dent", "jur",
        "rer", "nat", "phil", "tgl", "werkt", "telef", "durchschn", "einschl", "ausschl", "abzgl",
        "gem", "lt", "mind", "höchst", "ungef", "bspw", "div", "kl", "gr", "ev", "kath", "nördl",
        "südl", "östl", "westl", "ehem", "stellv", "betr", "zi", "whg", "hnr", "rufnr", "art-nr",
        "kd-nr", "apt", "usf", "aufl", "hausnr", "zimmernr", "telefonnr", "fa", "tägl", "mtl",
        "jährl", "z.hd", "z", "d", "u", "o", "v",
    )),
    "fr": frozenset(("m", "mm", "mme", "mlle", "mlles", "mgr", "av", "bd", "boul", "env", "no")),
    "es": frozenset((
        "d", "dña", "dra", "srta", "sres", "ud", "uds", "vd", "av", "avda", "pza", "núm", "no",
        "aprox", "depto", "ext", "teléf", "ntra", "sta", "sto",
    )),
    "it": frozenset((
        "sig", "sigg", "sigra", "dott", "dottssa", "avv", "ing", "geom", "arch", "rag", "spett",
        "egr", "gent", "piazz", "corso", "num", "pag", "ca", "int", "v",
    )),
    "nl": frozenset((
        "dhr", "mevr", "mw", "drs", "ir", "bijv", "incl", "excl", "evt", "nl", "resp", "tav",
        "mbt", "blz", "mej", "gem",
    )),
    "pl": frozenset((
        "ul", "al", "pl", "os", "godz", "np", "tzn", "tj", "wg", "ok", "hab", "inż", "mgr", "lek",
        "im", "św", "pkt", "r", "gm", "woj", "zob", "ew",
    )),
    "pt": frozenset((
        "sra", "dra", "srs", "exmo", "exma", "av", "al", "pça", "no", "ex", "eng", "núm", "apto",
        "aprox", "ramal", "d",
    )),
}  # fmt: skip
_SOMETIMES_IN: Final[dict[str, frozenset[str]]] = {
    "en": frozenset((
        "bros", "ave", "blvd", "rd", "sq", "no", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
        "sep", "sept", "oct", "nov", "dec", "mon", "tue", "tues", "wed", "thu", "thur", "thurs",
        "fri", "sat", "sun", "hrs", "hr", "mins", "est", "dr", "ph.d",
    )),
    "de": frozenset((
        "usw", "mwst", "ust", "bhf", "hbf", "str", "pl", "jan", "feb", "mär", "mrz", "apr", "jun",
        "jul", "aug", "sep", "sept", "okt", "nov", "dez", "mo", "di", "mi", "do", "fr", "sa", "so",
        "stk", "pers", "mio", "mrd", "sek", "tsd", "bl", "og", "ug", "eg", "obj", "gmbh", "nachm",
        "vorm", "jh", "jhd", "hl", "wg", "u.a", "z.b", "o.ä", "d.h", "u.ä", "o.g",
    )),
    "fr": frozenset((
        "janv", "févr", "avr", "juil", "sept", "oct", "nov", "déc", "tél", "lun", "sam", "dim",
        "ex",
    )),
    "es": frozenset((
        "ene", "feb", "abr", "jun", "jul", "ago", "sept", "oct", "nov", "dic", "tel", "aprox",
        "pág",
    )),
    "it": frozenset((
        "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic", "ecc",
        "lun", "sab", "dom",
    )),
    "nl": frozenset((
        "jan", "feb", "mrt", "apr", "jun", "jul", "aug", "sep", "okt", "nov", "dec", "enz", "ma",
        "di", "wo", "vr", "za", "zo",
    )),
    "pl": frozenset((
        "stycz", "lut", "itd", "itp", "tys", "mln", "pon", "wt", "śr", "czw", "pt", "sob",
        "niedz", "zł",
    )),
    "pt": frozenset((
        "jan", "fev", "abr", "jun", "jul", "ago", "set", "out", "nov", "dez", "seg", "ter", "qua",
        "qui", "sex",
    )),
}  # fmt: skip
# Compounds that end so: "Hauptstr. 7".
_ENDINGS_IN: Final[dict[str, tuple[str, ...]]] = {
    "de": ("str", "nr", "std", "tel"),
    "nl": ("str",),
}


@cache
def never_last(language: str) -> frozenset[str]:
    """Words in lower case, without their stop. language: its code, without a country."""
    return _NEVER | _NEVER_IN.get(language, frozenset())


@cache
def sometimes_last(language: str) -> frozenset[str]:
    """As `never_last`, for words that end a sentence if a capital follows."""
    return _SOMETIMES | _SOMETIMES_IN.get(language, frozenset())


def is_short_compound(word: str, language: str) -> bool:
    """Whether `word` is a compound whose last part is shortened."""
    return word.endswith(_ENDINGS_IN.get(language, ()))
