"""The local dialogue as an engine: streamed, counted, and only from the agent's facts."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agents.engines import pool
from agents.engines.base import EngineSetup
from agents.engines.conversation import Role, ToolCall, Utterance
from agents.engines.local import embeddings, llm
from agents.engines.model_events import TextDelta, TokensUsed
from agents.hours.settings import Opening
from agents.settings.config import AgentConfig, Passage, parse_facts
from agents.tools import hang_up
from agents.variables.filling import filled
from agents.variables.values import Known
from benchmarks.answers import SETS, run, summary
from testing.guard import GUARD_SECONDS
from voicex.errors import ConfigurationError, EngineMissing

CONFIG = AgentConfig(
    agent_id="a",
    version=1,
    name="Bakery",
    prompt="You are Pia, the baker of Corner Bread.",
    facts=parse_facts("Opening hours: Daily from 6 to 2\nRye bread: A loaf of rye is $5"),
    greeting="Corner Bread, this is Pia.",
)


async def events_of(*said: str, **changes) -> list[object]:
    dialogue = llm.make_llm(EngineSetup(replace(CONFIG, **changes)))
    conversation = [Utterance(Role.AGENT, CONFIG.greeting)]
    conversation += [Utterance(Role.CALLER, text) for text in said]
    return [event async for event in dialogue.reply(tuple(conversation))]


def text_of(events: list[object]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_a_language_it_does_not_understand_is_refused():
    with pytest.raises(ConfigurationError, match="English only"):
        llm.make_llm(EngineSetup(replace(CONFIG, language="fr")))


@pytest.mark.models
async def test_an_answer_comes_word_by_word():
    events = await events_of("how much is a loaf of rye bread")
    words = [event.text for event in events if isinstance(event, TextDelta)]
    assert words == ["A ", "loaf ", "of ", "rye ", "is ", "$5."]


@pytest.mark.models
async def test_a_changed_fact_changes_the_answer():
    facts = parse_facts("Opening hours: Only on market days\nRye bread: Sold out")
    assert text_of(await events_of("when are you open", facts=facts)) == "Only on market days."


@pytest.mark.models
async def test_facts_with_something_of_one_call_are_learned_once_and_said_as_they_are():
    learned = parse_facts("Rye bread: A loaf of rye is {price}")
    before = llm._learn.cache_info().misses
    for price in ("$5", "$6"):
        facts = parse_facts(f"Rye bread: A loaf of rye is {price}")
        said = await events_of(
            "how much is a loaf of rye bread", facts=facts, learned_facts=learned
        )
        assert text_of(said) == f"A loaf of rye is {price}."
    assert llm._learn.cache_info().misses == before + 1


@pytest.mark.models
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("are you open right now", "closed now"),
        ("are you closed", "closed now"),
        ("when do you open again", "again tomorrow at 9:00 AM"),
        ("what are your opening hours", "Monday to Friday from 9:00 AM to 5:00 PM"),
        ("how much is a loaf of rye bread", "$5"),
    ],
)
async def test_it_says_whether_it_is_open(asked, says):
    opening = Opening("Mon-Fri 9:00-17:00", time_zone="Europe/Berlin")
    facts = parse_facts("Rye bread: A loaf of rye is $5\nSeats: You can sit outside")
    now = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # a Monday
    config = filled(replace(CONFIG, facts=facts, opening=opening), Known(now))
    assert says in text_of(
        await events_of(asked, facts=config.facts, learned_facts=config.learned_facts)
    )


@pytest.mark.models
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("are you open on christmas day", "On Friday, December 25, 2026 we are closed"),
        ("are you open on the holidays", "On Thursday, December 24, 2026 we are open from 9:00"),
        ("what are your opening hours", "usually open Monday to Friday from 9:00 AM to 5:00 PM"),
        ("are you open right now", "closed now"),
        ("are you open tomorrow", "Tomorrow, Tuesday, December 1, 2026, we are open from 9:00"),
        ("are you closed on sundays", "usually open Monday to Friday"),
        ("when do you close", "usually open Monday to Friday"),
        ("what time do you close today", "again tomorrow at 9:00 AM"),
        ("what's your address", "12 Mill Road"),
        ("how do i get to you", "12 Mill Road"),
        ("where is the garage", "garage across the street"),
    ],
)
async def test_it_says_when_it_is_open_on_holidays_and_where_it_is(asked, says):
    opening = Opening("Mon-Fri 9:00-17:00", "2026-12-24 9:00-12:00", "DE-BE", "Europe/Berlin")
    facts = parse_facts(
        "How to find us: We are at 12 Mill Road\n"
        "Is there parking? Where can I park?: You can park in the garage across the street."
    )
    now = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # a Monday
    config = filled(replace(CONFIG, facts=facts, opening=opening), Known(now))
    assert says in text_of(
        await events_of(asked, facts=config.facts, learned_facts=config.learned_facts)
    )


@pytest.mark.models
async def test_what_holds_today_is_not_said_of_a_holiday():
    opening = Opening("Mon-Fri 9:00-17:00", time_zone="Europe/Berlin")
    config = filled(replace(CONFIG, facts=(), opening=opening), Known(datetime.now(UTC)))
    said = await events_of(
        "are you open on christmas", facts=config.facts, learned_facts=config.learned_facts
    )
    assert text_of(said).startswith("I'm sorry, I don't know that.")


@pytest.mark.models
async def test_what_no_fact_states_is_looked_up_in_documents():
    passages = (Passage("Repairs", "We do not repair shoes. The cobbler is next door."),)
    *_, call = await events_of("do you repair shoes", passages=passages)
    assert call == ToolCall("search_documents", '{"question":"do you repair shoes"}')


@pytest.mark.models
@pytest.mark.parametrize(
    "said",
    [
        ("Do you repair shoes? And how much is a loaf of rye bread?",),
        ("Can I leave a message?", "do you repair shoes"),
    ],
)
async def test_one_question_of_several_and_one_beside_a_message_are_looked_up(said):
    passages = (Passage("Repairs", "We do not repair shoes. The cobbler is next door."),)
    dialogue = llm.make_llm(EngineSetup(replace(CONFIG, passages=passages)))
    conversation = [Utterance(Role.AGENT, CONFIG.greeting)]
    for text in said:
        conversation.append(Utterance(Role.CALLER, text))
        events = [event async for event in dialogue.reply(tuple(conversation))]
        conversation.append(Utterance(Role.AGENT, text_of(events)))
    assert events[-1] == ToolCall("search_documents", '{"question":"do you repair shoes"}')


@pytest.mark.models
async def test_what_no_fact_states_is_not_answered():
    said = text_of(await events_of("do you repair shoes"))
    assert said.startswith("I'm sorry, I don't know that.")


@pytest.mark.models
async def test_an_agent_with_one_fact_knows_it():
    facts = parse_facts("Opening hours: Daily from 6 to 2")
    assert text_of(await events_of("when do you open", facts=facts)) == "Daily from 6 to 2."
    assert "Daily" not in text_of(await events_of("do you repair shoes", facts=facts))


@pytest.mark.models
async def test_an_agent_that_knows_very_much_holds_up_no_other_call(monkeypatch):
    encoded, is_read = embeddings.encode, threading.Event()

    def slow(texts):
        if len(texts) > 100:
            assert is_read.wait(GUARD_SECONDS)
        return encoded(texts)

    monkeypatch.setattr(embeddings, "encode", slow)
    await events_of("when do you open")
    learned = [
        llm.make_llm(
            EngineSetup(
                replace(CONFIG, facts=parse_facts("\n".join(f"{n} {i}" for i in range(60))))
            )
        )
        for n in range(pool.WORKERS)
    ]
    said = await asyncio.wait_for(events_of("how much is a loaf of rye bread"), GUARD_SECONDS)
    assert text_of(said) == "A loaf of rye is $5."
    is_read.set()
    for dialogue in learned:
        await asyncio.wrap_future(dialogue._knowledge)


@pytest.mark.models
async def test_facts_that_could_not_be_learned_are_learned_by_the_next_call(monkeypatch):
    facts = parse_facts("Parking: Behind the mill")
    with monkeypatch.context() as broken:
        broken.setattr(embeddings, "_load", missing)
        with pytest.raises(EngineMissing):
            await events_of("where can i park", facts=facts)
    said = text_of(await events_of("where can i park", facts=facts))
    assert "Behind the mill" in said


def missing():
    raise EngineMissing


@pytest.mark.models
async def test_a_goodbye_hangs_up_at_the_very_end():
    events = await events_of("that's all, goodbye")
    assert text_of(events) == "Thank you for calling Corner Bread. Goodbye!"
    assert events[-1] == hang_up.CALL


@pytest.mark.models
async def test_tokens_are_estimated_at_four_characters_each():
    events = await events_of("when do you open")
    used = next(event for event in events if isinstance(event, TokensUsed))
    assert used.tokens_out == -(-len(text_of(events)) // 4)
    longer = await events_of("when do you open please tell me", prompt=CONFIG.prompt * 2)
    more = next(event for event in longer if isinstance(event, TokensUsed))
    assert more.tokens_in > used.tokens_in > len(CONFIG.prompt) // 4


@pytest.mark.models
async def test_an_answer_can_be_given_up_after_its_first_word():
    dialogue = llm.make_llm(EngineSetup(CONFIG))
    stream = dialogue.reply((Utterance(Role.CALLER, "when do you open"),))
    assert await anext(stream) == TextDelta("Daily ")
    await stream.aclose()


@pytest.mark.models
@pytest.mark.parametrize("name", list(SETS))
def test_callers_are_answered_as_often_as_measured(name):
    figures = summary([outcome for business in SETS[name] for outcome in run(business)])
    # The rates in docs/engines.md, less what a different processor's rounding may change.
    assert figures["answered_right_percent"] >= 86
    assert figures["left_alone_percent"] >= 84
