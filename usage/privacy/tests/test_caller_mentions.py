"""A text mentions a caller in any spelling, and not because another number has its digits."""

import pytest

from usage.privacy.caller_mentions import is_looked_for, mentions

US, DE = "+12025550143", "+493012345678"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (US, "+12025550143"),
        (US, "Calls of 1 (202) 555-0143, the dear one"),
        (US, "001.202.555.0143"),
        (US, "202\u2013555\u20130143"),
        (US, "\u202d+1 202 555 0143\u202c"),
        (US, "2025: 202_555_0143"),
        (US, "2025 202 555 0143"),
        (US, "\uff0b\uff11 202 555 0143"),
        (US, "+1 415 555 0132 / 202 555 0143"),
        (US, "call2025550143now"),
        (DE, "+49 30 12345678"),
        (DE, "0049 (30) 12345678"),
        (DE, "+49 (0)30 1234 5678"),
        (DE, "Berlin 030/12345678"),
        ("sip:ann@pbx.example", "of SIP:ann@PBX.example;transport=tls"),
        ("sip:ann@pbx.example", "mostly ann@pbx.example."),
        ("client:ann", "<client:Ann>"),
        ("ann@example.com", "Tests of Ann@Example.com"),
    ],
)
def test_a_caller_is_mentioned_in_any_spelling(name, text):
    assert mentions(text, name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (US, "+120255501430"),
        (US, "+4912025550143"),
        (US, "+49 1 202 555 0143"),
        (US, "20255501430"),
        (US, "92025550143"),
        (US, "+2025550143"),
        (US, "202 555 014"),
        (US, "202, 555, 0143"),
        (US, "+12025550144"),
        (DE, "+49301234567"),
        (DE, "+4930123456789"),
        (DE, "+1 30 12345678"),
        ("sip:ann@pbx.example", "sip:ann@pbx.example.org"),
        ("sip:ann@pbx.example", "sip:joann@pbx.example"),
        ("client:ann", "client:anna"),
        ("client:ann", "ann"),
        ("ann@example.com", "joann@example.com"),
    ],
)
def test_another_is_not_mentioned_by_what_both_have(name, text):
    assert not mentions(text, name)


@pytest.mark.parametrize(
    ("name", "asked", "is_same"),
    [
        (US, " 12025550143", True),
        (US, "202 555 0143", True),
        ("+2025550143", "202 555 0143", True),
        ("+2025550143", "1 202 555 0143", False),
        (US, "+1202555014", False),
        (US, "+1", False),
        ("client:ann", "ann", True),
        ("client:ann", "an", False),
        ("sip:ann@pbx.example", "ann@pbx.example:5060", True),
        ("sip:ann@pbx.example", "ann@", False),
    ],
)
def test_a_search_is_for_the_caller_whom_it_names_whole(name, asked, is_same):
    assert is_looked_for(asked, name) is is_same
