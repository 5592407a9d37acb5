"""Whether a caller can be put through, and how the stream then ends."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from agents.settings.config import Opening, Privacy, Transfers
from agents.tools.base import ToolFailed
from agents.transfers.targets import Target
from telephony.calls.resuming.resumed import ResumedCall
from telephony.calls.streams import put_through
from telephony.calls.streams.earlier import Earlier
from telephony.calls.streams.live_call import LiveCall
from telephony.calls.streams.put_through import LONGEST_BRIEFING, PutThrough
from telephony.calls.supervision.control import TakeOver
from telephony.session.call import CallSession
from telephony.session.events import CallOpened, LeaveAsked, TransferReady
from testing.calls.harness import Records
from testing.setups import setup
from usage.transfers.records import MOST_OF_A_CALL

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SALES = "Sales = +14155550100; announce"


class Call:
    """A call that may be put through, and what its session is told."""

    def __init__(
        self,
        *,
        has_line: bool = True,
        is_new: bool = False,
        before: int = 0,
        resumed: ResumedCall | None = None,
        **config: object,
    ) -> None:
        self.told: list[TransferReady] = []
        self.records = Records()
        live = LiveCall(
            81,
            "CA1",
            "0rg",
            setup(**{"transfers": Transfers(SALES), **config}),
            has_transfers=has_line,
            is_pooled=is_new,
            earlier=Earlier(transfers=before),
            resumed=resumed,
        )
        self.session = live.session(live.setup.config)
        self.put_through = PutThrough(live, session=self.session, ready=self.told.append)

    def asks(self, name: str = "sales", *, briefing: str = "An order.") -> str:
        return self.put_through.request(name, briefing=briefing, now=NOW)

    def ends(self, reason: str) -> list[tuple[str, tuple[object, ...]]]:
        recorder: object = self.records
        self.put_through.end_stream(recorder, reason=reason, now=NOW)  # type: ignore[arg-type]
        return [(name, args) for name, args, _ in self.records.jobs]


def test_a_target_of_the_agent_is_ready_once():
    call = Call()
    assert "Sales" in call.asks()
    assert "Sales" in call.asks(briefing="Another.")
    assert call.told == [TransferReady("Sales", "An order.")]
    [(name, (call_id, order))] = call.ends("transferred")
    assert (name, call_id, order.briefing) == ("begin", 81, "An order.")
    assert order.target.address == "+14155550100"


@pytest.mark.parametrize(
    ("call", "name", "said"),
    [
        (Call(), "+14155550100", "There is no"),
        (Call(), "0900 1234", "There are: Sales."),
        (Call(transfers=Transfers()), "Sales", "none"),
        (Call(transfers=Transfers(SALES, "Tue 9-17")), "Sales", put_through.NOBODY),
        (Call(transfers=Transfers(SALES, "Mon 9-17", "Nowhere")), "Sales", put_through.NOBODY),
        (Call(has_line=False), "Sales", "test without a telephone line"),
        (Call(is_new=True), "Sales", "Calls are not put through yet"),
        (Call(before=MOST_OF_A_CALL), "Sales", put_through.TOO_OFTEN),
    ],
)
def test_a_refused_transfer_tells_the_model_why(call, name, said):
    with pytest.raises(ToolFailed, match=said):
        call.asks(name)
    assert call.told == []
    assert call.ends("stop") == [("finalize", (81,))]


def is_lost(target: str, *, address: str = "") -> ResumedCall:
    """Where a call stood whose process died after it had accepted an order."""
    state = CallSession(setup().config).snapshot(now_ms=0)
    transfer = TransferReady(target, "An order.", address)
    return ResumedCall(structs.replace(state, transfer=transfer), NOW, NOW)


def test_a_transfer_accepted_by_a_lost_process_is_executed_once():
    call = Call(resumed=is_lost("Sales"))
    assert "Sales" in call.asks(briefing="Another.")  # its tool runs again
    assert call.told == []
    [(name, (_, order))] = call.ends("transferred")
    assert (name, order.target.name, order.briefing) == ("begin", "Sales", "An order.")


def test_a_take_over_accepted_by_a_lost_process_is_executed_once():
    call = Call(resumed=is_lost("Bob", address="+14155550199"))
    assert call.put_through.order(Target("Ann", "+14155550100")) is TakeOver.UNDER_WAY
    [(_, (_, order))] = call.ends("transferred")
    assert (order.target.name, order.target.address) == ("Bob", "+14155550199")


def test_an_unknown_target_is_refused():
    assert Call(resumed=is_lost("Nobody")).ends("transferred") == [("finalize", (81,))]


def test_a_caller_who_hung_up_first_ends_the_call():
    call = Call()
    call.asks()
    assert call.ends("stop") == [("finalize", (81,))]


def test_within_the_hours_they_are():
    assert "Sales" in Call(transfers=Transfers(SALES, "Mon 9-17")).asks()


def test_a_briefing_is_one_short_line_and_nothing_of_a_private_call():
    call = Call()
    call.asks(briefing=" Ann\n\x00\u2028calls <b> " + "x" * 9_999)
    [(_, (_, order))] = call.ends("transferred")
    assert order.briefing.startswith("Ann calls <b> xxx")
    assert len(order.briefing) == LONGEST_BRIEFING
    private = Call(privacy=Privacy(names=True))
    private.asks()
    [(_, (_, order))] = private.ends("transferred")
    assert order.briefing == ""


def test_a_member_takes_a_call_over_at_their_own_number_once():
    call, me = Call(transfers=Transfers()), Target("adam@example.com", "+14155550199")
    assert call.put_through.order(me) is TakeOver.BEGINS
    assert call.put_through.order(me) is TakeOver.UNDER_WAY
    assert call.told == [TransferReady("adam@example.com", address=me.address)]
    [(name, (_call_id, order))] = call.ends("transferred")
    assert (name, order.target, order.briefing) == ("begin", me, "")


def test_the_model_hears_no_address_of_a_member():
    call = Call()
    call.put_through.order(Target("adam@example.com", "+14155550199"))
    assert call.asks() == put_through.READY.replace("{name}", put_through.COLLEAGUE)


@pytest.mark.parametrize(
    "call", [Call(has_line=False), Call(is_new=True), Call(before=MOST_OF_A_CALL)]
)
def test_a_call_that_cannot_be_put_through_is_not_taken_over(call):
    taken = call.put_through.order(Target("adam@example.com", "+14155550199"))
    assert (taken, call.told) == (TakeOver.IMPOSSIBLE, [])


def test_a_call_in_which_the_agent_says_goodbye_is_neither_taken_over_nor_put_through():
    call, me = Call(), Target("adam@example.com", "+14155550199")
    call.session.receive(CallOpened(has_audio=True), now_ms=0)
    call.session.receive(LeaveAsked(), now_ms=10)
    assert (call.put_through.order(me), call.told) == (TakeOver.ENDING, [])
    with pytest.raises(ToolFailed, match="The call is ending"):
        call.asks()
    assert call.told == []
    assert call.ends("restarting") == [("finalize", (81,))]


@pytest.mark.parametrize(
    ("own", "opening", "is_taken"),
    [
        ("", "", True),
        ("", "Mon 9:00-12:00", True),
        ("", "Tue 9:00-12:00", False),
        ("Mon 9:00-12:00", "Tue 9:00-12:00", True),  # its own hours decide
        ("Tue 9:00-12:00", "Mon 9:00-12:00", False),
    ],
)
def test_the_opening_hours_decide_where_transfers_have_none_of_their_own(own, opening, is_taken):
    call = Call(transfers=Transfers(SALES, hours=own), opening=Opening(opening))
    if is_taken:
        assert "Sales" in call.asks()
        return
    with pytest.raises(ToolFailed, match="Nobody takes calls"):
        call.asks()
