"""Drafts: kept until they are published or discarded, and no member's work is lost unseen."""

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.members import trust
from accounts.models import AuditEntry, Organization
from agents.models import AgentDraft, AgentVersion, DiscardedDraft
from agents.versions.drafts import (
    KEPT,
    discard_draft,
    draft_of,
    draft_to_try,
    drafted,
    forget_discarded,
    publish_draft,
    restore_draft,
    save_draft,
    view_of,
)
from agents.versions.history import version_of, versions_of
from agents.versions.publishing import create_agent, first_active, publish

NOW = timezone.now()


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Front desk", greeting="Hello.", facts="Hours: 9 to 5")


def view(agent):
    agent.refresh_from_db()
    return view_of(agent, draft_of(agent))


def save(agent, who, **fields):
    return save_draft(agent, actor=who, view=view(agent), **fields)


def test_a_draft_changes_nothing_for_callers(agent, cast):
    save(agent, cast.bob, greeting="Good morning.")
    assert first_active(cast.acorn).published.greeting == "Hello."


def test_a_draft_holds_only_what_differs(agent, cast):
    draft = save(agent, cast.bob, greeting="Good morning.", facts="Hours: 9 to 5")
    assert draft.fields == {"greeting": "Good morning."}
    assert (draft.based_on, draft.updated_by) == (agent.published, cast.bob)
    version = drafted(agent, draft)
    assert (version.number, version.greeting, version.facts) == (
        2,
        "Good morning.",
        "Hours: 9 to 5",
    )


def test_saving_again_replaces_the_draft(agent, cast):
    save(agent, cast.bob, greeting="Good morning.", facts="Hours: never")
    save(agent, cast.adam, greeting="Good evening.")
    draft = AgentDraft.objects.get()
    assert (draft.fields, draft.updated_by) == ({"greeting": "Good evening."}, cast.adam)


def test_a_draft_that_says_what_is_published_is_none(agent, cast):
    save(agent, cast.bob, greeting="Good morning.")
    assert save(agent, cast.bob, greeting="Hello.") is None
    assert draft_of(agent) is None


def test_publishing_makes_the_next_version_with_its_note_and_ends_the_draft(agent, cast):
    save(agent, cast.bob, greeting="Good morning.")
    version = publish_draft(agent, actor=cast.adam, view=view(agent), note="Politer")
    assert (version.number, version.greeting, version.facts) == (
        2,
        "Good morning.",
        "Hours: 9 to 5",
    )
    assert (version.note, version.created_by) == ("Politer", cast.adam)
    assert first_active(cast.acorn).published == version
    assert draft_of(agent) is None


def test_discarding_leaves_what_is_published(agent, cast):
    save(agent, cast.bob, greeting="Good morning.")
    discard_draft(agent, actor=cast.bob, view=view(agent))
    assert draft_of(agent) is None
    assert AgentVersion.objects.count() == 1


def test_without_a_draft_there_is_nothing_to_publish(agent, cast):
    with pytest.raises(ValidationError, match="no draft"):
        publish_draft(agent, actor=cast.bob, view=view(agent))


@pytest.mark.parametrize(
    ("fields", "where"),
    [({"stt": "nonsense"}, "stt"), ({"language": "de"}, "tts"), ({"voice": "alloy"}, "voice")],
)
def test_a_draft_that_would_break_a_call_is_refused(agent, cast, fields, where):
    with pytest.raises(ValidationError) as refused:
        save(agent, cast.bob, **fields)
    assert where in refused.value.message_dict
    assert draft_of(agent) is None


def test_who_edits_an_older_version_is_told_and_decides_by_sending_it_again(agent, cast):
    seen = view(agent)
    publish(agent, actor=cast.adam, greeting="From Adam.")
    with pytest.raises(ValidationError, match=r"adam@example\.com published version 2"):
        save_draft(agent, actor=cast.bob, view=seen, greeting="From Bob.")
    assert draft_of(agent) is None
    save(agent, cast.bob, greeting="From Bob.")
    assert draft_of(agent).based_on.number == 2


@pytest.mark.parametrize("act", [publish_draft, discard_draft])
def test_a_draft_that_changed_since_is_neither_published_nor_discarded(agent, cast, act):
    save(agent, cast.bob, greeting="First.")
    seen = view(agent)
    save(agent, cast.adam, greeting="Second.")
    with pytest.raises(ValidationError, match=r"adam@example\.com changed this draft"):
        act(agent, actor=cast.bob, view=seen)
    assert draft_of(agent).fields == {"greeting": "Second."}
    assert AgentVersion.objects.count() == 1


def test_two_first_drafts_do_not_overwrite_each_other(agent, cast):
    seen = view(agent)
    save(agent, cast.adam, greeting="From Adam.")
    with pytest.raises(ValidationError, match=r"adam@example\.com changed"):
        save_draft(agent, actor=cast.bob, view=seen, greeting="From Bob.")
    assert draft_of(agent).fields == {"greeting": "From Adam."}


def test_a_draft_that_was_discarded_since_is_reported(agent, cast):
    save(agent, cast.bob, greeting="First.")
    seen = view(agent)
    discard_draft(agent, actor=cast.adam, view=seen)
    with pytest.raises(ValidationError, match="discarded while you were editing"):
        publish_draft(agent, actor=cast.bob, view=seen)


