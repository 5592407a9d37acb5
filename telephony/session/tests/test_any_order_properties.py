"""What comes from members, tools and other languages, in any order with all that a caller does.

Whatever came before: once the line is silent and all that was begun has ended, the agent asks for
the caller and then leaves. In no state do all wait.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.events import AudioDelta, ResponseEnded, Transcribed, TurnEndHeard
from agents.settings.config import Transfers
from agents.settings.groups import Sensitivity
from telephony.session.events import (
    FrameHeard,
    NoteGiven,
    SayAsked,
    Tick,
    ToolReturned,
    TransferReady,
)
from telephony.session.tests.test_call_properties import Observed, events, ids
from telephony.session.turns import TurnState

LOUD = b"\x00" * 1_600
LONGEST_SECONDS = 240  # a minute that was granted, three questions, and what engines lose

said = st.sampled_from(
    [
        "one moment please",
        "your call is important to us please stay on the line",
        "my number is four one five",
        "ich möchte einen Termin für morgen bitte",
        "können wir deutsch sprechen",
        "and",
        "",
    ]
)
others = st.one_of(
    st.builds(Transcribed, said, st.booleans(), st.sampled_from(["", "en", "de", "fr"])),
    st.builds(TurnEndHeard, st.floats(0, 1)),
    st.builds(SayAsked, st.sampled_from(["Ask for the name.", " ", "x" * 600])),
    st.builds(NoteGiven, st.sampled_from(["The caller is angry.", ""])),
    st.builds(TransferReady, st.sampled_from(["Sales", "nobody"]), st.sampled_from(["", "Anna"])),
    st.builds(ToolReturned, st.integers(1, 4).map("call{:05}".format), said, st.booleans()),
    st.builds(AudioDelta, ids, st.just(LOUD), st.just("We open at nine. ")),
)
steps = st.lists(
    st.tuples(st.integers(0, 2_000), st.one_of(events, others, others, st.just("mark"))),
    max_size=60,
)
TRANSFERS = Transfers(targets="Sales = +14155550100; new orders")


@settings(max_examples=120)
@given(steps, st.sampled_from(Sensitivity), st.booleans(), st.booleans())
def test_no_order_of_events_leaves_the_caller_waiting_for_ever(
    script, sensitivity, interruptible, speculate
):
    call = Observed(
        sensitivity=sensitivity,
        interruptible=interruptible,
        speculate=speculate,
        languages="de",
        transfers=TRANSFERS,
    )
    call.runs(script)
    for call_id in sorted(call.running):
        call.hears(ToolReturned(call_id, "done"))
    for _ in range(LONGEST_SECONDS):
        for response_id in sorted(call.wanted):
            call.hears(ResponseEnded(response_id))
        call.now_ms += 1_000
        call.hears(FrameHeard(b"\xff" * 160))
        call.hears(Tick())
        if call.session.state is TurnState.ENDED:
            return
    raise AssertionError(f"still {call.session.state} after {LONGEST_SECONDS} s of silence")
