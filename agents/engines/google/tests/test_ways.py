"""What Google's voices refused is remembered for a day, for each project."""

from agents.engines.access import Access
from agents.engines.google.ways import MAX_REFUSALS, REMEMBERED_SECONDS, RefusedWays, Way
from agents.speech.audio.first_bytes import SoundKind

PCM, MULAW = Way(SoundKind.PCM, is_streamed=True), Way(SoundKind.MULAW, is_streamed=True)
WAYS = [PCM, MULAW]
OURS = Access(), "de-DE-Neural2-A"
THEIRS = Access(key="{}", is_of_client=True), "de-DE-Neural2-A"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_refused_way_is_tried_again_after_a_day():
    clock = Clock()
    refused = RefusedWays(clock)
    refused.remember(OURS, [PCM])
    assert refused.ways_left(OURS, WAYS) == [MULAW]
    clock.now += REMEMBERED_SECONDS
    assert refused.ways_left(OURS, WAYS) == WAYS


def test_what_one_project_may_not_do_another_may():
    refused = RefusedWays(Clock())
    refused.remember(THEIRS, [PCM])
    assert refused.ways_left(OURS, WAYS) == WAYS


def test_one_way_is_always_left_and_old_refusals_are_forgotten():
    refused = RefusedWays(Clock())
    refused.remember(OURS, WAYS)
    assert refused.ways_left(OURS, WAYS) == [MULAW]
    for number in range(MAX_REFUSALS - 1):
        refused.remember((Access(), str(number)), [PCM])
    refused.remember(OURS, [MULAW])  # the newest again
    refused.remember((Access(), "one more"), [PCM])
    assert refused.ways_left(OURS, WAYS) == [PCM]