def test_each_step_leaves_its_trace(agent, cast):
    save(agent, cast.bob, greeting="A.")
    publish_draft(agent, actor=cast.bob, view=view(agent))
    save(agent, cast.bob, greeting="B.")
    discard_draft(agent, actor=cast.bob, view=view(agent))
    trail = AuditEntry.objects.filter(actor=cast.bob).order_by("pk")
    assert [entry.action for entry in trail] == [
        "agent.draft_saved",
        "agent.published",
        "agent.draft_saved",
        "agent.draft_discarded",
    ]


def test_a_draft_that_is_tried_is_stored_once_and_stays_a_draft(agent, cast):
    assert draft_to_try(agent, actor=cast.bob) is None
    save(agent, cast.bob, greeting="Good morning.")
    tried = draft_to_try(agent, actor=cast.bob)
    assert (tried.number, tried.is_draft, tried.config().greeting) == (2, True, "Good morning.")
    assert draft_to_try(agent, actor=cast.adam) == tried
    save(agent, cast.bob, greeting="Good evening.")
    assert draft_to_try(agent, actor=cast.bob).greeting == "Good evening."
    assert first_active(cast.acorn).published.greeting == "Hello."


def test_what_was_tried_is_no_version_of_the_agent(agent, cast):
    save(agent, cast.bob, greeting="Good morning.")
    tried = draft_to_try(agent, actor=cast.bob)
    assert [each.number for each in versions_of(agent, limit=9)] == [1]
    assert version_of(agent, number=2) is None
    published = publish_draft(agent, actor=cast.bob, view=view(agent))
    assert (published.number, published.is_draft) == (2, False)
    assert version_of(agent, number=2) == published != tried


def discard(agent, who):
    discard_draft(agent, actor=who, view=view(agent))


def restore(agent, who, *, now=NOW):
    return restore_draft(agent, actor=who, view=view(agent), now=now)


def test_a_discarded_draft_comes_back_as_it_was(agent, cast):
    save(agent, cast.bob, greeting="Good morning.")
    discard(agent, cast.adam)
    publish(agent, actor=cast.adam, facts="Hours: 8 to 6")
    draft = restore(agent, cast.bob)
    assert (draft.fields, draft.based_on.number) == ({"greeting": "Good morning."}, 1)
    assert drafted(agent, draft).facts == "Hours: 8 to 6"
    assert not DiscardedDraft.objects.exists()
    assert AuditEntry.objects.filter(action="agent.draft_restored").count() == 1
    with pytest.raises(ValidationError, match="another draft"):
        restore(agent, cast.bob)


def test_the_latest_discarded_draft_is_the_one_that_is_kept(agent, cast):
    for greeting in ("First.", "Second."):
        save(agent, cast.bob, greeting=greeting)
        discard(agent, cast.bob)
    assert restore(agent, cast.bob).fields == {"greeting": "Second."}


def test_a_discarded_draft_is_kept_for_some_time_only(agent, cast):
    save(agent, cast.bob, greeting="Good morning.")
    discard(agent, cast.bob)
    later = DiscardedDraft.objects.get().discarded_at + KEPT
    with pytest.raises(ValidationError, match="no longer be restored"):
        restore(agent, cast.bob, now=later)
    assert forget_discarded(now=NOW) == 0
    assert forget_discarded(now=later) == 1
    with pytest.raises(ValidationError, match="no longer be restored"):
        restore(agent, cast.bob)


@pytest.fixture
def counted(monkeypatch):
    """Large drafts of an organization may have 300 KB a day, and ordinary ones 3."""
    cache.clear()
    for name in ("VERSIONS_KB_A_DAY", "VERSIONS_KB_OF_POOL_A_DAY"):
        monkeypatch.setattr(trust, name, 300)
    monkeypatch.setattr(trust, "ORDINARY_VERSIONS_KB_A_DAY", 3)


def large(number):
    """A prompt of 120 KB."""
    return chr(0x6307 + number) * 40_000


@pytest.mark.parametrize("is_proven", [True, False])
def test_drafts_that_are_discarded_and_written_anew_are_counted(agent, cast, counted, is_proven):
    if not is_proven:
        Organization.objects.update(proven_at=None)
        agent.org.refresh_from_db()
    for number in range(2):
        save(agent, cast.bob, prompt=large(number))
        discard_draft(agent, actor=cast.bob, view=view(agent))
    with pytest.raises(ValidationError, match="Too much was added to drafts today") as refusal:
        save(agent, cast.bob, prompt=large(2))
    assert not hasattr(refusal.value, "error_dict")
    assert draft_of(agent) is None
    save(agent, cast.bob, greeting="Short.")
    discard_draft(agent, actor=cast.bob, view=view(agent))
    other = create_agent(cast.birch, name="Other", greeting="Hello.")
    if is_proven:
        save(other, cast.charlie, prompt=large(0))
    else:
        with pytest.raises(ValidationError, match="Too much was added"):
            save(other, cast.charlie, prompt=large(0))


def test_only_what_a_draft_grows_by_is_counted(agent, cast, counted):
    for number in range(20):
        save(agent, cast.bob, prompt=large(number))
    discard_draft(agent, actor=cast.bob, view=view(agent))
    for _ in range(5):  # nor is what is restored
        restore_draft(agent, actor=cast.bob, view=view(agent), now=timezone.now())
        discard_draft(agent, actor=cast.bob, view=view(agent))


def test_ordinary_drafts_have_a_bound_of_their_own(agent, cast, counted):
    for number in range(3):
        save(agent, cast.bob, greeting="Hello" + "!" * number)
    with pytest.raises(ValidationError, match="Too much was added"):
        save(agent, cast.bob, greeting="Hello there, and welcome.")
    save(agent, cast.bob, greeting="Hi.")  # shorter
    save(agent, cast.bob, prompt=large(0))
