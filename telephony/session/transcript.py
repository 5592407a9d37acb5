"""The turns of a call, and the conversation that a model may remember of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from telephony.session.playout import Playout
from telephony.session.resuming.state import MOST_CHARACTERS, SavedTurns
from telephony.session.turns import TurnRecord

# What is kept of one turn: ten minutes of speech without an answer. Of the caller the end of it,
# to which the answer belongs, of the agent the beginning, of which it is known what was heard.
MAX_TURN_CHARACTERS: Final = 10_000
MOST_NOTES: Final = 10  # of members that a model is told, the newest: each costs with each answer
# A member's note is remembered as what a tool gave, which every model reads and none says.
NOTE: Final = "note_from_colleague"
NOTE_HEAD: Final = (
    "A colleague who follows this call tells you, and not the caller. Take it into account from "
    "now on, and do not mention that you were told: "
)
_WORDLESS: Final = Utterance(Role.AGENT, "")
_NO_TOOLS: Final[Mapping[int, ToolUse]] = MappingProxyType({})


class Transcript:
    """Numbered turns, first one is 1. Each `keep_*` returns the record to be saved."""

    def __init__(
        self, turns: Sequence[TurnRecord] = (), tools: Mapping[int, ToolUse] = _NO_TOOLS
    ) -> None:
        """turns, tools: of the call's streams before this one; tools by number of the turn."""
        self.turns = list(turns)
        self._utterances: list[str] = []  # of the newest turn of the caller
        self._tools = dict(tools)
        self._passed_over: set[int] = set()  # answers into which the caller continued
        self._announcements: set[int] = set()  # the caller's turns that want no answer
        # Of the caller's newest words, and of the agent's; "" where the agent has only one.
        self.caller_language = self.language = ""

    @property
    def last(self) -> TurnRecord | None:
        """The newest turn that says something, is not passed over and no announcement."""
        aside = self._passed_over | self._announcements
        said = (turn for turn in reversed(self.turns) if turn.number not in aside)
        return next((each for each in said if not self._is_beside(each)), None)

    @property
    def asked(self) -> str:
        """The agent's newest words that were heard."""
        said = (turn for turn in reversed(self.turns) if turn.number not in self._passed_over)
        agents = (turn for turn in said if turn.role is Role.AGENT and not turn.is_sign_of_life)
        return next((turn.heard_text for turn in agents), "")

    def pass_over(self) -> None:
        """The caller continues: what was heard of the newest answer neither counts nor divides."""
        last = self.last
        if last is not None and last.role is Role.AGENT:
            self._passed_over.add(last.number)

    @property
    def next_number(self) -> int:
        """The number that a new turn gets."""
        return len(self.turns) + 1

    def keep_caller(
        self,
        words: str,
        *,
        again: bool,
        started_ms: int,
        now_ms: int,
        endpoint: dict[str, int | str] | None = None,
    ) -> TurnRecord:
        """What the caller said; joined to a turn of which no answer was heard yet.

        `again`: the words include those of the last utterance, and take its place.
        """
        words = words[-MAX_TURN_CHARACTERS:]
        turn = self._open_turn(again=again)
        if turn is None:
            self._utterances = [words]
            number = self.next_number
            new = TurnRecord(number, Role.CALLER, words, words, False, started_ms, now_ms)
            return self._keep(replace(new, endpoint=endpoint, language=self.caller_language))
        self._announcements.discard(turn.number)
        self._utterances = [*self._earlier(again=again), words]
        text = " ".join(self._utterances)
        if len(text) > MAX_TURN_CHARACTERS:
            text = text[-MAX_TURN_CHARACTERS:]
            self._utterances = [text]
        joined = replace(turn, text=text, heard_text=text, ended_ms=now_ms, endpoint=endpoint)
        return self._keep(replace(joined, language=self.caller_language))

    def keep_announcement(
        self, words: str, *, again: bool, started_ms: int, now_ms: int
    ) -> TurnRecord:
        """The words of a recording: a turn that wants no answer, unless one was due before it.

        again: as in `keep_caller`.
        """
        is_answer_due = self.is_answer_due
        turn = self.keep_caller(words, again=again, started_ms=started_ms, now_ms=now_ms)
        if not is_answer_due:
            self._announcements.add(turn.number)
        return turn

    def keep_agent(
        self,
        number: int,
        playout: Playout,
        *,
        latency_ms: dict[str, int],
        interrupted: bool,
        now_ms: int,
        is_sign_of_life: bool = False,
    ) -> TurnRecord:
        """What the agent said as turn `number`, and how much of it was heard by now."""
        started_ms = now_ms if playout.started_at_ms is None else playout.started_at_ms
        heard_ms = playout.heard_ms(now_ms)
        is_new = number >= self.next_number
        return self._keep(
            TurnRecord(
                number=number,
                role=Role.AGENT,
                text=playout.text[:MAX_TURN_CHARACTERS],
                heard_text=playout.heard_text(heard_ms)[:MAX_TURN_CHARACTERS],
                interrupted=interrupted,
                started_ms=started_ms,
                ended_ms=started_ms + heard_ms,
                latency_ms=latency_ms,
                is_sign_of_life=is_sign_of_life,
                language=self.language if is_new else self.turns[number - 1].language,
            )
        )

    def keep_tool(self, number: int, use: ToolUse, *, started_ms: int, now_ms: int) -> TurnRecord:
        """What a tool was asked, as turn `number`, and what it gave by now."""
        self._tools[number] = use
        return self._keep(
            TurnRecord(
                number=number,
                role=Role.TOOL,
                text=f"{use.call.name} {use.call.arguments}"[:MAX_TURN_CHARACTERS],
                heard_text=use.result.text[:MAX_TURN_CHARACTERS] if use.result else "",
                interrupted=False,
                started_ms=started_ms,
                ended_ms=now_ms,
            )
        )

    def keep_note(self, text: str, *, now_ms: int) -> TurnRecord:
        """What a member tells the model; it wants no answer."""
        number = self.next_number
        call = ToolCall(NOTE, id=f"note{number:05}")  # nine letters and digits, as of other tools
        use = ToolUse(call, ToolResult(call.id, f"{NOTE_HEAD}{text}"))
        return self.keep_tool(number, use, started_ms=now_ms, now_ms=now_ms)

    def cut(self, number: int, heard_text: str) -> TurnRecord:
        """Of the agent's turn `number` only these first words were heard: the line was lost.

        One of which nothing was heard neither counts nor divides.
        """
        turn = self.turns[number - 1]
        if not heard_text:
            self._passed_over.add(number)
        return self._keep(replace(turn, text=heard_text or turn.text, heard_text=heard_text))

    def save(self) -> SavedTurns:
        """The newest turns, within MOST_CHARACTERS."""
        kept: list[TurnRecord] = []
        left = MOST_CHARACTERS
        for turn in reversed(self.turns):
            left -= len(turn.text) + len(turn.heard_text)
            if use := self._tools.get(turn.number):
                left -= len(use.call.arguments) + len(use.result.text if use.result else "")
            if left < 0 and kept:
                break
            kept.append(turn)
        numbers = {turn.number for turn in kept}
        return SavedTurns(
            dropped=len(self.turns) - len(kept),
            turns=tuple(reversed(kept)),
            spoken=tuple(self._utterances),
            tools=tuple(item for item in self._tools.items() if item[0] in numbers),
            passed_over=tuple(sorted(self._passed_over & numbers)),
            announcements=tuple(sorted(self._announcements & numbers)),
        )

    def restore(self, saved: SavedTurns) -> None:
        """Take over what was said until now; the words of older turns are not known here."""
        wordless = TurnRecord(0, Role.AGENT, "", "", False, 0, 0)
        older = [replace(wordless, number=number) for number in range(1, saved.dropped + 1)]
        self.turns = [*older, *saved.turns]
        self._utterances = list(saved.spoken)
        self._tools = dict(saved.tools)
        # An older release saved announcements among what was passed over.
        callers = {turn.number for turn in saved.turns if turn.role is Role.CALLER}
        self._passed_over = set(saved.passed_over) - callers
        self._announcements = {*saved.announcements, *callers.intersection(saved.passed_over)}

    @property
    def is_cut_off(self) -> bool:
        """Whether the newest turn is one of the agent that was cut off."""
        last = self.last
        return last is not None and last.role is Role.AGENT and last.interrupted

    @property
    def is_answer_due(self) -> bool:
        """Whether the caller had the last word, or a tool."""
        return self.last is not None and self.last.role is not Role.AGENT

    def unheard(self) -> str:
        """What the caller missed of the newest turn, when it is one that was cut off."""
        last = self.last
        return last.text[len(last.heard_text) :].strip() if last and self.is_cut_off else ""

    def conversation(self, words: str = "", *, again: bool = False) -> tuple[Utterance, ...]:
        """What was heard so far, as if `words` of the caller had been kept.

        Neighbours of one role are joined, and what a tool gave goes with the words before it.
        An answer of which a first word was heard, while the caller was still speaking, is not
        remembered, and no sign of life is.
        """
        turn = self._open_turn(again=again)
        if turn is None:
            turns, last = self.turns, words
        else:
            behind = filter(self._is_beside, self.turns[turn.number :])
            turns = [*self.turns[: turn.number - 1], *behind]
            last = " ".join([*self._earlier(again=again and bool(words)), words]).strip()
        last = last[-MAX_TURN_CHARACTERS:]
        said: list[Utterance] = []
        older = set([turn.number for turn in turns if self._is_note(turn)][:-MOST_NOTES])
        for turn in turns:
            if turn.number in older:
                continue
            if turn.number in self._tools:
                before = said.pop() if said and said[-1].role is Role.AGENT else _WORDLESS
                said.append(replace(before, tools=(*before.tools, self._tools[turn.number])))
            elif not turn.is_sign_of_life and turn.number not in self._passed_over:
                _append(said, Utterance(turn.role, turn.heard_text, turn.interrupted))
        _append(said, Utterance(Role.CALLER, last))
        return tuple(said)

    def _is_beside(self, turn: TurnRecord) -> bool:
        """Whether the turn is none of the conversation: a sign of life, or a note."""
        return turn.is_sign_of_life or self._is_note(turn)

    def _is_note(self, turn: TurnRecord) -> bool:
        use = self._tools.get(turn.number)
        return use is not None and use.call.name == NOTE

    def _open_turn(self, *, again: bool) -> TurnRecord | None:
        """The turn that the caller's next words belong to, if it is not a new one."""
        for turn in reversed(self.turns):
            if turn.role is Role.CALLER:
                return turn if again or turn.number not in self._announcements else None
            if self._is_beside(turn):
                continue
            if turn.role is Role.TOOL:  # what was done is not forgotten
                return None
            is_heard = bool(turn.heard_text) and turn.number not in self._passed_over
            if is_heard and not again:
                return None
        return None

    def _earlier(self, *, again: bool) -> list[str]:
        return self._utterances[:-1] if again else self._utterances

    def _keep(self, turn: TurnRecord) -> TurnRecord:
        self.turns[turn.number - 1 : turn.number] = [turn]
        return turn


def last_spoken(turns: Sequence[TurnRecord]) -> str:
    """The tag of the language in which the agent spoke last, "" where none is known."""
    said = (turn.language for turn in reversed(turns) if turn.role is Role.AGENT)
    return next(filter(None, said), "")


def _append(said: list[Utterance], utterance: Utterance) -> None:
    """Add it, joined to the one before it of the same role; nothing, when it has no words."""
    if not utterance.text:
        return
    if said and said[-1].role is utterance.role and not said[-1].tools:
        utterance = replace(utterance, text=f"{said.pop().text} {utterance.text}")
    said.append(utterance)
