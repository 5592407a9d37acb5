"""A caller of an organization is found by number in any spelling, and no other with them."""

import pytest

from accounts.models import User
from testing.scene import NOW, Scene
from usage.models import Call
from usage.privacy import callers
from usage.records.caller_numbers import ERASED, caller_of, readable, wholes_of


def calls_from(scene: Scene, *stored: str) -> list[Call]:
    """A call for each of these, as its number is stored."""
    made = [scene.talks() for _ in stored]
    for call, number in zip(made, stored, strict=True):
        Call.objects.filter(pk=call.pk).update(from_number=number)
    return made


@pytest.mark.parametrize(
    "text",
    [
        "+12025550143",
        " 12025550143",
        "12025550143",
        "001 202 555 0143",
        "+1 (202) 555-0143",
        "+1.202.555.0143",
        "202-555-0143",
        "\u202d+12025550143\u202c",
    ],
)
def test_every_spelling_finds_every_stored_spelling(scene, text):
    theirs = calls_from(
        scene, "+12025550143", "12025550143", "0012025550143", "+1 (202) 555-0143", " 12025550143",
        "\u202d+12025550143",
    )  # fmt: skip
    calls_from(scene, "+12025550144", "+120255501430", "+3312025550143", "anonymous", "unknown")
    [caller] = callers.callers_named(scene.org, text)
    assert caller.name == "+12025550143"
    assert set(callers.calls_of(scene.org, caller)) == set(theirs)


@pytest.mark.parametrize(
    ("stored", "text", "name"),
    [
        ("sip:ann@pbx.example", "SIP:ann@PBX.example;transport=tls", "sip:ann@pbx.example"),
        ("sip:ann@PBX.example;x=1", "ann@pbx.example", "sip:ann@pbx.example"),
        ("client:ann", "client:ann", "client:ann"),
        ("client:ann", "ann", "client:ann"),
        ("client:a.n+n", "client:a.n+n", "client:a.n+n"),
        ("+493012345", "0049 30 12345", "+493012345"),
    ],
)
def test_addresses_are_found_too(scene, stored, text, name):
    [call] = calls_from(scene, stored)
    calls_from(scene, "sip:anna@pbx.example", "client:anna", "client:axnnn", "+4930123456")
    [caller] = callers.callers_named(scene.org, text)
    assert caller.name == name
    assert list(callers.calls_of(scene.org, caller)) == [call]


def test_digits_that_may_be_of_two_countries_name_both(scene):
    calls_from(scene, "+4155550132", "+14155550132")
    assert [each.name for each in callers.callers_named(scene.org, "415 555 0132")] == [
        "+4155550132",
        "+14155550132",
    ]
    assert len(callers.callers_named(scene.org, "+1 415 555 0132")) == 1


@pytest.mark.parametrize("text", ["anonymous", "Restricted", "266696687", "+266696687", ""])
def test_who_withheld_the_number_is_not_found_by_it(scene, text):
    calls_from(scene, "anonymous", "", "266696687")
    assert callers.is_withheld(text)
    assert callers.callers_named(scene.org, text) == []


@pytest.mark.parametrize("text", ["unknown", "erased", "+1202", "nobody at all", "+1 202 555 014"])
def test_no_caller_is_found_by_a_part_or_by_another_word(scene, text):
    calls_from(scene, "unknown", ERASED, "+12025550143")
    assert callers.callers_named(scene.org, text) == []


def test_the_same_number_of_another_organization_is_another_caller(scene):
    other = Scene()
    calls_from(other, "+12025550143")
    assert callers.callers_named(scene.org, "+12025550143") == []
    calls_from(scene, "+12025550143")
    [mine] = callers.callers_named(scene.org, "+12025550143")
    [theirs] = callers.callers_named(other.org, "+12025550143")
    assert callers.calls_of(scene.org, mine).get().org == scene.org
    assert callers.digest_of(scene.org, mine) != callers.digest_of(other.org, theirs)


def test_the_tests_of_a_member_are_found_by_their_address(scene):
    member = User.objects.create_user("ann@example.com", "x")
    test = scene.talks()
    Call.objects.filter(pk=test.pk).update(channel="browser", started_by=member, from_number="")
    scene.talks()
    [caller] = callers.callers_named(scene.org, "Ann@Example.com")
    assert caller.name == "ann@example.com"
    assert list(callers.calls_of(scene.org, caller)) == [test]
    assert callers.callers_named(Scene().org, "ann@example.com") == []


def test_an_erased_number_reads_as_such(scene):
    assert readable(ERASED) == ERASED
    assert wholes_of(ERASED) == (f"client:{ERASED}",)
    assert caller_of(ERASED) != ERASED  # no one calls under that name


def test_the_digest_identifies_the_same_caller_and_hides_the_number(scene):
    calls_from(scene, "+12025550143")
    [caller] = callers.callers_named(scene.org, "+12025550143")
    [again] = callers.callers_named(scene.org, "202 555 0143")
    assert callers.digest_of(scene.org, caller) == callers.digest_of(scene.org, again)
    assert "2025550143" not in callers.in_audit(scene.org, caller)


def test_what_there_is_is_counted_in_a_few_queries(scene, django_assert_num_queries):
    calls_from(scene, *["+12025550143"] * 5)
    [caller] = callers.callers_named(scene.org, "+12025550143")
    with django_assert_num_queries(7):
        held = callers.held_of(scene.org, caller)
    assert (held.calls, held.open_calls, held.first_at) == (5, 5, NOW)
