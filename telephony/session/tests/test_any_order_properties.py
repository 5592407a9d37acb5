"""What comes from members, tools and other languages, in any order with all that a caller does.

Whatever came before: once the line is silent and all that was begun has ended, the agent asks for
the caller and then leaves. In no state do all wait.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.engines.events import AudioDelta, Transcribed, TurnEndHeard
from agents.settings.config import Transfers
from agents.settings.groups import Sensitivity
from telephony.session.events import (
    NoteGiven,
    SayAsked,
    ToolReturned,
    TransferReady,
)
from telephony.session.tests.test_call_properties import Observed, events, ids

LOUD = b"\x00" * 1_600

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
    call.ends_in_silence()
