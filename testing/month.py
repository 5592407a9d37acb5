"""An organization with a month of calls: a dental practice and its callers' usual questions.

`add_month` writes through the services that live calls use, so ledger, sums and searches are what
they would be. Everything is drawn by a seed: the same days hold the same calls on every machine.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import transaction

from testing.office import Office
from usage.models import Call

DAYS: Final = 30
CALLS_A_DAY: Final = 12  # on a weekday
# CallSids of Twilio have 34 characters; these say which day they belong to.
SID_PREFIX: Final = "CA5eed"
LINE_SECONDS: Final = 8
MS_A_CHARACTER: Final = 60

# By weekday, Monday first, as a share of CALLS_A_DAY; by hour (UTC), how often callers ring.
_WEEKDAYS: Final = (1.25, 1.0, 1.0, 0.9, 0.8, 0.25, 0.1)
_HOURS: Final = {8: 6, 9: 9, 10: 8, 11: 6, 12: 3, 13: 4, 14: 6, 15: 6, 16: 5, 17: 4, 18: 2, 20: 1}
_CALLERS: Final = 90  # some call again and again, most of them once

# How calls end (`Call.end_reason`), and how often.
_ENDS: Final = {"stop": 78, "agent_hung_up": 14, "socket_closed": 5, "engine_failed": 2}

_GREETING: Final = "Hello, this is Harbour Dental. How can I help you?"
# What callers ask, and the answer.
_TOPICS: Final = (
    (
        "When are you open?",
        "We are open Monday to Thursday from eight to six, on Friday until two.",
    ),
    ("Are you open on Saturday?", "We are closed on Saturday and Sunday."),
    ("Where exactly are you?", "At twelve Harbour Street, on the second floor, above the bakery."),
    ("Can I park there?", "You can park behind the building, two hours are free for patients."),
    ("What does a check-up cost?", "A cleaning with a check-up costs ninety dollars."),
    ("And how much is a filling?", "Between one hundred and twenty and two hundred dollars."),
    (
        "I would like to make an appointment.",
        "Gladly. Tell me your name and phone number, and a colleague calls you back today.",
    ),
    (
        "I have to move my appointment on Thursday.",
        "You can move it free of charge up to twenty four hours before. Shall I take your name?",
    ),
    ("Do you take Delta Dental?", "Yes, we accept Delta Dental, Cigna and MetLife."),
    ("Can I pay by card?", "By card, in cash, or in monthly instalments without interest."),
    (
        "A tooth broke and it hurts badly.",
        "I am sorry to hear that. We keep two appointments free every day, please come at eight.",
    ),
    ("Do you treat children?", "Yes, from the age of three, and the first visit is free."),
    ("Which doctor would I see?", "Doctor Maria Santos or Doctor James Lee."),
    ("Is there an elevator?", "Yes, from the street, and all rooms are wheelchair accessible."),
)
_THANKS: Final = ("Thank you, that was all.", "You are welcome. Goodbye.")


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One turn of a call: what was said, and what was heard of it."""

    text: str
    heard: str

    @property
    def is_interrupted(self) -> bool:
        """Whether the caller spoke before its end."""
        return self.heard != self.text


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call as it will be written.

    seconds: from its opening to its end; slowness: how long its answers take, 1.0 as usual.
    """

    call_sid: str
    caller: str
    began: datetime
    seconds: int
    lines: Sequence[TranscriptLine]
    end_reason: str
    slowness: float

    @property
    def ended(self) -> datetime:
        """When the call ended."""
        return self.began + timedelta(seconds=self.seconds)


def add_month(
    office: Office, *, now: datetime, days: int = DAYS, calls_a_day: int = CALLS_A_DAY
) -> int:
    """Write the calls of the `days` before `now`, and those of today until now.

    Existing calls are not changed, so another run only adds new ones. Returns how many calls were
    written. Raises the errors of the services; each day is one transaction.
    """
    written = 0
    for ago in reversed(range(days + 1)):
        day = (now - timedelta(days=ago)).date()
        of_day = Call.objects.filter(org=office.org, carrier_call_id__startswith=_prefix(day))
        known = set(of_day.values_list("carrier_call_id", flat=True))
        with transaction.atomic():
            for call in planned(day, calls_a_day=calls_a_day):
                if call.call_sid not in known and call.ended < now:
                    _write(office, call)
                    written += 1
    return written


def planned(day: date, *, calls_a_day: int = CALLS_A_DAY) -> Iterator[PlannedCall]:
    """The calls of a day, in order: the same on every machine."""
    drawn = random.Random(day.toordinal())
    amount = max(1, round(calls_a_day * _WEEKDAYS[day.weekday()] * drawn.uniform(0.8, 1.2)))
    hours = drawn.choices(list(_HOURS), list(_HOURS.values()), k=amount)
    moments = sorted(
        datetime.combine(day, time(hour, drawn.randrange(60), drawn.randrange(60)), UTC)
        for hour in hours
    )
    for number, began in enumerate(moments):
        lines = tuple(_conversation(drawn))
        yield PlannedCall(
            call_sid=f"{_prefix(day)}{number:020x}",
            caller=_caller(drawn),
            began=began,
            seconds=LINE_SECONDS * len(lines) + drawn.randint(2, 10),
            lines=lines,
            end_reason=drawn.choices(list(_ENDS), list(_ENDS.values()))[0],
            slowness=drawn.lognormvariate(0.0, 0.25),
        )


def _prefix(day: date) -> str:
    return f"{SID_PREFIX}{day:%Y%m%d}"


def _caller(drawn: random.Random) -> str:
    """A number that is reserved for fiction; a few of them call often."""
    return f"+1202555{100 + int(_CALLERS * drawn.random() ** 2):04}"


def _conversation(drawn: random.Random) -> Iterator[TranscriptLine]:
    yield TranscriptLine(_GREETING, _GREETING)
    if drawn.random() < 0.05:  # hangs up at the greeting
        return
    for question, answer in drawn.sample(_TOPICS, drawn.choice((1, 1, 2, 2, 3, 4))):
        yield TranscriptLine(question, question)
        is_cut = drawn.random() < 0.08
        yield TranscriptLine(
            answer, answer[: len(answer) // 2].rsplit(" ", 1)[0] if is_cut else answer
        )
    if drawn.random() < 0.6:
        for text in _THANKS:
            yield TranscriptLine(text, text)


def _write(office: Office, planned: PlannedCall) -> None:
    call = office.rings(planned.call_sid, now=planned.began, caller=planned.caller)
    for number, line in enumerate(planned.lines, start=1):
        office.says(
            call,
            number,
            line.text,
            heard=line.heard,
            interrupted=line.is_interrupted,
            began_ms=(number - 1) * LINE_SECONDS * 1000,
            lasted_ms=MS_A_CHARACTER * len(line.heard),
            slowness=planned.slowness,
        )
    said = [line.text for line in planned.lines]
    office.hangs_up(
        call,
        after=planned.seconds,
        reason=planned.end_reason,
        stt_ms=sum(MS_A_CHARACTER * len(text) for text in said[1::2]),
        llm_tokens_in=450 * len(said[2::2]),
        llm_tokens_out=sum(len(text) // 4 for text in said[2::2]),
        tts_characters=sum(map(len, said[::2])),
    )
