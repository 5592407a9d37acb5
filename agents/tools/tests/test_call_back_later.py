"""The tool that promises a call back: what it hands on, and which agents have it."""

import msgspec
import pytest

from agents.engines.conversation import ToolCall
from agents.settings.config import Messages
from agents.tools import call_back_later
from agents.tools.base import MessageDraft, ToolContext
from agents.tools.registry import offered
from agents.tools.running import run
from testing.setups import setup


class Store:
    def __init__(self):
        self.taken = []

    async def take_message(self, draft, *, key):
        self.taken.append((key, draft))
        return "Noted."


async def called(store, **arguments):
    context = ToolContext("0rg", "a9ent", "CA1", services=store)
    text = msgspec.json.encode(arguments).decode()
    return await run(ToolCall(call_back_later.NAME, text, id="call00007"), context)


async def test_it_hands_on_a_message_with_its_time():
    store = Store()
    given = {"day": "friday", "time": "15:30", "about": "The boiler", "caller_name": "Ann"}
    assert (await called(store, **given)).text == "Noted."
    draft = MessageDraft("The boiler", name="Ann", day="friday", time="15:30")
    assert store.taken == [("call00007", draft)]


async def test_nothing_is_noted_without_what_it_is_about_or_where_nothing_can_be_kept():
    store = Store()
    assert (await called(store, day="friday", time="9", about=" ")).is_error
    assert (await called(store, time="9", about="The boiler")).is_error
    assert (await called(None, day="friday", time="9", about="The boiler")).is_error
    assert store.taken == []


@pytest.mark.parametrize("calls_back", [True, False])
def test_only_agents_that_call_back_have_it(calls_back):
    config = setup(messages=Messages(calls_back=calls_back)).config
    names = {tool.name for tool in offered(config)}
    assert (call_back_later.NAME in names) is calls_back
