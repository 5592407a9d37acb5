"""What becomes of an odd chat completion in a call's engine: it is spoken, or it fails; it never
takes the call with it, and nothing of it runs on.
"""

import asyncio
from contextlib import asynccontextmanager

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.cascade.tests.answering import answering
from agents.engines.events import ResponseEnded, ResponseFailed
from agents.engines.openai import llm, tts
from testing.engines import StubTextToSpeech
from testing.guard import GUARD_SECONDS
from testing.odd_answers import chat, chat_newer, chat_others
from testing.odd_answers.chat_bodies import halves
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer
from testing.setups import QUESTION, setup

REPLY = "We open at nine, on twelve Harbour Street. Is that all?"
# They keep a process busy for as long as it lets them; test_odd_chats has them.
LONG = ("long_line", "long_comments")
NOTHING = [name for name in chat.NOTHING if name not in LONG]


@asynccontextmanager
async def answered(odd):
    """A response to a question on a server that is odd so, when it has ended, and its voice."""
    async with (
        OpenAIServer(Behaviour.at_once(odd={"llm": odd}, replies=[REPLY] * 20)) as server,
        asyncio.timeout(GUARD_SECONDS),
    ):
        voice = StubTextToSpeech()
        credentials = Credentials({"openai": Access(endpoint=server.url)})
        async with answering(llm=llm.make_llm(setup(credentials)), tts=voice) as answers:
            answers.cascade.respond("r1", QUESTION)
            yield answers, await answers.done(), " ".join(voice.spoken)
        await tts.aclose()


@pytest.mark.parametrize("name", [*chat.WHOLE, *chat_newer.MARKED])
async def test_a_whole_answer_is_spoken_once_in_whatever_form_it_came(name):
    async with answered(name) as (answers, event, spoken):
        assert event == ResponseEnded("r1")
        assert spoken == REPLY
        assert answers.usage.llm_tokens_in > 0
        assert answers.usage.llm_tokens_out > 0


@pytest.mark.parametrize("name", [*chat.CUT, *chat.BROKEN, *chat_newer.BROKEN])
async def test_an_answer_that_breaks_off_is_completed_by_a_second_request(name):
    async with answered([name, "plain"]) as (_, event, spoken):
        assert event == ResponseEnded("r1")
        assert "Is that all?" in spoken
        assert halves(REPLY)[0].rpartition(" ")[2] not in spoken.split()


@pytest.mark.parametrize(
    "name", [*(name for name in NOTHING if name != "redirect"), *chat_others.NOTHING]
)
async def test_an_answer_of_nothing_gets_its_second_chance(name):
    async with answered([name, "plain"]) as (_, event, spoken):
        assert event == ResponseEnded("r1")
        assert spoken == REPLY


@pytest.mark.parametrize("name", NOTHING)
async def test_a_server_with_nothing_to_say_fails_the_response_and_not_the_call(name):
    async with answered(name) as (_, event, spoken):
        assert isinstance(event, ResponseFailed)
        assert spoken == ""


@pytest.mark.parametrize("name", chat.REFUSED)
async def test_a_refused_parameter_is_not_noticed_by_the_caller(name):
    async with answered(name) as (_, event, spoken):
        assert event == ResponseEnded("r1")
        assert spoken == REPLY
