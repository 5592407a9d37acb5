"""The simulation itself: what it finds, how it makes that shorter, and that it has it again."""

import asyncio
from functools import partial

import pytest

from testing.simulation import together
from testing.simulation.choices import Choices, decoded, encoded
from testing.simulation.explore import ScheduleFailed, explore, sweep
from testing.simulation.loop import SimulatedLoop, Stuck, begin, run
from testing.simulation.scenarios import SCENARIOS
from testing.simulation.shrinking import shrunk
from testing.simulation.together import Failed, explore_together, part_of, shared_out


@pytest.mark.parametrize("values", [[], [1], [0, 0, 5], [300, 0, 0, 1, 2], [0] * 500 + [128]])
def test_a_token_has_the_choices(values):
    assert decoded(encoded(values)) == values


@pytest.mark.parametrize("token", ["AQ", "gICA", "____"])
def test_no_token_is_refused(token):
    with pytest.raises(ValueError, match="no replay token"):
        decoded(token)


def test_choices_of_a_seed_are_had_again():
    drawn = Choices(seed="7")
    assert [drawn.pick(9, odds=0.5) for _ in range(50)] == drawn.taken
    again = Choices(drawn.taken)
    assert [again.pick(9) for _ in range(50)] == drawn.taken
    assert again.pick(9) == 0


def test_shrinking_leaves_what_it_takes():
    tried = []

    def fails(values):
        tried.append(values)
        return sum(values[10:20]) >= 5

    assert sum(shrunk([3] * 100, fails)) == 5
    assert len(tried) < 600


async def _check_then_act(loop):
    """A lost update: two tasks add to a number that they have read before they wait."""
    number = 0

    async def add():
        nonlocal number
        before = number
        if loop.choices.happens(0.3):
            await asyncio.sleep(1)
        number = before + 1

    await asyncio.gather(*(add() for _ in range(3)))
    assert number == 3


def _race(choices):
    loop = SimulatedLoop(choices)
    run(loop, _check_then_act(loop))
    return "done"


def test_a_race_is_found_shortened_and_had_again():
    with pytest.raises(ScheduleFailed) as found:
        explore("race", _race, schedules=100, seed="1")
    name, token = found.value.token.split(":")
    assert name == "race"
    assert sum(map(bool, decoded(token))) == 1
    with pytest.raises(AssertionError):
        _race(Choices.of(token))
    assert "VOICEX_REPLAY=race:" in str(found.value)


def test_time_is_virtual_and_a_task_that_nobody_wakes_is_noticed():
    async def sleeps(loop):
        await asyncio.sleep(3_600)
        return loop.time()

    loop = SimulatedLoop(Choices())
    assert run(loop, sleeps(loop)) == 3_600
    with pytest.raises(Stuck):
        run(SimulatedLoop(Choices()), asyncio.Event().wait())


@pytest.mark.parametrize(("fault", "came_to"), [("none", 5), ("kill", 2), ("freeze", 5)])
def test_a_process_dies_or_stands_still_at_a_step(fault, came_to):
    steps = []

    async def works():
        for _ in range(5):
            await asyncio.sleep(1)
            steps.append(loop.time())

    async def world():
        task = begin("process", works(), name="work")
        await asyncio.sleep(60)
        return task.done()

    def after_step(process, number):
        if number == 3 and fault == "kill":
            loop.kill(process)
        elif number == 3 and fault == "freeze":
            loop.freeze(process, 30)

    loop = SimulatedLoop(Choices())
    loop.after_step = after_step
    assert run(loop, world()) == (fault != "kill")
    assert len(steps) == came_to
    assert (steps[-1] > 30) == (fault == "freeze")


def test_every_beginning_is_gone_through():
    def fails_at_seven(choices):
        assert choices.pick(10) != 7
        return "done"

    with pytest.raises(ScheduleFailed, match="after 8 schedules"):
        sweep("steps", fails_at_seven, ([number] for number in range(10)))
    assert sweep("steps", fails_at_seven, ([number] for number in range(7))).runs == 7


def test_a_thread_is_refused():
    async def asks(loop):
        await loop.run_in_executor(None, print)

    loop = SimulatedLoop(Choices())
    with pytest.raises(AssertionError, match="thread"):
        run(loop, asks(loop))


def test_the_order_of_tasks_in_a_set_is_the_same_each_time():
    async def world():
        tasks = {asyncio.create_task(asyncio.sleep(0), name=str(number)) for number in range(40)}
        names = [task.get_name() for task in tasks]
        await asyncio.wait(tasks)
        return names

    orders = {tuple(run(SimulatedLoop(Choices()), partial(world)())) for _ in range(3)}
    assert len(orders) == 1


def test_each_number_of_each_scenario_is_run_by_one_process():
    wanted = {"one": 10, "other": 3}
    parts = [list(part_of(wanted, number, 2)) for number in range(2)]
    expected = [(name, at) for name, count in wanted.items() for at in range(count)]
    assert sorted(parts[0] + parts[1]) == sorted(expected)
    assert abs(len(parts[0]) - len(parts[1])) <= 2
    latest = [each for number in range(2) for each in part_of(wanted, number, 2, after=0.7)]
    assert sorted(latest) == [("one", 7), ("one", 8), ("one", 9), ("other", 2)]
    assert sum(shared_out(tuple(SCENARIOS), 1_160).values()) == 1_160


def test_processes_together_find_what_one_finds(monkeypatch):
    def draws(choices):
        return str(choices.pick(3))

    monkeypatch.setattr(together, "SCENARIOS", {"draws": draws})
    told = []
    found = explore_together({"draws": 60}, seed="7", processes=2, progress=told.append)
    assert found["draws"].outcomes == explore("draws", draws, schedules=60, seed="7").outcomes
    assert told[-1]["draws"].runs == 60


def test_a_failure_in_one_of_the_processes_ends_them_all(monkeypatch):
    monkeypatch.setattr(together, "SCENARIOS", {"race": _race})
    with pytest.raises(Failed, match="VOICEX_REPLAY=race:"):
        explore_together({"race": 100_000}, seed="1", processes=2)
