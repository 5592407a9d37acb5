"""The fixed sentences of one language, as a type."""

from collections.abc import Mapping
from dataclasses import dataclass

from voicex.reasons.attempts import AttemptReason


@dataclass(frozen=True, slots=True)
class Phrases:
    """The sentences, short and speakable.

    Those that the session says are rendered once a voice and kept (see
    `agents.engines.cascade.clips`), so a provider that fails later cannot silence them; `waiting`:
    what a caller hears who waits for an answer, in this order, never one twice in a row;
    `listening`: what one hears who tells a long story, in the same way;
    `still_there`: what one hears who says nothing, and `unanswered` one who still says nothing;
    `cut_off`: before the rest of a reply, when the line was lost for a moment, and `cut_off_saying`
    when the caller had the word.

    `putting_through`: before a transfer, and `nobody_answered` when the caller comes back from one.

    Those that the carrier says in its own voice: `lost` and `ended` after a stream, `declines` in
    the place of one, by the reason in the attempt log; `{why}` in that of a suspension is where
    the operator's reason goes. `no_way_back`: after a transfer that nobody took, where no agent can
    take the caller back. `announced` and `press_to_take`: to a person to whom a caller is put
    through, before they are connected; `{target}` is whom the caller wants. carrier_language: the
    voice's, as Twilio's `<Say>` names it; "" for its default, English.
    """

    say_again: str
    trouble: str
    still_trouble: str
    broke_off: str
    go_on: str
    giving_up: str
    goodbye: str
    time_is_up: str
    restarting: str
    waiting: tuple[str, ...]
    listening: tuple[str, ...]
    still_there: tuple[str, str]
    unanswered: str
    take_your_time: str
    interrupting: str
    almost_over: str
    putting_through: str
    nobody_answered: str
    cut_off: str
    cut_off_saying: str

    carrier_language: str
    lost: str
    ended: str
    no_way_back: str
    announced: str
    press_to_take: str
    in_line: str
    next_in_line: str
    place_in_line: str
    declines: Mapping[AttemptReason, str]

    def all(self) -> tuple[str, ...]:
        """Every sentence of the session, for rendering ahead; needed soonest comes first.

        `listening` is left out: few agents say any of it.
        """
        return (
            self.waiting[0],
            self.say_again,
            self.trouble,
            self.still_trouble,
            self.broke_off,
            *self.waiting[1:],
            self.giving_up,
            self.goodbye,
            self.time_is_up,
            self.go_on,
            self.restarting,
            *self.still_there,
            self.unanswered,
            self.take_your_time,
            self.interrupting,
            self.almost_over,
            self.putting_through,
            self.nobody_answered,
            self.cut_off_saying,
        )
