"""The list of calls: what filters find, and that each page is bounded work.

tests/deployed/test_on_postgresql.py plays this file again on PostgreSQL, where words have an index.
"""

from datetime import timedelta

import pytest

from agents.models import Agent, AgentVersion
from testing.scene import NOW, Scene, after
from usage.billing.settlement import finalize
from usage.models import Call, Quota, Recording
from usage.reads import call_search
from usage.reads.call_search import CallFilter, search_calls
from usage.records.turns import save_turn


def says(call, number, text, *, interrupted=False):
    save_turn(
        call.pk,
        number=number,
        role="agent" if number % 2 else "caller",
        text=text,
        heard_text=text,
        interrupted=interrupted,
        started_ms=number * 1_000,
        ended_ms=number * 1_000 + 500,
        latency_ms={},
    )


def found(scene, *, limit=10, **wanted):
    return search_calls(scene.org, CallFilter(**wanted), limit=limit).calls


@pytest.fixture
def many(scene):
    """Twelve calls, oldest first, two at each moment so that a page can end between them."""
    Quota.objects.create(org=scene.org, concurrent_calls=50)
    return [scene.talks(now=after(number // 2)) for number in range(12)]


@pytest.mark.parametrize("limit", [1, 3, 5, 20])
def test_pages_lead_through_every_call_once_and_back_again(scene, many, limit):
    seen, page = [], search_calls(scene.org, CallFilter(), limit=limit)
    assert page.newer == ""
    seen += page.calls
    while page.older:
        edge = Call.objects.get(carrier_call_id=page.older)
        page = search_calls(scene.org, CallFilter(), limit=limit, before=edge)
        seen += page.calls
    assert seen == many[::-1]

    back = list(page.calls)
    while page.newer:
        edge = Call.objects.get(carrier_call_id=page.newer)
        page = search_calls(scene.org, CallFilter(), limit=limit, after=edge)
        back = page.calls + back
    assert back == many[::-1]


@pytest.mark.parametrize("limit", [1, 4])
def test_what_has_no_index_is_looked_for_a_stretch_at_a_time(scene, many, limit, monkeypatch):
    monkeypatch.setattr(call_search, "LOOKED_THROUGH", 4)
    for call in (many[0], many[5]):
        says(call, 1, "Hello.", interrupted=True)
    wanted = CallFilter(interrupted=True)

    page = search_calls(scene.org, wanted, limit=limit)
    assert page.calls == []
    assert page.looked_back_to == many[8]
    seen, stops = [], 0
    while page.older:
        edge = Call.objects.get(carrier_call_id=page.older)
        page = search_calls(scene.org, wanted, limit=limit, before=edge)
        seen += page.calls
        stops += page.looked_back_to is not None
    assert seen == [many[5], many[0]]
    assert stops == 2


def test_each_filter_finds_what_it_names(scene, many):
    other = Agent.objects.create(org=scene.org, name="Other")
    other.published = AgentVersion.objects.create(
        agent=other, number=1, greeting="Hi.", stt="scripted", llm="scripted", tts="scripted"
    )
    other.save()
    for number, changed in {
        0: {"agent": other, "version": other.published},
        1: {"from_number": "+4930123"},
        2: {"channel": Call.Channel.TYPED},
        3: {"channel": Call.Channel.BROWSER},
    }.items():
        Call.objects.filter(pk=many[number].pk).update(**changed)
    finalize(many[4].pk, reason="engine_failed", now=after(100))
    says(many[5], 1, "Hello.", interrupted=True)
    Recording.objects.create(call=many[6], consent="announced", state="stored")
    Recording.objects.create(call=many[7], consent="announced", state="deleted")

    assert found(scene, agent=other.public_id) == [many[0]]
    assert found(scene, caller="+493") == [many[1]]
    assert found(scene, caller="+49%") == []
    assert found(scene, channel="typed") == [many[2]]
    assert found(scene, channel="test") == [many[3], many[2]]
    assert found(scene, state="ended") == [many[4]]
    assert many[4] not in found(scene, state="open", limit=20)
    assert found(scene, end_reasons=frozenset({"engine_failed", "stale"})) == [many[4]]
    assert found(scene, at_least=timedelta(seconds=90)) == [many[4]]
    assert found(scene, interrupted=True) == [many[5]]
    assert found(scene, recorded=True) == [many[6]]
    assert found(scene, opened_from=after(5)) == [many[11], many[10]]
    assert found(scene, opened_until=after(1)) == [many[1], many[0]]
    assert found(scene, channel="typed", interrupted=True) == []


@pytest.mark.parametrize("rare", [0, 5_000], ids=["looked for in the calls", "by the index"])
def test_words_are_found_when_one_turn_has_them_all(scene, many, rare, monkeypatch):
    monkeypatch.setattr(call_search, "RARE", rare)
    says(many[0], 1, "Is the umbrella still there?")
    says(many[1], 1, "An umbrella.")
    says(many[1], 2, "It is not there.")
    stranger = Scene().rings(now=NOW)
    says(stranger, 1, "The umbrella is there.")

    assert found(scene, words="UMBRELLA") == [many[1], many[0]]
    assert found(scene, words="umbrella there") == [many[0]]
    assert found(scene, words="umbrella", interrupted=True) == []
    assert found(scene, words="parasol") == []
    assert found(scene, words="'; drop -- %s & | ! (") == []


def test_signs_alone_ask_for_nothing(scene, many):
    assert len(found(scene, words="?!", limit=20)) == 12


def test_another_organizations_calls_are_not_found(scene, many):
    stranger = Scene()
    assert found(stranger) == []
    assert found(stranger, agent=scene.agent.public_id) == []


def test_a_page_takes_the_same_queries_however_many_calls_there_are(
    scene, many, django_assert_num_queries
):
    with django_assert_num_queries(3):
        found(scene, limit=2)
    with django_assert_num_queries(3):
        found(scene, limit=20)
