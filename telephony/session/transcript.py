"""The turns of a call, and the conversation that the model is given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from agents.engines.conversation import Role, ToolCall, ToolResult, ToolUse, Utterance
from telephony.session.kept_words import KeptWords
from telephony.session.replies.playout import Playout
from telephony.session.resuming.state import MOST_CHARACTERS, SavedTurns
from telephony.session.turns import TurnRecord

# The limit of one turn: ten minutes of speech. Of a longer turn of the caller the end is kept, to
# which the answer belongs; of the agent the beginning, of which is known how much was heard.
MAX_TURN_CHARACTERS: Final = 10_000
MOST_NOTES: Final = 10  # the latest ones, as each costs tokens with each answer
# Notes of members are given to the model as results of a tool, which models read and do not say.
NOTE: Final = "note_from_colleague"
NOTE_HEAD: Final = (
    "A colleague who follows this call tells you, and not the caller. Take it into account from "
    "now on, and do not mention that you were told: "
)
_WORDLESS: Final = Utterance(Role.AGENT, "")
_NO_TOOLS: Final[Mapping[int, ToolUse]] = MappingProxyType({})


class Transcript:
    """Turns, numbered from 1. Each `keep_*` returns the record to be saved."""

    def __init__(
        self, turns: Sequence[TurnRecord] = (), tools: Mapping[int, ToolUse] = _NO_TOOLS
    ) -> None:
        """turns, tools: of former streams; tools by number of the turn."""
        self.turns = list(turns)
        self._words = KeptWords(self.turns)
        self._utterances: list[str] = []  # of the caller's latest turn
        self._tools = dict(tools)
        self._passed_over: set[int] = set()  # answers during which the caller continued their turn
        self._announcements: set[int] = set()  # turns of the caller that need no answer
        # Tags of the latest words of caller and agent; "" if the agent has only one language.
        self.caller_language = self.language = ""

    @property
    def last(self) -> TurnRecord | None:
        """The latest turn with words that is not passed over and no announcement."""
        aside = self._passed_over | self._announcements
        said = (turn for turn in reversed(self.turns) if turn.number not in aside)
        return next((each for each in said if not self._is_beside(each)), None)

    @property
    def asked(self) -> str:
        """The agent's latest words that were heard."""
        said = (turn for turn in reversed(self.turns) if turn.number not in self._passed_over)
        agents = (turn for turn in said if turn.role is Role.AGENT and not turn.is_sign_of_life)
        return next((turn.heard_text for turn in agents), "")

    def pass_over(self) -> None:
        """The caller continues the turn: the latest answer is ignored, and does not split
        the turn.
        """
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
        """Keep the caller's words; joined to the previous turn if nothing of an answer was heard
        yet.

        again: the words include those of the last utterance, and replace them.
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
        """Keep a recorded announcement: a turn that needs no answer, unless one was due before it.

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
        """Keep the agent's words as turn `number`, and how much of them was heard by now."""
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
        """Keep a tool call as turn `number`, with its result if it has returned."""
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
        """Keep a member's note for the model; it needs no answer."""
        number = self.next_number
        call = ToolCall(NOTE, id=f"note{number:05}")  # nine letters and digits, as in `tool_runs`
        use = ToolUse(call, ToolResult(call.id, f"{NOTE_HEAD}{text}"))
        return self.keep_tool(number, use, started_ms=now_ms, now_ms=now_ms)

    def cut(self, number: int, heard_text: str) -> TurnRecord:
        """Shorten the agent's turn `number` to the words heard before the line was lost.

        A turn of which nothing was heard is ignored.
        """
        turn = self.turns[number - 1]
        if not heard_text:
            self._passed_over.add(number)
        return self._keep(replace(turn, text=heard_text or turn.text, heard_text=heard_text))

    def save(self) -> SavedTurns:
        """The latest turns as state, within MOST_CHARACTERS."""
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
            recorded=self._words.recorded,
        )

    def restore(self, saved: SavedTurns) -> None:
        """Restore the turns of a state, in which the words of old turns may be missing."""
        wordless = TurnRecord(0, Role.AGENT, "", "", False, 0, 0)
        older = [replace(wordless, number=number) for number in range(1, saved.dropped + 1)]
        self.turns = [*older, *saved.turns]
        self._words = KeptWords(self.turns, forgotten=saved.dropped, recorded=saved.recorded)
        self._utterances = list(saved.spoken)
        self._tools = dict(saved.tools)
        # An older release saved announcements among what was passed over.
        callers = {turn.number for turn in saved.turns if turn.role is Role.CALLER}
        self._passed_over = set(saved.passed_over) - callers
        self._announcements = {*saved.announcements, *callers.intersection(saved.passed_over)}

    @property
    def is_cut_off(self) -> bool:
        """Whether the latest turn is an interrupted turn of the agent."""
        last = self.last
        return last is not None and last.role is Role.AGENT and last.interrupted

    @property
    def is_answer_due(self) -> bool:
        """Whether the latest words are the caller's or a tool's."""
        return self.last is not None and self.last.role is not Role.AGENT

    def unheard(self) -> str:
        """The unheard rest of the latest turn, if it was interrupted."""
        last = self.last
        return last.text[len(last.heard_text) :].strip() if last and self.is_cut_off else ""

    def conversation(self, words: str = "", *, again: bool = False) -> tuple[Utterance, ...]:
        """The conversation as heard so far, including `words` as if they had been kept: of a very
        long one the latest part.

        Consecutive turns of one role are joined, and tool results belong to the words before them.
        Left out are signs of life, and answers that had just begun while the caller was still
        speaking.
        """
        turn = self._open_turn(again=again)
        if turn is None:
            turns, last = self.turns[self._words.forgotten :], words
        else:
            behind = filter(self._is_beside, self.turns[turn.number :])
            turns = [*self.turns[self._words.forgotten : turn.number - 1], *behind]
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
        """Whether the turn is not part of the conversation: a sign of life, or a note."""
        return turn.is_sign_of_life or self._is_note(turn)

    def _is_note(self, turn: TurnRecord) -> bool:
        use = self._tools.get(turn.number)
        return use is not None and use.call.name == NOTE

    def _open_turn(self, *, again: bool) -> TurnRecord | None:
        """The turn to which the caller's next words are joined, if any."""
        for turn in reversed(self.turns):
            if turn.role is Role.CALLER:
                return turn if again or turn.number not in self._announcements else None
            if self._is_beside(turn):
                continue
            if turn.role is Role.TOOL:  # the results of tools are kept
                return None
            is_heard = bool(turn.heard_text) and turn.number not in self._passed_over
            if is_heard and not again:
                return None
        return None

    def _earlier(self, *, again: bool) -> list[str]:
        return self._utterances[:-1] if again else self._utterances

    def _keep(self, turn: TurnRecord) -> TurnRecord:
        kept = self._words.keep(turn)
        while self._tools and (oldest := next(iter(self._tools))) <= self._words.forgotten:
            del self._tools[oldest]
        return kept


def last_spoken(turns: Sequence[TurnRecord]) -> str:
    """The tag of the agent's latest language, "" if unknown."""
    said = (turn.language for turn in reversed(turns) if turn.role is Role.AGENT)
    return next(filter(None, said), "")


def _append(said: list[Utterance], utterance: Utterance) -> None:
    """Append a message, joined to the previous one of the same role; ignored if it has no words."""
    if not utterance.text:
        return
    if said and said[-1].role is utterance.role and not said[-1].tools:
        utterance = replace(utterance, text=f"{said.pop().text} {utterance.text}")
    said.append(utterance)
