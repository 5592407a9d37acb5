"""The tool that takes a message: what it hands on, and what a model is told."""

import msgspec
import pytest

from agents.engines.conversation import ToolCall, ToolResult
from agents.tools import take_message
from agents.tools.base import Effect, MessageDraft, ToolContext, ToolFailed
from agents.tools.running import run


class Store:
    """Services that take each message down, or refuse it."""

    def __init__(self, refusal=""):
        self.taken = []
        self.refusal = refusal

    async def take_message(self, draft, *, key):
        if self.refusal:
            raise ToolFailed(self.refusal)
        self.taken.append((key, draft))
        return "The message is taken."


async def called(store, **arguments):
    context = ToolContext("0rg", "a9ent", "CA1", services=store)
    text = msgspec.json.encode(arguments).decode()
    return await run(ToolCall(take_message.NAME, text, id="call00007"), context)


async def test_it_hands_on_what_the_model_wrote_with_the_id_of_its_call():
    store = Store()
    result = await called(
        store, message="The boiler leaks", caller_name="Ann", callback_number="555 0142",
        urgency="urgent",
    )  # fmt: skip
    assert result == ToolResult("call00007", "The message is taken.")
    draft = MessageDraft("The boiler leaks", name="Ann", number="555 0142", is_urgent=True)
    assert store.taken == [("call00007", draft)]


async def test_the_message_alone_is_enough():
    store = Store()
    assert not (await called(store, message="Please call back")).is_error
    assert store.taken == [("call00007", MessageDraft("Please call back"))]


@pytest.mark.parametrize("nothing", [None, ""])
async def test_what_a_model_fills_with_nothing_is_left_out(nothing):
    store = Store()
    rest = dict.fromkeys(("caller_name", "callback_number", "urgency"), nothing)
    assert not (await called(store, message="Please call back", **rest)).is_error
    assert not (await called(store, message="x", callback_number=4930123456)).is_error
    assert store.taken == [
        ("call00007", MessageDraft("Please call back")),
        ("call00007", MessageDraft("x", number="4930123456")),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"message": "  "}, take_message.NO_TEXT),
        ({"caller_name": "Ann"}, "missing required field `message`"),
        ({"message": "x", "urgency": "very"}, "Invalid enum value 'very'"),
    ],
)
async def test_what_it_cannot_take_is_explained_to_the_model(arguments, said):
    store = Store()
    result = await called(store, **arguments)
    assert result.is_error
    assert said in result.text
    assert store.taken == []


async def test_a_refusal_is_told_in_its_own_words():
    result = await called(Store("Too many messages."), message="x")
    assert result == ToolResult("call00007", "Too many messages.", is_error=True)


async def test_where_nothing_can_be_stored_the_model_is_told_that_nothing_was():
    result = await called(None, message="x")
    assert result == ToolResult("call00007", take_message.NOT_TAKEN, is_error=True)


def test_it_writes_and_its_schema_names_each_argument_for_the_model():
    assert take_message.TOOL.effect is Effect.WRITE
    schema = take_message.TOOL.schema()
    assert schema["required"] == ["message"]
    properties = schema["properties"]
    assert set(properties) == {"message", "caller_name", "callback_number", "urgency"}
    assert all(each["description"] for each in properties.values())
    assert properties["urgency"]["enum"] == ["normal", "urgent"]
