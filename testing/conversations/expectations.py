"""What is expected of a conversation, line by line. Pure.

silent until 2.1             the agent begins nothing before
silent in pauses             nothing while the caller speaks or pauses within a line
silent in last pauses        nothing in those of the caller's last line
sounds in pauses 1           so many stretches of speech there, and each ends within a second
silent                       nothing at all after the greeting
answer within 0.6            the agent speaks so soon after the caller's last line
answer after 0.4             and not before
stop within 0.4              it falls silent so soon after the last line began
stop after 2.5               and not before
no stop                      nothing that it says is cut off
resume within 1.0            after it was cut off, or the sound ended, it speaks again
caller turns "..." "..."     what is kept of the caller, by words alone
agent says "..."             some turn of the agent has these words; also: by 12, after 9
turn languages en de         of the turns that are kept, in their order
heard less than "..."        the first reply was kept shorter than this
end by 40                    the agent ends the call; also: no end
transfer to "Sales"          the caller is put through to Sales; also: no transfer
tool gave "..."              what a model was given of some tool; also: no tool
tool asked 1                 how often the servers of tools were asked; tool done 1: and did it
no silence over 6            so long never passes without a sound of either
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from testing.conversations.found import Conversation, Speech

TOLERANCE: Final = 0.05  # two frames
ROUNDING: Final = 0.02  # of speech that lasts into the watch's end


def failures(conversation: Conversation) -> list[str]:
    """The expectations that do not hold, each with what happened instead."""
    found = []
    for words in conversation.script.expectations:
        check, rest = _check(words)
        problem = check(conversation, rest)
        if problem:
            found.append(f"expect {' '.join(words)}: {problem}")
    return found


Check = Callable[[Conversation, list[str]], str]


def _check(words: list[str]) -> tuple[Check, list[str]]:
    for length in (4, 3, 2, 1):
        check = CHECKS.get(" ".join(words[:length]))
        if check is not None:
            return check, words[length:]
    raise ValueError(f"no such expectation: {' '.join(words)}")


def _silent_until(call: Conversation, rest: list[str]) -> str:
    early = [s.begin for s in call.replies if s.begin < float(rest[0]) - TOLERANCE]
    return f"the agent spoke at {early[0]:.2f}" if early else ""


def _silent_in_pauses(call: Conversation, _: list[str]) -> str:
    for done in call.done:
        for speech in call.replies:
            if done.begin < speech.begin < done.end:
                return f"the agent spoke at {speech.begin:.2f}, within {done.spoken}"
    return ""


def _sounds_in_pauses(call: Conversation, rest: list[str]) -> str:
    inside = [s for s in call.replies for d in call.done if d.begin < s.begin < d.end]
    if len(inside) != int(rest[0]):
        return f"there were {len(inside)}"
    long = [s.end - s.begin for s in inside if s.end - s.begin > 1.0 + TOLERANCE]
    return f"one lasted {long[0]:.2f}" if long else ""


def _silent_in_last_pauses(call: Conversation, rest: list[str]) -> str:
    return _silent_in_pauses(replace(call, done=call.done[-1:]), rest)


def _silent(call: Conversation, _: list[str]) -> str:
    return f"the agent spoke at {call.replies[0].begin:.2f}" if call.replies else ""


def _answers(call: Conversation) -> list[Speech]:
    end = call.done[-1].end
    return [speech for speech in call.replies if speech.begin >= end - TOLERANCE]


def _answer_within(call: Conversation, rest: list[str]) -> str:
    answers, end = _answers(call), call.done[-1].end
    if not answers:
        return "there was none"
    wait = answers[0].begin - end
    return f"it came after {wait:.2f}" if wait > float(rest[0]) + TOLERANCE else ""


def _answer_after(call: Conversation, rest: list[str]) -> str:
    answers, end = _answers(call), call.done[-1].end
    wait = answers[0].begin - end if answers else float("inf")
    return f"it came after {wait:.2f}" if wait < float(rest[0]) - TOLERANCE else ""


def _over(call: Conversation) -> Speech | None:
    """What the agent was saying when the caller's last line began."""
    begin = call.done[-1].begin
    over = [s for s in (*call.greeting, *call.replies) if s.begin <= begin < s.end + TOLERANCE]
    return over[-1] if over else None


def _stop_within(call: Conversation, rest: list[str]) -> str:
    over = _over(call)
    if over is None:
        return "the agent was not speaking"
    after = over.end - call.done[-1].begin
    if not over.is_cut:
        return "it was not cut off"
    return f"it stopped after {after:.2f}" if after > float(rest[0]) + TOLERANCE else ""


def _stop_after(call: Conversation, rest: list[str]) -> str:
    over = _over(call)
    after = over.end - call.done[-1].begin if over else 0.0
    return f"it stopped after {after:.2f}" if after < float(rest[0]) - TOLERANCE else ""


