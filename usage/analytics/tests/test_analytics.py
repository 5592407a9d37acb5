"""Sums of calls: each counted once, by the organization's days, and read as figures."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command

from accounts.models import Organization
from agents.versions.archiving import archive_agent
from agents.versions.publishing import create_agent
from testing.scene import NOW
from usage.analysis.tests.talking import GOOD, LATER, Talking
from usage.analysis.work import analyse_due
from usage.analytics import reads, sums
from usage.analytics.figures import Days, Figures, change_in_percent, median_of
from usage.models import Call, CallDay, CallHour, Message, Turn, UnansweredQuestion
from usage.records import transcript_deletion

DAY = Days(date(2026, 5, 4), date(2026, 5, 4))
AGREED = ("Hello.", "> When are you open?", "From eight to six.")


@pytest.fixture(autouse=True)
def no_turn_of_another_worker(db):
    cache.clear()


def analysed(*, hint=0, later=timedelta()):
    while analyse_due(hint=hint, now=LATER + later):
        pass


def test_the_median_lies_within_its_column():
    assert median_of([0] * 11) is None
    assert median_of([0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0]) == 820  # of 750 to 900, to 10 ms
    assert median_of([0] * 10 + [1]) == 5000
    assert change_in_percent(3, 2) == 50
    assert change_in_percent(3, 0) is None
    assert DAY.before == Days(date(2026, 5, 3), date(2026, 5, 3))


def test_a_call_is_counted_once_with_all_that_is_known_of_it():
    acorn = Talking()
    call = acorn.ended(*AGREED)
    Turn.objects.filter(number=3).update(interrupted=True, latency_ms={"sent": 600, "mark": 800})
    analysed()
    analysed(hint=call.pk, later=timedelta(minutes=5))
    found = reads.figures_of(acorn.org, DAY)
    assert (found.calls, found.answered, found.interruptions, found.contained) == (1, 1, 1, 100)
    assert 750 <= found.median_ms <= 900
    [(agent, by_agent)] = reads.figures_by_agent(acorn.org, DAY)
    assert (agent, by_agent) == (acorn.agent, found)
    assert reads.figures_by_number(acorn.org, DAY) == [("+12025550199", found)]


def test_days_and_hours_are_those_of_the_organization():
    acorn = Talking()
    Organization.objects.update(time_zone="Pacific/Auckland")  # 12 hours ahead: Tuesday, midnight
    acorn.ended(*AGREED)
    analysed()
    acorn.org.refresh_from_db()
    tuesday = Days(date(2026, 5, 5), date(2026, 5, 5))
    assert reads.figures_of(acorn.org, DAY).calls == 0
    assert reads.figures_of(acorn.org, tuesday).calls == 1
    assert reads.calls_by_hour(acorn.org, tuesday)[1][0] == 1
    assert reads.local_today(acorn.org, now=NOW) == date(2026, 5, 5)


def test_what_a_model_says_moves_a_call_and_counts_none_twice():
    acorn = Talking({**GOOD, "outcome": "not_helped"})
    call = acorn.ended(*AGREED)
    analysed(hint=call.pk)
    found = reads.figures_of(acorn.org, DAY)
    assert (found.calls, found.answered, found.not_helped, found.contained) == (1, 0, 1, 0)


def test_a_call_is_moved_where_it_was_added_though_the_zone_was_changed():
    acorn = Talking()
    call = acorn.ended(*AGREED)
    analysed()
    Organization.objects.update(time_zone="Pacific/Auckland")  # Tuesday, midnight
    call.org.refresh_from_db()
    sums.move(call, before="answered", after="not_helped")
    for model in (CallHour, CallDay):
        row = model.objects.get()
        assert (row.day, row.answered, row.not_helped) == (DAY.first, 0, 1)


def test_tests_are_left_out_and_other_organizations_are_not_seen():
    acorn, birch = Talking(), Talking()
    Call.objects.filter(pk=acorn.ended(*AGREED).pk).update(channel=Call.Channel.TYPED)
    birch.ended(*AGREED)
    analysed()
    assert reads.figures_of(acorn.org, DAY) == Figures()
    assert reads.figures_by_agent(acorn.org, DAY) == []
    assert reads.figures_of(birch.org, DAY).calls == 1


def test_recomputed_sums_are_the_ones_that_were_added_up():
    acorn = Talking()
    for _number in range(3):
        acorn.ended(*AGREED)
    acorn.ended()
    analysed()
    before = [list(model.objects.order_by("pk").values()) for model in (CallHour, CallDay)]
    CallHour.objects.update(calls=99)
    call_command("rebuild_usage", verbosity=0)
    after = [list(model.objects.order_by("pk").values()) for model in (CallHour, CallDay)]
    assert [[row | {"id": 0} for row in rows] for rows in after] == [
        [row | {"id": 0} for row in rows] for rows in before
    ]


def test_messages_that_are_deleted_stay_in_sums_that_are_recomputed():
    acorn = Talking()
    old, kept = acorn.ended(*AGREED), acorn.ended(*AGREED)
    for call in (old, old, kept):
        key = str(Message.objects.count())
        Message.objects.create(call=call, key=key, text="Call me", taken_at=NOW)
    Turn.objects.filter(number=3).update(interrupted=True, latency_ms={"sent": 600, "mark": 800})
    analysed()
    before = reads.figures_of(acorn.org, DAY)
    assert (before.messages, before.interruptions) == (3, 2)
    assert before.median_ms is not None
    transcript_deletion.delete(old.pk, now=NOW)
    for _time in range(2):
        call_command("rebuild_usage", verbosity=0)
        assert reads.figures_of(acorn.org, DAY) == before
    Message.objects.all().delete()  # of a call whose words are there: no reason to keep a sum
    Call.objects.update(words_deleted_at=None)
    call_command("rebuild_usage", verbosity=0)
    assert reads.figures_of(acorn.org, DAY).messages == 0


def test_questions_of_the_days_are_gathered_most_asked_first():
    acorn = Talking()
    call = acorn.ended(*AGREED)
    asked = ("Where can I park?", "Is there parking?", "Do you take cards?")
    for number, text in enumerate(asked):
        UnansweredQuestion.objects.create(
            call=call, agent=acorn.agent, number=number, text=text, asked_at=NOW
        )
    found = reads.top_questions(acorn.org, DAY, limit=5)
    assert [(each.text, each.count) for each in found] == [
        ("Is there parking?", 2),
        ("Do you take cards?", 1),
    ]
    assert reads.top_questions(acorn.org, DAY.before, limit=5) == []


def test_questions_to_an_archived_agent_take_the_place_of_no_other(monkeypatch):
    monkeypatch.setattr(reads, "LOOKED_THROUGH", 2)
    acorn = Talking()
    old = create_agent(acorn.org, name="Old")
    call = acorn.ended(*AGREED)
    asked = ((acorn.agent, "Do you take cards?"), (old, "Where can I park?"), (old, "Parking?"))
    for number, (agent, text) in enumerate(asked):
        UnansweredQuestion.objects.create(
            call=call, agent=agent, number=number, text=text, asked_at=NOW
        )
    archive_agent(old, actor=None, now=NOW)
    found = reads.top_questions(acorn.org, DAY, limit=1)
    assert [each.text for each in found] == ["Do you take cards?"]
