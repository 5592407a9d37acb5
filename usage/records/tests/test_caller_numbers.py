"""What a request says about caller and called becomes one spelling, whatever it is."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usage.records.caller_numbers import beginnings_of, called_of, caller_of, readable

ONE_SPELLING = re.compile(
    r"anonymous|unknown|\+[1-9][0-9]{1,14}|sips?:[!-:<-~]+@[a-z0-9.:\[\]-]+|client:[!-:<-~]+"
)
BIDI = "\u202e"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Anonymous",
        "anonymous",
        "ANONYMOUS",
        "+266696687",
        "266696687",
        "+1266696687",
        " 266696687",
        "+7378742833",
        "+17378742833",
        "7378742833",
        "RESTRICTED",
        "Restricted",
        "+2562533",
        "2562533",
        "blocked",
        "+8656696",
        "Unknown",
        "+86282452253",
        "86282452253",
        "Unavailable",
        "private",
        "sip:anonymous@anonymous.invalid",
        "sip:Anonymous@sip.example.com",
        "sips:thisis@anonymous.invalid;transport=tls",
        "client:Anonymous",
        f"{BIDI}anonymous",
        "No Caller ID",
        "Private Number",
        "out of area",
        "1-266696687",
        "sip:266696687@10.0.0.1",
        "sip:+1266696687@carrier.example;user=phone",
        "client:266696687",
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
        "<sip:anonymous@anonymous.invalid>",
        "Anonymous@anonymous.invalid",
        "tel:+266696687",
        "tel:anonymous",
    ],
)
def test_a_withheld_number_is_withheld_in_every_spelling(text):
    assert caller_of(text) == "anonymous"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("+14155550132", "+14155550132"),
        (" 14155550132", "+14155550132"),  # a plus that was not encoded in a form
        ("+1 415 555 0132", "+14155550132"),
        ("+1 (415) 555-0132", "+14155550132"),
        ("14155550132", "+14155550132"),
        ("00493012345678", "+493012345678"),
        ("sip:ann@Example.com", "sip:ann@example.com"),
        ("SIP:+4930123@10.0.0.1:5060;transport=udp", "sip:+4930123@10.0.0.1:5060"),
        ("client:ann_b", "client:ann_b"),
        ("tel:+1-415-555-0132;phone-context=example.com", "+14155550132"),
        ("whatsapp:+558551234567", "+558551234567"),
        ("+49 (0)30 1234567", "+49301234567"),
        ("0049(0)30/1234567", "+49301234567"),
        ("+39 (0)6 1234567", "+39061234567"),
        ('"Ann" <sip:ann@example.com;transport=tls>;tag=7', "sip:ann@example.com"),
        ("sip:ann@[2001:DB8::1]:5060", "sip:ann@[2001:db8::1]:5060"),
        (f"+1415{BIDI}5550132", "+14155550132"),
    ],
)
def test_numbers_and_addresses_are_kept_in_one_spelling(text, stored):
    assert caller_of(text) == stored
    assert readable(stored) == stored


@pytest.mark.parametrize(
    "text",
    [
        "4155550132",  # of which country?
        "+0123456",
        "+1234567890123456",
        "＋14155550132",
        "+１４１５",
        '=HYPERLINK("http://x")',
        "sip:",
        "sip:ann",
        "sip:ann smith@example.com",
        "sip:a@b@c",
        "client:",
        "client:<script>",
        "sip:" + "a" * 90 + "@example.com",
        "Your bank, +1 800 555 0100",
        "+14155550132\n+14155550133",
    ],
)
def test_anything_else_is_unknown(text):
    assert caller_of(text) == "unknown"


@given(
    st.text(max_size=60)
    | st.text(alphabet="+0123456789 -().\u202e\u200b\x00", max_size=20)
    | st.text(alphabet="sipclent:@.+;<>\"' \n\u202e", max_size=40).map(lambda text: f"sip:{text}")
    | st.text(max_size=200).map(lambda text: f"client:{text}")
)
def test_whatever_comes_one_spelling_is_kept(text):
    for stored in (caller_of(text), called_of(text)):
        assert ONE_SPELLING.fullmatch(stored), stored
        assert len(stored) <= 80
    assert called_of(text) != "anonymous"


@given(st.text(max_size=60))
def test_older_rows_are_shown_without_marks_that_turn_the_writing(text):
    assert not [char for char in readable(text) if unicodedata.category(char) in ("Cc", "Cf")]


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("+1 415 555 0132", "+14155550132"),
        ("4155550132", "+14155550132"),
        ("(415) 555", "+14155550132"),
        ("1415", "+14155550132"),
        ("0049 30", "+4930123"),
        ("ann", "sip:ann@example.com"),
        ("sip:ann@EXAMPLE.com", "sip:ann@example.com"),
        ("ann", "client:ann"),
        ("client:an", "client:ann"),
        ("sip:ann@Exam", "sip:ann@example.com"),
        ("ann@EXAMPLE.com", "sip:ann@example.com:5060"),
        ("sip:ann@example.com:5060;transport=udp", "sip:ann@example.com"),
        ("sip:ann@example.com:5060", "sips:ann@example.com"),
        ("ann@example.com;transport=tls", "sips:ann@example.com"),
        ("<sip:ann@example.com>", "sip:ann@example.com"),
        ("1001", "sip:1001@pbx.example"),
        ("1001", "client:1001"),
        ("+4930123", "sip:+4930123@10.0.0.1"),
        ("tel:+4930", "+4930123"),
        ("whatsapp:+4930", "+4930123"),
        ("+49 (0)30", "+4930123"),
    ],
)
def test_a_caller_is_found_as_people_write_numbers(asked, stored):
    assert stored.startswith(beginnings_of(asked))


@pytest.mark.parametrize("asked", ["+266696687", "Restricted", "sip:anonymous@anonymous.invalid"])
def test_who_withholds_the_number_is_asked_for_in_any_spelling(asked):
    assert beginnings_of(asked) == ("anonymous",)


@given(st.text(max_size=60))
def test_anything_can_be_searched_for(text):
    assert beginnings_of(text)
