"""The tool by which an agent looks something up in its documents."""

from agents.documents.passages import passages_in
from agents.engines.conversation import ToolCall
from agents.tools.base import ToolContext
from agents.tools.registry import offered
from agents.tools.running import run
from agents.tools.search_documents import NAME, NOTHING
from testing.setups import setup

PASSAGES = passages_in("# Prices\nA cleaning costs 95 dollars.\n\n# Parking\nBehind the house.")
CONTEXT = ToolContext("0rg", "a9ent", "CA1", passages=PASSAGES)


async def test_it_gives_passages_under_their_titles():
    result = await run(ToolCall(NAME, '{"question": "price of a cleaning"}'), CONTEXT)
    assert (result.text, result.is_error) == ("Prices:\nA cleaning costs 95 dollars.", False)


async def test_it_says_that_nothing_was_found():
    result = await run(ToolCall(NAME, '{"question": "horses"}'), CONTEXT)
    assert result.text == NOTHING


def test_only_an_agent_with_documents_has_it():
    assert NAME not in {tool.name for tool in offered(setup().config)}
    assert NAME in {tool.name for tool in offered(setup(passages=PASSAGES).config)}
