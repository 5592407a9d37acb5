"""Written conversations: what their lines mean, and that each expectation can fail."""

from pathlib import Path

import pytest

from agents.engines.scripted import marks
from testing.conversations.expectations import CHECKS, failures
from testing.conversations.found import Conversation, Done, Speech
from testing.conversations.script import Act, Script, Unreadable, When, read
from testing.conversations.sound import SILENCE, SOUND, VOICE, frames_of, probability
from testing.conversations.tools import NEVER, ScriptedTool, ToolServer, tool_of
from testing.engines import WINDOW

TEXT = """\
# A connective is no end of a turn.
agent asks "What can I do for you?"
agent answers "Of course." "Anything else?"
engines 490
setting interruptible no
setting barge_in_ms 96
echo -20 dB 150 ms
caller 0.5 "I need to" pause 0.8 "cancel"
cough 1.2 into reply 1 for 0.3
aside 0.4 later "sit down"
key 1.0 after reply 2 "42"
until 20

expect silent in pauses
expect caller turns "I need to cancel"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.txt"
    path.write_text(text)
    return path


def test_a_conversation_is_read_line_by_line(tmp_path: Path) -> None:
    script = read(written(tmp_path, TEXT))
    assert script.claim == "A connective is no end of a turn."
    assert script.greeting == "What can I do for you?"
    assert script.answers == ["Of course.", "Anything else?"]
    assert (script.engines_ms, script.until, script.echo) == (490, 20.0, (-20.0, 150))
    assert script.settings == {"interruptible": False, "barge_in_ms": 96}
    assert script.acts == [
        Act("caller", When(0.5), (("I need to", pytest.approx(0.9)), ("cancel", 0.3)), (0.8,)),
        Act("cough", When(1.2, "into", 1), (("", 0.3),)),
        Act("aside", When(0.4, "last"), (("sit down", 0.6),)),
        Act("key", When(1.0, "end", 2), (("42", 0.6),)),
    ]
    assert script.acts[0].seconds == pytest.approx(2.0)
    assert script.expectations == [
        ["silent", "in", "pauses"],
        ["caller", "turns", "I need to cancel"],
    ]


@pytest.mark.parametrize(
    "line", ['caller "hello"', 'caller 1 "a" pause', "agent sings", 'caller 1 "open', "echo loud"]
)
def test_a_line_that_says_nothing_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(Unreadable, match=r"some\.txt, line 2"):
        read(written(tmp_path, f"# claim\n{line}\n"))


def test_a_tool_is_read_from_its_line() -> None:
    assert tool_of(["a", "answers", "x"]) == ScriptedTool("a", "x")
    written = tool_of(["a", "writes", "says", "Wait.", "answers", "x", "after", "2"])
    assert written == ScriptedTool("a", "x", 2.0, writes=True, filler="Wait.")
    assert tool_of(["a", "fails", "no"]).is_failure
    assert tool_of(["a", "hangs"]).seconds == NEVER
    with pytest.raises(ValueError, match="no such tool"):
        tool_of(["a", "sings"])


def test_sounds_are_what_they_say_they_are() -> None:
    def heard(kind: str, *parts: tuple[str, float]) -> bytes:
        return b"".join(frames_of(Act(kind, When(0), parts, (0.4,) * (len(parts) - 1))))

    words = heard("caller", ("four one", 0.6), ("fünf", 0.3))
    assert marks.read(words) == "four one fünf"
    assert len(words) == 8 * 1_300
    assert probability(words[2_560:][:WINDOW]) == VOICE
    assert probability(words[8 * 800 :][:WINDOW]) == SILENCE
    assert probability(heard("aside", ("sit down", 0.6))[:WINDOW]) == VOICE
    assert probability(heard("cough", ("", 0.3))[:WINDOW]) == SOUND


def conversation(
    *replies: tuple[float, float, bool],
    said: tuple[tuple[float, float], ...] = ((1.0, 2.0), (2.8, 3.4)),
    ended: float | None = None,
    transfers: list[str] | None = None,
    asked: list[str] | None = None,
    done: list[str] | None = None,
) -> Conversation:
    """A caller who spoke at those times, and an agent whose greeting was heard before."""
    act = Act("caller", When(1.0), (("I need to", 1.0), ("cancel", 0.6)), (0.8,))
    tools = ToolServer([])
    tools.asked, tools.done = asked or [], done or []
    return Conversation(
        Script(greeting="Hello."),
        done=[Done(act, list(said))],
        replies=[Speech(*reply) for reply in replies],
        turns=[
            {
                "language": language,
                "role": role,
                "text": text,
                "heard_text": heard,
                "started_ms": at,
            }
            for language, role, text, heard, at in (
                ("en", "agent", "Hello.", "Hello.", 100),
                ("en", "caller", "I need to cancel.", "", 3_000),
                ("de", "agent", "Of course.", "Of", 6_000),
                ("de", "tool", "find {}", "on its way", 6_000),
            )
        ],
        began=2.0,
        ended=ended,
        watched=12.0,
        transfers=transfers or [],
        tools=tools,
    )


BARGED = conversation((0.0, 1.3, True), (4.0, 6.0, False))


@pytest.mark.parametrize(
    ("expectation", "holds", "fails"),
    [
        ("silent until 3.5", conversation((3.6, 5, False)), conversation((2.2, 5, False))),
        ("silent in pauses", conversation((3.6, 5, False)), conversation((2.2, 5, False))),
        ("sounds in pauses 1", conversation((2.2, 2.8, False)), conversation((2.2, 4, False))),
        ("sounds in pauses 1 ", None, conversation()),
        ("turn languages en en de de", BARGED, None),
        ("turn languages en de", None, BARGED),
        ("silent in last pauses", conversation(), conversation((2.2, 5, False))),
        ("silent", conversation(), conversation((9.0, 10, False))),
        ("answer within 0.5", conversation((3.8, 5, False)), conversation((4.2, 5, False))),
        ("answer within 0.5 ", conversation((3.8, 5, False)), conversation()),
        ("answer after 0.5", conversation((4.2, 5, False)), conversation((3.6, 5, False))),
        ("stop within 0.4", BARGED, conversation((0.0, 1.7, True))),
        ("stop within 0.4 ", BARGED, conversation((0.0, 4.0, False))),
        ("stop within 0.4  ", BARGED, conversation()),
        ("stop after 0.5", conversation((0.0, 1.7, True)), BARGED),
        ("no stop", conversation((4, 5, False)), BARGED),
        ("resume within 1.0", BARGED, conversation((0.0, 1.3, True), (5.0, 6.0, False))),
        ("resume within 1.0 ", conversation((0.0, 4.0, False)), conversation((0.0, 1.3, True))),
        ("caller turns 'I need to cancel'", BARGED, None),
        ("caller turns 'I need' 'to cancel'", None, BARGED),
        ("agent says 'of course'", BARGED, None),
        ("agent says 'of course' after 3 by 5", BARGED, None),
        ("agent says 'of course' by 3", None, BARGED),
        ("agent says 'goodbye'", None, BARGED),
        ("heard less than 'Of course'", BARGED, None),
        ("heard less than 'Of'", None, BARGED),
        ("end by 9", conversation(ended=8.0), conversation(ended=10.0)),
        ("end by 9 ", conversation(ended=8.0), conversation()),
        ("no end", conversation(), conversation(ended=8.0)),
        ("no silence over 5", conversation((5, 8, False)), conversation((4, 5, False))),
        ("tool gave 'its way'", BARGED, None),
        ("tool gave 'canceled'", None, BARGED),
        ("no tool", conversation(), conversation(asked=["find"])),
        ("tool asked 1", conversation(asked=["find"]), conversation()),
        ("tool done 1", conversation(done=["find"]), conversation(asked=["find"])),
        ("transfer to 'Sales'", conversation(transfers=["Sales"]), conversation()),
        ("no transfer", conversation(), conversation(transfers=["Sales"])),
    ],
)
def test_an_expectation_holds_and_fails(
    tmp_path: Path, expectation: str, holds: Conversation | None, fails: Conversation | None
) -> None:
    expected = read(written(tmp_path, f"expect {expectation}\n")).expectations
    if holds is not None:
        holds.script.expectations = expected
        assert failures(holds) == []
    if fails is not None:
        fails.script.expectations = expected
        [failure] = failures(fails)
        assert failure.startswith("expect ")


def test_every_expectation_is_tried_above() -> None:
    tried = Path(__file__).read_text()
    assert [name for name in CHECKS if f'("{name}' not in tried] == []


def test_what_is_no_expectation_is_refused() -> None:
    unknown = conversation()
    unknown.script.expectations = [["bliss"]]
    with pytest.raises(ValueError, match="bliss"):
        failures(unknown)
