"""Turns by sender: who floods waits for themselves."""

import pytest

from voicex.bounds.fair_queue import FairQueue


def filled(*senders: str, at_once: int = 9) -> FairQueue[str]:
    """One thing of each of these, in this order: "a1" is the first of "a"."""
    queue: FairQueue[str] = FairQueue(at_once=at_once)
    for at, sender in enumerate(senders):
        queue.add(sender, f"{sender}{senders[: at + 1].count(sender)}")
    return queue


def taken(queue: FairQueue[str]) -> list[str]:
    return list(iter(queue.take, None))


def test_a_sender_of_one_waits_for_no_more_than_a_turn_of_each_other():
    assert taken(filled(*"aaaaabc")) == ["a1", "b1", "c1", "a2", "a3", "a4", "a5"]
    assert len(filled(*"aab")) == 3


def test_of_one_sender_only_so_many_are_under_way():
    queue = filled(*"aaab", at_once=2)
    assert taken(queue) == ["a1", "b1", "a2"]
    queue.done("b")
    assert queue.take() is None
    queue.done("a")
    assert queue.take() == "a3"
    assert len(queue) == 0


@pytest.mark.parametrize(
    ("senders", "dropped"), [("aaab", "a3"), ("aabb", "b2"), ("abc", "c1"), ("a", "a1")]
)
def test_who_has_most_waiting_loses_the_latest(senders, dropped):
    queue = filled(*senders)
    assert queue.drop(senders[-1]) == dropped
    assert len(queue) == len(senders) - 1
    assert dropped not in taken(queue)


def test_who_is_trusted_least_loses_first_however_little_waits():
    queue: FairQueue[str] = FairQueue(at_once=9, least="?")
    for sender, item in (("a", "a1"), ("?", "?1"), ("a", "a2"), ("?", "?2"), ("a", "a3")):
        queue.add(sender, item)
    assert [queue.drop("a") for _ in range(3)] == ["?2", "?1", "a3"]


def with_parts(*added: str) -> FairQueue[str]:
    """One thing of each of these parts: "a2" is of the part "2" of "a"."""
    queue: FairQueue[str] = FairQueue(at_once=9)
    for name in added:
        queue.add(name[0], name, part=name[1])
    return queue


def test_a_sender_gets_no_more_by_having_many_parts():
    queue = with_parts("a1", "a1", "a2", "a3", "b1")
    assert taken(queue) == ["a1", "b1", "a2", "a3", "a1"]


@pytest.mark.parametrize(
    ("added", "dropped"),
    [
        ("a1 a2 a3 b1", "a3"),  # the newcomer is the only one of its sender
        ("a1 a2 a1 b1", "a1"),
        ("a1 a2 b1 b2", "b2"),
        ("a1 a2 a3 a2 a1", "a1"),
    ],
)
def test_who_has_many_parts_loses_and_of_those_the_one_with_most(added, dropped):
    queue = with_parts(*added.split())
    newcomer = added.split()[-1]
    first, left = queue.drop(newcomer[0], part=newcomer[1]), len(queue)
    assert (first, left) == (dropped, len(added.split()) - 1)
    assert len(taken(queue)) == left
