"""Which stage is blamed for a slow answer."""

import pytest

from agents.engines.events import Stage
from dashboard.calls.slowness import REMEDIES, USUAL_MS, slowest_stage

USUAL = {"endpoint": 300, "stt": 350, "llm": 800, "tts": 950, "sent": 960, "mark": 1_100}


@pytest.mark.parametrize("latency", [{}, USUAL, {"sent": 1_150}, {"endpoint": 1_100}])
def test_an_answer_that_was_not_slow_has_nothing_to_explain(latency):
    late = slowest_stage(latency)
    assert late is None


@pytest.mark.parametrize("stage", list(Stage))
def test_the_stage_that_took_most_above_its_usual_time_is_blamed(stage):
    stages = list(Stage)
    late = {
        each.value: USUAL[each.value] + (2_000 if stages.index(each) >= stages.index(stage) else 0)
        for each in stages
    }
    found = slowest_stage(late)
    assert found is not None
    assert found.stage is stage
    assert found.own_ms > found.usual_ms + 1_000
    assert found.remedy == REMEDIES[stage]


def test_a_wait_that_many_stages_share_blames_none_of_them():
    reached, latency = 0, {}
    for stage, usual in USUAL_MS.items():
        reached += usual
        latency[stage.value] = reached
    assert slowest_stage(latency) is None


def test_names_that_are_no_stage_are_passed_over():
    assert slowest_stage({"lunch": 60_000}) is None
