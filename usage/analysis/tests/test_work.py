"""Calls that are over: analysed by rules, then by a model that may fail, lie or never answer."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache

from agents import text_answers
from agents.engines.model_events import TextDelta
from testing.scene import NOW, lines
from usage.analysis import asking, work
from usage.analysis.records import record_of
from usage.analysis.tests.talking import GOOD, LATER, Talking, analysis_of
from usage.analysis.work import ANALYSE, TRIES, analyse_due
from usage.billing.settlement import settle
from usage.models import Call, CallAnalysis, Outbox
from usage.outbox import delivery, rows
from usage.records import transcript_deletion

TALK = ("Hello.", "> When are you open?", "Until six.")


@pytest.fixture(autouse=True)
def _no_message_arrives(monkeypatch, db):
    monkeypatch.setattr(delivery, "send", lambda kind, subject_id: True)
    cache.clear()


def row_of(call):
    return Outbox.objects.get(kind=ANALYSE, call=call)


def test_a_settled_call_is_due_some_seconds_later():
    call = Talking().ended(*TALK)
    assert row_of(call).due_at == NOW + timedelta(seconds=5)
    analyse_due(hint=0, now=NOW)
    assert not CallAnalysis.objects.exists()
    analyse_due(hint=0, now=LATER)
    assert row_of(call).done_at == LATER


def test_without_a_model_rules_say_what_they_can():
    call = Talking(engine="local").ended(*TALK)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert (found.author, found.outcome) == ("rules", "answered")
    assert (found.reason, found.language) == ("When are you open", "en")
    assert (found.tries, found.tokens_in) == (0, 0)


def test_a_model_says_more_and_is_metered_as_components_of_its_own():
    call = Talking(GOOD).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert (found.author, found.summary) == ("model", GOOD["summary"])
    assert found.tokens_in > 0
    assert [line[0] for line in lines(call)] == ["telephony", "llm_in", "llm_out"]
    assert settle(call.pk, now=LATER)
    assert lines(call)[3:] == [
        # Priced as other tokens are: $0.05 and $0.20 a million.
        ("analysis_in", found.tokens_in, round(found.tokens_in * 0.05)),
        ("analysis_out", found.tokens_out, round(found.tokens_out * 0.2)),
    ]
    assert [row.kind for row in Outbox.objects.filter(done_at=None)] == []


def test_the_model_is_told_the_day_of_the_call_by_the_clocks_of_the_business():
    call = Talking(opening={"time_zone": "Asia/Kolkata"}).ended(*TALK)
    began = record_of(Call.objects.select_related("org", "version").get(pk=call.pk)).began
    local = call.opened_at + timedelta(hours=5, minutes=30)
    assert began == f"{local:%A, %Y-%m-%d %H:%M}"


def test_the_fields_that_the_agent_declares_are_filled_in():
    answer = GOOD | {"fields": {"Guests": "4", "Place": "Inside", "Name": None}}
    told = "Guests (number)\nPlace (choice: inside, outside)\nName"
    call = Talking(answer, after_call={"fields": told}).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    assert json.loads(analysis_of(call).field_values) == [["Guests", 4], ["Place", "inside"]]


def test_an_answer_that_does_not_fit_is_asked_for_once_more():
    wrong = GOOD | {"fields": {"Guests": "many"}}
    right = GOOD | {"fields": {"Guests": 4}}
    call = Talking(wrong, right, after_call={"fields": "Guests (number)"}).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    assert json.loads(analysis_of(call).field_values) == [["Guests", 4]]
    assert row_of(call).done_at == LATER


def test_a_model_that_never_fits_leaves_the_rules_and_is_paid():
    call = Talking("I am a teapot.", "Still one.").ended(*TALK)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert (found.author, found.reason) == ("rules", "When are you open")
    assert found.tokens_out > 0
    assert row_of(call).done_at == LATER


def test_an_answer_that_is_cut_off_is_paid_with_the_whole_request(monkeypatch):
    class Slow:
        async def reply(self, conversation):
            yield TextDelta("{")
            await asking.asyncio.sleep(10)

    monkeypatch.setattr(asking, "SECONDS", 0.05)
    monkeypatch.setattr(asking.registry, "language_model", lambda *_: Slow())
    call = Talking(GOOD).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert found.tokens_out == 1
    assert found.tokens_in > 300  # the instructions are charged as well


def test_a_model_that_refuses_is_not_asked_again():
    call = Talking().ended(*TALK)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert (found.author, found.tries, found.tokens_in) == ("rules", 1, 0)
    assert row_of(call).done_at == LATER


def test_a_model_that_is_away_is_asked_three_times_and_then_no_more(monkeypatch):
    async def away(question):
        return asking.Asked(is_worth_another=True)

    monkeypatch.setattr(asking, "_ask", away)
    call = Talking(GOOD).ended(*TALK)
    now = LATER
    for tried in range(1, TRIES + 1):
        analyse_due(hint=0, now=now)
        assert analysis_of(call).tries == tried
        now += timedelta(minutes=5)
    assert row_of(call).done_at is not None
    assert analysis_of(call).author == "rules"


def test_a_model_that_hangs_is_left(monkeypatch):
    monkeypatch.setattr(asking, "SECONDS", 0.05)

    async def hangs(model, question, asked):
        await asking.asyncio.sleep(10)

    monkeypatch.setattr(asking, "_converse", hangs)
    call = Talking(GOOD).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    assert analysis_of(call).author == "rules"
    assert row_of(call).done_at is None


@pytest.mark.parametrize("said", [("Hello.",), (), ("Hello.", "> ")])
def test_a_call_with_nothing_said_costs_no_model(said):
    call = Talking(GOOD).ended(*said)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert (found.author, found.outcome, found.tries) == ("rules", "abandoned", 0)


def test_an_agent_may_do_without_a_model():
    call = Talking(GOOD, after_call={"summarize": False}).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    assert analysis_of(call).author == "rules"


def test_what_is_taken_out_of_calls_is_taken_out_of_what_is_said_of_them():
    answer = GOOD | {
        "summary": "They left the number 415 555 0132.",
        "reason": "Call back 415 555 0132",
        "fields": {"Number": 4155550132, "Text": "415 555 0132", "Day": "2026-05-04"},
    }
    settings = {
        "privacy": {"numbers": True},
        "after_call": {"fields": "Number (number)\nText\nDay (date)"},
    }
    call = Talking(answer, **settings).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert found.author == "model"
    assert "0132" not in found.summary + found.reason + found.field_values
    assert json.loads(found.field_values) == [["Text", "[number]"], ["Day", "2026-05-04"]]


def test_words_that_are_deleted_stay_so_and_the_outcome_stays():
    call = Talking(
        GOOD | {"fields": {"Guests": 4}}, after_call={"fields": "Guests (number)"}
    ).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    transcript_deletion.delete(call.pk, now=LATER)
    CallAnalysis.objects.filter(call=call).update(summary="late", reason="late", field_values="[]")
    found = analysis_of(call)
    assert (found.summary, found.reason, found.field_values) == ("", "", "")
    assert found.outcome == "answered"
    rows.rearm(ANALYSE, call.pk, now=LATER)
    analyse_due(hint=0, now=LATER)
    assert analysis_of(call).summary == ""


def test_words_that_are_deleted_while_a_model_reads_them_are_not_written(monkeypatch):
    call = Talking(GOOD).ended(*TALK)
    begin = work._begin

    def begins(call_id, *, now, **more):
        question = begin(call_id, now=now, **more)
        Call.objects.filter(pk=call_id).update(words_deleted_at=now)
        return question

    monkeypatch.setattr(work, "_begin", begins)
    analyse_due(hint=0, now=LATER)
    found = analysis_of(call)
    assert (found.author, found.summary) == ("rules", "")
    assert found.tokens_in > 0


def test_one_call_that_cannot_be_analysed_holds_up_no_other(monkeypatch):
    scene = Talking(GOOD)
    first, second = scene.ended(*TALK), scene.ended(*TALK)
    begin = work._begin

    def fails(call_id, **more):
        if call_id == first.pk:
            raise ValueError("odd")
        return begin(call_id, **more)

    monkeypatch.setattr(work, "_begin", fails)
    now = LATER
    for _ in range(work.ATTEMPTS):
        analyse_due(hint=0, now=now)
        now += timedelta(hours=1)
    assert analysis_of(second).author == "model"
    failed = row_of(first)
    assert failed.dead_at is not None
    assert failed.last_error == "ValueError: odd"


def test_one_worker_at_a_time_does_it():
    call = Talking(GOOD).ended(*TALK)
    cache.add(work._LEASE, 1)
    assert not analyse_due(hint=call.pk, now=LATER)
    assert row_of(call).done_at is None
    cache.delete(work._LEASE)
    analyse_due(hint=call.pk, now=LATER)
    assert row_of(call).done_at is not None


def test_what_was_done_is_not_done_again():
    call = Talking(GOOD).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    spent = analysis_of(call).tokens_in
    rows.rearm(ANALYSE, call.pk, now=LATER)
    analyse_due(hint=0, now=LATER)
    assert analysis_of(call).tokens_in == spent


def test_an_organization_with_many_calls_leaves_the_models_of_others_their_place(monkeypatch):
    monkeypatch.setattr(work, "OF_AN_ORGANIZATION", 2)
    busy, quiet = Talking(GOOD), Talking(GOOD)
    calls = [busy.ended(*TALK) for _ in range(4)]
    other = quiet.ended(*TALK)
    analyse_due(hint=0, now=LATER)
    assert [analysis_of(call).author for call in calls] == ["model", "model", "rules", "rules"]
    assert [analysis_of(call).tries for call in calls] == [1, 1, 0, 0]
    assert analysis_of(other).author == "model"
    analyse_due(hint=0, now=LATER + work.NEXT_BATCH)
    assert {analysis_of(call).author for call in calls} == {"model"}


def test_connections_that_do_not_close_hold_no_worker(monkeypatch):
    async def hangs():
        await asking.asyncio.sleep(10)

    monkeypatch.setattr(text_answers, "CLOSING_SECONDS", 0.05)
    monkeypatch.setattr(text_answers.registry, "aclose", hangs)
    call = Talking(GOOD).ended(*TALK)
    analyse_due(hint=0, now=LATER)
    assert analysis_of(call).author == "model"


def test_an_organization_with_many_calls_keeps_none_of_anothers_waiting(monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 3)
    busy = Talking(engine="local")
    for _ in range(4):
        busy.ended(*TALK)
    Outbox.objects.filter(kind=ANALYSE).update(due_at=NOW - timedelta(hours=1))
    late = Talking(engine="local").ended(*TALK)
    assert analyse_due(hint=0, now=LATER)
    assert analysis_of(late).author == "rules"
    assert CallAnalysis.objects.count() == 3
