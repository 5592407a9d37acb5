"""The turns of a call, and the conversation that a model may remember of them."""

from dataclasses import replace

from agents.engines.conversation import Role, Utterance
from telephony.session.playout import Playout
from telephony.session.turns import TurnRecord


class Transcript:
    """Numbered turns, first one is 1. Each `keep_*` returns the record to be saved."""

    def __init__(self) -> None:
        self.turns: list[TurnRecord] = []

    @property
    def last(self) -> TurnRecord | None:
        """The newest turn."""
        return self.turns[-1] if self.turns else None

    @property
    def next_number(self) -> int:
        """The number that a new turn gets."""
        return len(self.turns) + 1

    def keep_caller(self, words: str, *, started_ms: int, now_ms: int) -> TurnRecord:
        """What the caller said; joined to a turn that nothing has answered yet."""
        last = self.last
        if last and last.role is Role.CALLER:
            text = f"{last.text} {words}"
            return self._keep(replace(last, text=text, heard_text=text, ended_ms=now_ms))
        return self._keep(
            TurnRecord(self.next_number, Role.CALLER, words, words, False, started_ms, now_ms)
        )

    def keep_agent(
        self,
        number: int,
        playout: Playout,
        *,
        latency_ms: dict[str, int],
        interrupted: bool,
        now_ms: int,
    ) -> TurnRecord:
        """What the agent said as turn `number`, and how much of it was heard by now."""
        started_ms = now_ms if playout.started_at_ms is None else playout.started_at_ms
        heard_ms = playout.heard_ms(now_ms)
        return self._keep(
            TurnRecord(
                number=number,
                role=Role.AGENT,
                text=playout.text,
                heard_text=playout.heard_text(heard_ms),
                interrupted=interrupted,
                started_ms=started_ms,
                ended_ms=started_ms + heard_ms,
                latency_ms=latency_ms,
            )
        )

    def unheard(self) -> str:
        """What the caller missed of the newest turn, when it is one that was cut off."""
        last = self.last
        if last is None or last.role is not Role.AGENT or not last.interrupted:
            return ""
        return last.text[len(last.heard_text) :].strip()

    def conversation(self, words: str = "") -> tuple[Utterance, ...]:
        """What was heard so far, then `words` of the caller; neighbours of one role joined."""
        heard = [(turn.role, turn.heard_text, turn.interrupted) for turn in self.turns]
        said: list[Utterance] = []
        for role, text, interrupted in [*heard, (Role.CALLER, words, False)]:
            if not text:
                continue
            if said and said[-1].role is role:
                text = f"{said.pop().text} {text}"
            said.append(Utterance(role, text, interrupted))
        return tuple(said)

    def _keep(self, turn: TurnRecord) -> TurnRecord:
        self.turns[turn.number - 1 : turn.number] = [turn]
        return turn