def _no_stop(call: Conversation, _: list[str]) -> str:
    cut = [s for s in (*call.greeting, *call.replies) if s.is_cut and s.end < call.watched]
    return f"what was said from {cut[0].begin:.2f} stopped at {cut[0].end:.2f}" if cut else ""


def _resume_within(call: Conversation, rest: list[str]) -> str:
    over = _over(call)
    if over is None or not over.is_cut:
        return ""  # nothing was cut off, which is better
    start = max(over.end, call.done[-1].end)
    later = [s.begin for s in call.replies if s.begin >= over.end]
    if not later:
        return "it never spoke again"
    wait = later[0] - start
    return f"it spoke again after {wait:.2f}" if wait > float(rest[0]) + TOLERANCE else ""


def _caller_turns(call: Conversation, rest: list[str]) -> str:
    kept = [bare(turn["text"]) for turn in call.turns if turn["role"] == "caller"]
    return f"kept was {kept}" if kept != [bare(text) for text in rest] else ""


def _agent_says(call: Conversation, rest: list[str]) -> str:
    wanted, limits = bare(rest[0]), dict(zip(rest[1::2], map(float, rest[2::2]), strict=True))
    at = [
        turn["started_ms"] / 1000 - call.began
        for turn in call.turns
        if turn["role"] == "agent" and wanted in bare(turn["text"])
    ]
    if not at:
        said = [turn["text"] for turn in call.turns if turn["role"] == "agent"]
        return f"it said {said}"
    fits = [
        time
        for time in at
        if limits.get("after", time) - TOLERANCE <= time <= limits.get("by", time) + TOLERANCE
    ]
    return "" if fits else f"it said so at {at}"


def _turn_languages(call: Conversation, rest: list[str]) -> str:
    kept = [turn["language"] for turn in call.turns]
    return f"they were {kept}" if kept != rest else ""


def _heard_less_than(call: Conversation, rest: list[str]) -> str:
    heard = [turn["heard_text"] for turn in call.turns if turn["role"] == "agent"]
    first = bare(heard[1 if call.script.greeting else 0])
    return "" if len(first) < len(bare(rest[0])) else f"heard was {first!r}"


def _end_by(call: Conversation, rest: list[str]) -> str:
    if call.ended is None:
        return "it did not end"
    return f"it ended at {call.ended:.1f}" if call.ended > float(rest[0]) else ""


def _no_end(call: Conversation, _: list[str]) -> str:
    return "" if call.ended is None else f"it ended at {call.ended:.1f}"


def _transfer_to(call: Conversation, rest: list[str]) -> str:
    return "" if call.transfers == rest else f"the caller was put through to {call.transfers}"


def _no_transfer(call: Conversation, _: list[str]) -> str:
    return _transfer_to(call, [])


def _tool_gave(call: Conversation, rest: list[str]) -> str:
    given = [turn["heard_text"] for turn in call.turns if turn["role"] == "tool"]
    return "" if any(rest[0] in each for each in given) else f"given was {given}"


def _no_tool(call: Conversation, _: list[str]) -> str:
    return f"asked were {call.tools.asked}" if call.tools.asked else ""


def _tool_asked(call: Conversation, rest: list[str]) -> str:
    asked = call.tools.asked
    return "" if len(asked) == int(rest[0]) else f"asked were {asked}"


def _tool_done(call: Conversation, rest: list[str]) -> str:
    done = call.tools.done
    return "" if len(done) == int(rest[0]) else f"done were {done}"


def _no_silence_over(call: Conversation, rest: list[str]) -> str:
    sounding = [(s.begin, s.end) for s in call.replies]
    sounding += [part for done in call.done for part in done.spoken]
    at = 0.0
    for begin, end in [*sorted(sounding), (call.watched, call.watched)]:
        if begin - at > float(rest[0]) + TOLERANCE:
            return f"neither was heard from {at:.1f} to {begin:.1f}"
        at = max(at, end)
    return ""


def bare(text: str) -> str:
    """`text` in lower case, its words alone."""
    return " ".join(re.findall(r"[\w'@.+-]*\w", text.lower()))


CHECKS: Final[dict[str, Check]] = {
    "silent until": _silent_until,
    "silent in pauses": _silent_in_pauses,
    "silent in last pauses": _silent_in_last_pauses,
    "sounds in pauses": _sounds_in_pauses,
    "silent": _silent,
    "answer within": _answer_within,
    "answer after": _answer_after,
    "stop within": _stop_within,
    "stop after": _stop_after,
    "no stop": _no_stop,
    "resume within": _resume_within,
    "caller turns": _caller_turns,
    "agent says": _agent_says,
    "heard less than": _heard_less_than,
    "turn languages": _turn_languages,
    "end by": _end_by,
    "no end": _no_end,
    "no silence over": _no_silence_over,
    "tool gave": _tool_gave,
    "no tool": _no_tool,
    "tool asked": _tool_asked,
    "tool done": _tool_done,
    "transfer to": _transfer_to,
    "no transfer": _no_transfer,
}
