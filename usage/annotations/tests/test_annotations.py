"""Tags and notes: bounded, audited without their words, gone when they have to be."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEntry, User
from testing.scene import NOW
from usage.annotations import notes, tags
from usage.models import CallNote, CallTag
from usage.privacy import callers, erasure
from usage.reads.call_search import CallFilter, search_calls
from usage.records import transcript_deletion


@pytest.fixture
def ann(db):
    return User.objects.create(email="ann@example.com")


@pytest.fixture
def call(scene):
    return scene.talks()


def names(call):
    return [tag.name for tag in call.tags.all()]


def test_a_tag_is_kept_once_in_the_spelling_of_the_organization(scene, call, ann):
    tags.add(call, "  Call   back ", actor=ann, now=NOW)
    tags.add(call, "CALL BACK", actor=ann, now=NOW)
    other = scene.talks()
    tags.add(other, "call back", actor=ann, now=NOW)
    assert names(call) == names(other) == ["Call back"]
    assert tags.tags_of(scene.org) == ["Call back"]
    given = CallTag.objects.get(call=call)
    assert (given.created_by, given.created_at, given.org) == (ann, NOW, scene.org)


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\x00b", "a\u202eb"])
def test_what_is_no_tag_is_refused(call, ann, name):
    with pytest.raises(ValidationError):
        tags.add(call, name, actor=ann, now=NOW)
    assert names(call) == []


def test_a_call_has_ten_and_an_organization_a_list_that_people_can_read(
    scene, call, ann, monkeypatch
):
    for number in range(tags.MOST_OF_A_CALL):
        tags.add(call, f"Tag {number}", actor=ann, now=NOW)
    with pytest.raises(ValidationError, match="up to 10 tags"):
        tags.add(call, "One more", actor=ann, now=NOW)
    monkeypatch.setattr(tags, "MOST", 10)
    other = scene.talks()
    tags.add(other, "tag 3", actor=ann, now=NOW)
    with pytest.raises(ValidationError, match="limit of tags"):
        tags.add(other, "A new one", actor=ann, now=NOW)


def test_calls_are_found_by_tag(scene, call, ann):
    tags.add(call, "Complaint", actor=ann, now=NOW)
    scene.talks()
    found = search_calls(scene.org, CallFilter(tag="Complaint"), limit=5)
    assert [each.pk for each in found.calls] == [call.pk]
    tags.remove(call, "Complaint", actor=ann)
    assert search_calls(scene.org, CallFilter(tag="Complaint"), limit=5).calls == []


def test_the_audit_log_says_who_and_which_call_and_no_word(scene, call, ann):
    tags.add(call, "Complaint", actor=ann, now=NOW)
    note = notes.add(call, "Mrs Miller is angry.", actor=ann, now=NOW)
    tags.remove(call, "Complaint", actor=ann)
    tags.remove(call, "Complaint", actor=ann)
    notes.remove(note, actor=ann, may_remove_others=False)
    entries = AuditEntry.objects.filter(org=scene.org).order_by("pk")
    assert [entry.action for entry in entries] == [
        "call.tagged", "call.note_added", "call.untagged", "call.note_removed",
    ]  # fmt: skip
    assert {entry.target for entry in entries} == {call.call_sid}


def test_a_note_is_removed_by_its_author_or_an_admin(call, ann):
    note = notes.add(call, "Mine.", actor=ann, now=NOW)
    bob = User.objects.create(email="bob@example.com")
    with pytest.raises(PermissionDenied):
        notes.remove(note, actor=bob, may_remove_others=False)
    notes.remove(note, actor=bob, may_remove_others=True)
    assert not CallNote.objects.exists()


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2_001])
def test_what_is_no_note_is_refused(call, ann, text):
    with pytest.raises(ValidationError):
        notes.add(call, text, actor=ann, now=NOW)


def test_notes_go_with_the_words_of_the_call_and_do_not_come_back(call, ann):
    tags.add(call, "Complaint", actor=ann, now=NOW)
    notes.add(call, "They said that the boiler leaks.", actor=ann, now=NOW)
    transcript_deletion.delete(call.pk, now=NOW)
    assert not CallNote.objects.exists()
    assert names(call) == ["Complaint"]
    with pytest.raises(ValidationError, match="was deleted"):
        notes.add(call, "Once more.", actor=ann, now=NOW)


def test_a_caller_who_is_erased_takes_tags_and_notes_along(scene, ann):
    from usage.billing.settlement import finalize

    call = scene.talks()
    finalize(call.pk, reason="stop", now=NOW)
    tags.add(call, "Mrs Miller", actor=ann, now=NOW)
    notes.add(call, "Mrs Miller is angry.", actor=ann, now=NOW)
    [caller] = callers.callers_named(scene.org, "+12025550100")
    assert callers.held_of(scene.org, caller).notes == 1
    begun = erasure.begin(scene.org, caller=caller, actor=ann, now=NOW)
    assert erasure.finish(begun.pk, now=NOW, limit=10)
    assert not CallTag.objects.exists()
    assert not CallNote.objects.exists()
