"""What a German voice says for what is written."""

import pytest

from agents.speech.said.said import in_words

MONEY = [
    ("3,50 EUR", "drei Euro fünfzig"),
    ("3.50 EUR", "drei Euro fünfzig"),
    ("1.299,99 €", "eintausendzweihundertneunundneunzig Euro neunundneunzig"),
    ("€ 20", "zwanzig Euro"),
    ("$5", "fünf Dollar"),
    ("12,50 CHF", "zwölf Franken fünfzig"),
    ("1 €", "ein Euro"),
    ("5-10 km", "fünf bis zehn Kilometer"),
    ("Zimmer 1 Etage 2", "Zimmer eins Etage zwei"),
    ("1,05 €", "ein Euro fünf"),
    ("0,99 €", "neunundneunzig Cent"),
    ("50,- Euro", "fünfzig Euro"),
    ("50,-", "fünfzig Euro"),
    ("10-20 €", "zehn bis zwanzig Euro"),
    ("5 Mio. €", "fünf Millionen Euro"),
    ("1,5 Mio. Euro", "eins Komma fünf Millionen Euro"),
    ("-5 €", "minus fünf Euro"),
]
TIMES = [
    ("14:05 Uhr", "vierzehn Uhr fünf"),
    ("um 9:30", "um neun Uhr dreißig"),
    ("um 9.30", "um neun Uhr dreißig"),
    ("9.30 Uhr", "neun Uhr dreißig"),
    ("um 1 Uhr", "um ein Uhr"),
    ("14:01", "vierzehn Uhr eins"),
    ("00:00", "null Uhr"),
    ("10-12 Uhr", "zehn bis zwölf Uhr"),
    ("10:30-12:00 Uhr", "zehn Uhr dreißig bis zwölf Uhr"),
    ("9:00-17:00", "neun bis siebzehn Uhr"),
    ("Mo-Fr 9-17 Uhr", "Montag bis Freitag neun bis siebzehn Uhr"),
    ("Sa 10-14 Uhr", "Samstag zehn bis vierzehn Uhr"),
    ("Mo. und Mi.", "Montag und Mi."),
]
DATES = [
    ("am 24.12.2026", "am vierundzwanzigsten Dezember zweitausendsechsundzwanzig"),
    ("Wir kommen am 24.12.", "Wir kommen am vierundzwanzigsten Dezember."),
    ("am 24.12. um 8 Uhr", "am vierundzwanzigsten Dezember um acht Uhr"),
    ("der 24. Dezember", "der vierundzwanzigste Dezember"),
    ("24. Dezember 1999", "vierundzwanzigster Dezember neunzehnhundertneunundneunzig"),
    ("vom 24.-26. Dezember", "vom vierundzwanzigsten bis sechsundzwanzigsten Dezember"),
    ("vom 24.12. bis 26.12.",
     "vom vierundzwanzigsten Dezember bis sechsundzwanzigsten Dezember."),
    ("vom 1.5.-3.6.", "vom ersten Mai bis dritten Juni."),
    ("vom 1.5. – 3.6.", "vom ersten Mai bis dritten Juni."),
    ("24.-26.12.", "vierundzwanzigster bis sechsundzwanzigster Dezember."),
    ("am Montag, 24.12.2026", "am Montag, vierundzwanzigsten Dezember zweitausendsechsundzwanzig"),
    ("am 1. Mai", "am ersten Mai"),
    ("am 3. Okt. 2026", "am dritten Oktober zweitausendsechsundzwanzig"),
    ("12.05.85", "zwölfter Mai fünfundachtzig"),
    ("2026-12-24", "vierundzwanzigster Dezember zweitausendsechsundzwanzig"),
    ("im 3. Stock", "im dritten Stock"),
    ("in der 3. Etage", "in der dritten Etage"),
    ("der 2. Termin", "der zweite Termin"),
    ("Ihr 2. Termin", "Ihr zweiter Termin"),
    ("am 24.", "am vierundzwanzigsten."),
    ("Das kostet 24.", "Das kostet vierundzwanzig."),
    ("im Jahr 1999", "im Jahr neunzehnhundertneunundneunzig"),
    ("die 1990er Jahre", "die neunzehnhundertneunziger Jahre"),
]  # fmt: skip
TELEPHONE = [
    ("+49 30 1234567", "plus vier neun, drei null, eins zwei drei, vier fünf sechs sieben"),
    ("030 1234567", "null drei null, eins zwei drei, vier fünf sechs sieben"),
    ("030/1234567", "null drei null, eins zwei drei, vier fünf sechs sieben"),
    ("(030) 123 45 67", "null drei null, eins zwei drei, vier fünf, sechs sieben"),
    ("+493012345678", "plus vier neun, drei null, eins zwei drei vier, fünf sechs sieben acht"),
    ("555-0142", "fünf fünf fünf, null eins vier zwei"),
    ("Notruf 112", "Notruf eins eins zwei"),
    ("Tel. 030 1234567", "Telefon null drei null, eins zwei drei, vier fünf sechs sieben"),
]
ADDRESSES = [
    ("info@example.com", "info ät example Punkt com"),
    ("www.example.com/menu", "W W W Punkt example Punkt com Slash menu"),
    ("zahnarzt-mitte.de", "zahnarzt Minus mitte Punkt D E"),
    ("Hauptstr. 7", "Hauptstraße sieben"),
    ("Hauptstraße 12a, 10115 Berlin", "Hauptstraße zwölf a, eins null eins eins fünf Berlin"),
    ("St. Pauli", "Sankt Pauli"),
]
NUMBERS = [
    ("20%", "zwanzig Prozent"),
    ("20 %", "zwanzig Prozent"),
    ("1/2", "ein halb"),
    ("2 1/2", "zweieinhalb"),
    ("3/4", "drei Viertel"),
    ("24/7", "vierundzwanzig sieben"),
    ("-5°C", "minus fünf Grad Celsius"),
    ("120 qm", "einhundertzwanzig Quadratmeter"),
    ("1 Std.", "eine Stunde."),
    ("5 Std. Fahrt", "fünf Stunden Fahrt"),
    ("3-5 Tage", "drei bis fünf Tage"),
    ("3,5", "drei Komma fünf"),
    ("15.000 Leute", "fünfzehntausend Leute"),
    ("1.000.000", "eine Million"),
    ("1.234.000,50", "eine Million zweihundertvierunddreißigtausend Komma fünf null"),
    ("1 Zimmer", "ein Zimmer"),
    ("1 Nacht", "eine Nacht"),
    ("Zimmer 1", "Zimmer eins"),
    ("3:2", "drei zu zwei"),
    ("5x", "fünfmal"),
    ("~5 Minuten", "circa fünf Minuten"),
    ("≥ 18 Jahre", "mindestens achtzehn Jahre"),
    ("Nr. 7", "Nummer sieben"),
    ("§ 5 Abs. 2", "Paragraf fünf Absatz zwei"),
    ("Version 2.0.1", "Version zwei Punkt null Punkt eins"),
    ("192.168.178.20", "einhundertzweiundneunzig Punkt einhundertachtundsechzig Punkt "
     "einhundertachtundsiebzig Punkt zwanzig"),
]  # fmt: skip
NAMES = [
    ("Dr. Schmidt", "Doktor Schmidt"),
    ("Fr. Müller", "Frau Müller"),
    ("z.B. morgen", "zum Beispiel morgen"),
    ("Z. B. morgen", "Zum Beispiel morgen"),
    ("Obst, Gemüse usw.", "Obst, Gemüse und so weiter."),
    ("ca. 5 Minuten", "circa fünf Minuten"),
    ("inkl. MwSt.", "inklusive Mehrwertsteuer."),
    ("B&B", "B und B"),
    ("A4", "A vier"),
    ("COVID-19", "COVID neunzehn"),
    ("AB-1234", "A B, eins zwei drei vier"),
    ("Kundennummer 123456", "Kundennummer eins zwei drei, vier fünf sechs"),
    ("Ihr Code ist 4711", "Ihr Code ist vier sieben eins eins"),
]


@pytest.mark.parametrize(
    ("written", "said"), [*MONEY, *TIMES, *DATES, *TELEPHONE, *ADDRESSES, *NUMBERS, *NAMES]
)
@pytest.mark.parametrize("language", ["de", "de-AT"])
def test_what_is_written_is_said_as_people_say_it(written, said, language):
    assert in_words(written, language) == said
    assert in_words(said, language) == said, "what is said already stays"


# Deliberately: voices read these well, or nothing tells what is meant.
@pytest.mark.parametrize(
    "text",
    [
        "So geht das. Do it yourself.",
        "Ich bin Max. Und Sie?",
        "Die BVG und die GmbH.",
        "Das ist ein U-Bahn-Ticket.",
        "Er kommt am Freitag. Das ist gut.",
    ],
)
def test_words_are_left_as_they_are(text):
    assert in_words(text, "de") == text
