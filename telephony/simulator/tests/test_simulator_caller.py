"""The simulated caller waits for their turn, interrupts on demand, and hangs up politely."""

from collections.abc import Callable

import pytest

from telephony.simulator.caller import (
    KEY_GAP_MS,
    PATIENCE_MS,
    QUIET_PATIENCE_MS,
    TURN_GAP_MS,
    Act,
    Caller,
    CallerBehaviour,
    HangUp,
    LoseLine,
    Press,
    Say,
    Unanswered,
)
from telephony.simulator.sound.playout import Playout
from telephony.simulator.sound.utterance import Utterance, utterance
from testing.twilio.carrier_server import silence, tone

ONE = utterance("one", silence(40) + tone(300) + silence(100))
TWO = utterance("two", tone(300))


class Scene:
    """A caller, a playout and a clock that a test moves."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.playout = Playout()
        self.now_ms = 0.0

    def agent_says(self, ms: int) -> None:
        self.playout.media(tone(ms), now_ms=self.now_ms)

    def until_act(self, limit_ms: float = 30_000) -> tuple[float, Act | None]:
        """The caller's next act and how long it took, in steps of 20 ms."""
        began = self.now_ms
        while self.now_ms - began < limit_ms:
            self.now_ms += 20
            if (act := self.caller.act(self.playout, now_ms=self.now_ms)) is not None:
                return self.now_ms - began, act
        return limit_ms, None


@pytest.fixture
def scene() -> Callable[..., Scene]:
    def make(*utterances: Utterance, digits: str = "", **manner: int) -> Scene:
        return Scene(Caller(utterances, digits=digits, manner=CallerBehaviour(**manner)))

    return make


def test_the_caller_speaks_when_the_greeting_is_over(scene: Callable[..., Scene]) -> None:
    call = scene(ONE)
    call.agent_says(1000)

    waited, act = call.until_act()

    assert act == Say(ONE)
    assert waited == 1000 + TURN_GAP_MS


def test_a_caller_who_hears_no_greeting_speaks_all_the_same(scene: Callable[..., Scene]) -> None:
    assert scene(ONE).until_act() == (QUIET_PATIENCE_MS, Say(ONE))


def test_turns_continue_until_the_last_answer_and_then_the_caller_hangs_up(
    scene: Callable[..., Scene],
) -> None:
    call = scene(ONE, TWO)
    acts = []
    for _ in range(3):
        call.agent_says(500)
        acts.append(call.until_act()[1])
        call.now_ms += 600

    assert acts == [Say(ONE), Say(TWO), HangUp()]


def test_an_answer_that_never_comes_is_noted_once(scene: Callable[..., Scene]) -> None:
    call = scene(TWO)
    call.agent_says(100)
    call.until_act()

    waited, act = call.until_act()
    assert isinstance(act, Unanswered)
    assert waited == pytest.approx(300 + PATIENCE_MS, abs=20)
    assert call.until_act() == (20, HangUp())


def test_a_caller_may_wait_longer_for_an_answer_to_words_and_to_keys(
    scene: Callable[..., Scene],
) -> None:
    call = scene(TWO, digits="1", patience_ms=20_000)
    call.agent_says(100)
    call.until_act()

    waited, act = call.until_act()
    assert isinstance(act, Unanswered)
    assert waited == pytest.approx(300 + 20_000, abs=20)
    assert call.until_act()[1] == Press("1")
    assert call.until_act() == (20_000, HangUp())


def test_the_second_utterance_interrupts_the_reply(scene: Callable[..., Scene]) -> None:
    call = scene(ONE, TWO, barge_in_after_ms=400)
    call.agent_says(1000)
    assert call.until_act() == (1000 + TURN_GAP_MS, Say(ONE))
    call.now_ms += 500
    call.agent_says(3000)

    assert call.until_act() == (400, Say(TWO))


def test_a_lone_utterance_interrupts_the_greeting(scene: Callable[..., Scene]) -> None:
    call = scene(ONE, barge_in_after_ms=400)
    call.agent_says(3000)

    assert call.until_act() == (400, Say(ONE))


def test_a_reply_shorter_than_the_interruption_is_answered_in_turn(
    scene: Callable[..., Scene],
) -> None:
    call = scene(ONE, barge_in_after_ms=900)
    call.agent_says(300)

    assert call.until_act() == (300 + TURN_GAP_MS, Say(ONE))


def test_the_tail_of_an_interrupted_reply_is_no_answer(scene: Callable[..., Scene]) -> None:
    call = scene(ONE, TWO, barge_in_after_ms=400)
    call.agent_says(100)
    call.until_act()
    call.now_ms += 500
    call.agent_says(3000)
    call.until_act()
    call.now_ms += 150
    call.playout.clear(now_ms=call.now_ms)

    waited, act = call.until_act()
    assert isinstance(act, Unanswered)
    assert waited > PATIENCE_MS


def test_keys_are_pressed_after_the_last_answer(scene: Callable[..., Scene]) -> None:
    call = scene(digits="12#")
    call.agent_says(100)

    assert call.until_act()[1] == Press("1")
    assert call.until_act() == (KEY_GAP_MS, Press("2"))
    assert call.until_act()[1] == Press("#")
    call.agent_says(200)
    assert call.until_act()[1] == HangUp()


def test_a_busy_caller_repeats_until_the_time_is_up(scene: Callable[..., Scene]) -> None:
    call = scene(ONE, repeat_until_ms=6000)
    acts = []
    for _ in range(10):
        call.agent_says(300)
        acts.append(call.until_act()[1])
        if acts[-1] == HangUp():
            break
        call.now_ms += 1000

    # Each turn takes 300 + 700 ms of agent and 1000 ms of caller; the third begins at 5 s.
    assert acts == [Say(ONE), Say(ONE), Say(ONE), HangUp()]


def test_the_line_breaks_at_the_given_moment(scene: Callable[..., Scene]) -> None:
    call = scene(ONE, drop_after_ms=260)

    assert call.until_act() == (260, LoseLine())


def test_a_caller_in_a_short_storm_says_something_all_the_same(scene: Callable[..., Scene]) -> None:
    call = scene(ONE, repeat_until_ms=100, think_ms=500)
    call.agent_says(300)

    assert call.until_act() == (300 + TURN_GAP_MS + 500, Say(ONE))


def test_a_caller_stays_for_more_of_the_last_answer_only(scene: Callable[..., Scene]) -> None:
    call = scene(ONE, digits="1", think_ms=100, stay_ms=2_000)
    call.agent_says(300)
    assert call.until_act() == (300 + TURN_GAP_MS + 100, Say(ONE))
    call.now_ms += 1_000
    call.agent_says(300)
    assert call.until_act() == (300 + TURN_GAP_MS + 100, Press("1"))
    call.agent_says(300)
    assert call.until_act() == (300 + TURN_GAP_MS + 2_000, HangUp())
