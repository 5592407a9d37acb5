"""The tool by which an agent looks something up in its documents."""

import threading

from agents.documents.passages import passages_in
from agents.documents.searching import Index
from agents.engines.conversation import ToolCall
from agents.tools import search_documents
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


async def test_the_words_of_long_documents_are_not_counted_on_the_loops_thread(monkeypatch):
    threads = []

    def index_of(passages):
        threads.append(threading.get_ident())
        return Index(passages)

    monkeypatch.setattr(search_documents, "index_of", index_of)
    await run(ToolCall(NAME, '{"question": "parking"}'), CONTEXT)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_only_an_agent_with_documents_has_it():
    assert NAME not in {tool.name for tool in offered(setup().config)}
    assert NAME in {tool.name for tool in offered(setup(passages=PASSAGES).config)}
