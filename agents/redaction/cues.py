"""What a text speaks of beside its numbers: a card, a telephone, the next part of a number."""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Final

from agents.redaction.numerals import Word


class Cue(StrEnum):
    """What a text speaks of."""

    CARD = "card"
    CODE = "code"  # the security code of a card
    EXPIRY = "expiry"
    TELEPHONE = "telephone"
    PART = "part"  # of a number that is said in several
    DIGITS = "digits"  # such a part, as "the next four digits", but not the last one
    NAMED = "named"  # a number that is not a card's, as "my order number"


_CUES: Final = {
    **dict.fromkeys(
        ("card", "cards", "visa", "mastercard", "amex", "maestro", "karte", "kreditkarte",
         "kreditkartennummer", "kartennummer", "bankkarte", "girokarte", "debitkarte"), Cue.CARD,
    ),
    **dict.fromkeys(
        ("cvv", "cvc", "cvv2", "cvc2", "prüfnummer", "pruefnummer", "prüfziffer", "pin",
         "kartenprüfnummer", "sicherheitscode", "sicherheitsnummer", "security"), Cue.CODE,
    ),
    **dict.fromkeys(
        ("expiry", "expires", "expire", "expiring", "expiration", "exp", "valid", "gültig",
         "gueltig", "ablaufdatum", "ablauf", "verfallsdatum", "abläuft", "gültigkeit"), Cue.EXPIRY,
    ),
    **dict.fromkeys(
        ("phone", "telephone", "mobile", "cell", "cellphone", "call", "reach", "fax", "telefon",
         "telefonnummer", "handy", "handynummer", "mobilnummer", "erreichen", "erreichbar",
         "zurückrufen", "rückruf", "anrufen"), Cue.TELEPHONE,
    ),
    **dict.fromkeys(
        ("first", "next", "then", "rest", "remaining", "followed", "follows", "second", "third",
         "after", "afterwards", "finally", "lastly", "last", "final", "end", "ends", "ending",
         "begins", "beginning", "starts", "starting", "ersten", "erste", "nächsten", "nächste",
         "dann", "danach", "anschließend", "weiter", "übrigen", "restlichen", "folgt", "gefolgt",
         "zweiten", "dritten", "zuletzt", "schließlich", "schluss", "ende", "endet", "letzten",
         "letzte", "beginnt", "fängt"), Cue.PART,
    ),
    **dict.fromkeys(
        ("bestellnummer", "auftragsnummer", "kundennummer", "rechnungsnummer", "buchungsnummer",
         "reservierungsnummer", "referenznummer", "sendungsnummer", "paketnummer", "kontonummer",
         "postleitzahl", "plz", "flugnummer", "zimmernummer", "ticketnummer", "vorgangsnummer",
         "schadennummer", "vertragsnummer", "mitgliedsnummer", "seriennummer", "artikelnummer",
         "aktenzeichen", "iban"), Cue.NAMED,
    ),
}  # fmt: skip
# "The first four are", "die nächsten Ziffern": of these the first and what comes after it.
ORDINALS: Final = frozenset((
    "first", "next", "second", "third", "fourth", "last", "final", "other", "remaining", "ersten",
    "erste", "nächsten", "nächste", "zweiten", "dritten", "vierten", "letzten", "anderen",
    "weiteren", "übrigen", "restlichen",
))  # fmt: skip
# These alone are said where a card is only named: "the one with the last four 4242".
_LAST: Final = frozenset(("last", "final", "letzten"))
_DIGITS: Final = frozenset((
    "two", "three", "four", "five", "six", "eight", "digits", "numbers", "group", "block", "set",
    "zwei", "drei", "vier", "fünf", "sechs", "acht", "ziffern", "zahlen", "stellen", "gruppe",
    "vierergruppe", "viererblock", "3", "4", "5", "6", "8",
))  # fmt: skip
# "The order number", "my order is", "order 4512": of these the first and what comes after it.
_NUMBERED: Final = frozenset((
    "order", "customer", "client", "invoice", "booking", "reservation", "reference", "tracking",
    "parcel", "account", "zip", "postal", "flight", "room", "ticket", "case", "claim", "policy",
    "member", "membership", "confirmation", "contract", "serial", "item", "article", "model",
    "bestellung", "auftrag", "rechnung", "buchung", "reservierung", "referenz", "sendung", "konto",
    "flug", "zimmer", "vorgang", "vertrag", "artikel",
))  # fmt: skip
_AS_NUMBER: Final = frozenset(("number", "id", "code", "nummer", "nr"))
# Only before a number: "the account is yours" names none, nor does "in case no one hears me".
_IS: Final = frozenset(("is", "ist", "lautet"))
_NO: Final = "no"
_NONE: Final = Word("", 0, 0)
_TO_NUMBER: Final = 3  # words from "order" to the number in "my order is the 4512"


def cues_in(words: list[Word], numbers: Collection[int]) -> Iterator[tuple[Cue, int]]:
    """What `words` speak of, in order, each with the place of its word.

    numbers: at which words a number begins.
    """
    for index, word in enumerate(words):
        after = words[index + 1].text if index + 1 < len(words) else ""
        if word.text in ORDINALS and word.text not in _LAST and after in _DIGITS:
            yield Cue.DIGITS, word.start
        elif word.text in _CUES:
            yield _CUES[word.text], word.start
        elif word.text in _NUMBERED and _names_number(words, index, numbers):
            yield Cue.NAMED, word.start


def _names_number(words: list[Word], index: int, numbers: Collection[int]) -> bool:
    """Whether "order" and the like, at `index`, is said of a number."""
    after, behind = (word.text for word in (*words[index + 1 : index + 3], _NONE, _NONE)[:2])
    if after in _IS:
        return any(at in numbers for at in range(index + 2, index + 1 + _TO_NUMBER))
    return after in _AS_NUMBER or after[:1].isdigit() or (after == _NO and behind[:1].isdigit())
