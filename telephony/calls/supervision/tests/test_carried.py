"""Orders of members to a call in the hands of its driver."""

from functools import partial

from agents.engines.conversation import Role
from telephony.calls import live_hub
from telephony.calls.supervision import control
from telephony.calls.supervision.asking import ask
from telephony.calls.tests.test_live_hub import at_work
from telephony.session.events import NoteGiven, SayAsked
from testing.calls.harness import running_call
from testing.engines import settle

TEXT = "My colleague says we open at eight."


async def test_words_are_said_and_notes_kept_and_both_are_replayed():
    async with running_call() as (call, _):
        await call.greeted()
        async with at_work(call.live):
            await live_hub.order(81, control.Order.NOTE, text="A good client.")
            await live_hub.order(81, control.Order.SAY, text=TEXT)
            await live_hub.order(81, "unknown")  # of another release
            await settle()
        await call.stream.until(lambda: any(t["text"] == TEXT for t in call.records.turns()))
        call.stream.stops()
    roles = [(turn["role"], "good client" in turn["heard_text"]) for turn in call.records.turns()]
    assert (Role.TOOL, True) in roles
    told = [each for each in call.records.events() if isinstance(each, SayAsked | NoteGiven)]
    assert told == [NoteGiven("A good client."), SayAsked(TEXT)]


async def test_a_call_that_is_taken_over_ends_as_one_that_is_put_through():
    async with running_call() as (call, _):
        await call.greeted()
        async with at_work(call.live):
            order = partial(ask, 81, control.Order.TAKE_OVER, text="adam@example.com")
            assert await order(address="+14155550100") == control.TakeOver.BEGINS
            assert await order(address="+14155550199") == control.TakeOver.UNDER_WAY
        await call.stream.until(lambda: len(call.stream.heard("mark")) > 1)
        call.stream.returns_marks()
        await call.stream.until(lambda: bool(call.stream.close_codes))
    [(_call_id, order)] = [args for name, args, _ in call.records.jobs if name == "begin"]
    assert (order.target.name, order.target.address) == ("adam@example.com", "+14155550100")
