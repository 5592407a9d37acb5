"""Questions without an answer: from the call to a fact of the draft, or dismissed."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, User
from agents.versions.archiving import archive_agent
from agents.versions.drafts import draft_of, drafted, view_of
from agents.versions.publishing import create_agent
from testing.scene import NOW
from usage.analysis.tests.talking import GOOD, LATER, Talking
from usage.analysis.work import analyse_due
from usage.models import UnansweredQuestion
from usage.outbox import delivery
from usage.questions import handling, reads
from usage.questions.keeping import keep
from usage.questions.reads import agents_with_questions, open_count, open_questions, question_text
from usage.records import transcript_deletion

SKIS = ("Hello.", "> Do you sell skis?", "I'm sorry, I don't know that.")


@pytest.fixture(autouse=True)
def _no_message_arrives(monkeypatch, db):
    monkeypatch.setattr(delivery, "send", lambda kind, subject_id: True)
    cache.clear()


@pytest.fixture
def ann(db):
    return User.objects.create(email="ann@example.com")


def states(agent):
    rows = UnansweredQuestion.objects.filter(agent=agent).order_by("pk")
    return [(row.text, row.state) for row in rows]


def asks(scene, *questions):
    """A call of which these were found."""
    call = scene.ended("Hello.")
    keep(call, questions, now=NOW)
    return call


def test_what_the_local_dialogue_does_not_know_is_kept_with_its_call():
    scene = Talking(engine="local")
    call = scene.ended(*SKIS)
    analyse_due(hint=0, now=LATER)
    found = UnansweredQuestion.objects.get()
    assert (found.text, found.call, found.agent) == ("Do you sell skis?", call, scene.agent)
    assert (found.org, found.asked_at, found.state) == (scene.org, call.opened_at, "open")


def test_what_a_model_lists_goes_before_what_rules_found():
    scene = Talking(GOOD | {"unanswered": ["Do you sell skis for children?"]})
    scene.ended(*SKIS)
    analyse_due(hint=0, now=LATER)
    assert states(scene.agent) == [("Do you sell skis for children?", "open")]


def test_what_is_taken_out_of_calls_is_taken_out_of_questions():
    answer = GOOD | {"unanswered": ["Is 415 555 0132 your number?"]}
    scene = Talking(answer, privacy={"numbers": True})
    scene.ended(*SKIS)
    analyse_due(hint=0, now=LATER)
    assert states(scene.agent) == [("Is [number] your number?", "open")]


def test_they_are_gathered_and_counted_by_week():
    scene = Talking()
    for text in ("Do you sell skis?", "Are skis sold here?", "Is there a pool?"):
        asks(scene, text)
    UnansweredQuestion.objects.filter(text="Do you sell skis?").update(
        asked_at=NOW - timedelta(days=8)
    )
    first, second = open_questions(scene.agent, now=NOW).groups
    assert (first.newest.text, first.count, first.this_week) == ("Are skis sold here?", 2, 1)
    assert first.others == ["Do you sell skis?"]
    assert (second.newest.text, second.count) == ("Is there a pool?", 1)
    assert open_count(scene.agent) == 3
    assert agents_with_questions(scene.org) == [(scene.agent, 3)]


def test_those_of_an_archived_agent_are_in_nobodys_way(monkeypatch):
    monkeypatch.setattr(reads, "COUNTED", 2)
    scene = Talking()
    asks(scene, "Do you sell skis?")
    old = create_agent(scene.org, name="Old")
    for number, call in enumerate([scene.ended("Hello.") for _time in range(3)]):
        UnansweredQuestion.objects.create(
            call=call, agent=old, number=number, text="Is there a pool?", asked_at=NOW
        )
    assert agents_with_questions(scene.org) == [(old, 2), (scene.agent, 1)]
    archive_agent(old, actor=None, now=NOW)
    assert agents_with_questions(scene.org) == [(scene.agent, 1)]


def test_another_organization_sees_nothing_of_them():
    scene, stranger = Talking(), Talking()
    asks(scene, "Do you sell skis?")
    assert agents_with_questions(stranger.org) == []
    assert open_questions(stranger.agent, now=NOW).groups == []
    assert question_text(stranger.agent, UnansweredQuestion.objects.get().pk) == ""


def test_a_fact_comes_into_the_draft_and_closes_all_that_asked_for_it(ann):
    scene = Talking()
    asks(scene, "Do you sell skis?")
    asks(scene, "Are skis sold here?", "Is there a pool?")
    group = open_questions(scene.agent, now=NOW).groups[0]
    for topic, answer in (("Do you sell skis?", "Yes,\nfrom October on."), ("Parking?", "Behind.")):
        handling.add_as_fact(
            scene.agent, group.ids, topic=topic, answer=answer, actor=ann, now=NOW,
            view=view_of(scene.agent, draft_of(scene.agent)),
        )  # fmt: skip
    written = drafted(scene.agent, draft_of(scene.agent)).facts
    assert written == "Do you sell skis?: Yes, from October on.\nParking?: Behind."
    assert states(scene.agent) == [
        ("Do you sell skis?", "added"), ("Are skis sold here?", "added"),
        ("Is there a pool?", "open"),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(action="question.added").count() == 2
    asks(scene, "Do you sell skis?")  # the fact was no help
    assert open_count(scene.agent) == 2


@pytest.mark.parametrize(
    ("topic", "answer", "field"),
    [
        ("", "Yes.", "topic"),
        ("x" * 121, "Yes.", "topic"),
        ("Skis: yes", "Yes.", "topic"),
        ("- Skis", "Yes.", "topic"),
        ("Skis?", " \n", "answer"),
        ("Skis?", "x" * 1_001, "answer"),
    ],
)
def test_what_would_be_no_fact_is_refused(ann, topic, answer, field):
    scene = Talking()
    asks(scene, "Do you sell skis?")
    ids = list(UnansweredQuestion.objects.values_list("pk", flat=True))
    with pytest.raises(ValidationError) as refusal:
        handling.add_as_fact(
            scene.agent, ids, topic=topic, answer=answer, view=view_of(scene.agent, None),
            actor=ann, now=NOW,
        )  # fmt: skip
    assert list(refusal.value.message_dict) == [field]
    assert open_count(scene.agent) == 1


def test_who_was_overtaken_closes_nothing(ann):
    scene = Talking()
    asks(scene, "Do you sell skis?")
    with pytest.raises(ValidationError):
        handling.add_as_fact(
            scene.agent, [UnansweredQuestion.objects.get().pk], topic="Skis?", answer="Yes.",
            view="1", actor=ann, now=NOW,
        )  # fmt: skip
    assert open_count(scene.agent) == 1
    assert draft_of(scene.agent) is None


def test_what_is_dismissed_stays_away_in_any_words(ann):
    scene = Talking()
    asks(scene, "Are you a robot?")
    handling.dismiss(scene.agent, [UnansweredQuestion.objects.get().pk], actor=ann, now=NOW)
    asks(scene, "Is this a robot?", "Is there a pool?")
    assert states(scene.agent)[1:] == [
        ("Is this a robot?", "dismissed"),
        ("Is there a pool?", "open"),
    ]
    assert AuditEntry.objects.filter(action="question.dismissed").count() == 1


def test_an_analysis_that_is_repeated_doubles_nothing_and_reopens_nothing(ann):
    scene = Talking()
    call = asks(scene, "Do you sell skis?", "Is there a pool?")
    skis = UnansweredQuestion.objects.get(text="Do you sell skis?")
    handling.dismiss(scene.agent, [skis.pk], actor=ann, now=NOW)
    keep(call, ["Do you sell skis?", "Is there a pool?"], now=NOW)
    assert states(scene.agent) == [("Do you sell skis?", "dismissed"), ("Is there a pool?", "open")]


def test_they_go_with_the_words_of_their_call():
    scene = Talking()
    call = asks(scene, "Do you sell skis?")
    transcript_deletion.delete(call.pk, now=NOW)
    assert not UnansweredQuestion.objects.exists()
