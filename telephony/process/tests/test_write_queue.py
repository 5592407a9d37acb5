"""The jobs that wait for the thread that writes."""

import threading

from telephony.process.write_queue import Among, WriteQueue
from testing.guard import GUARD_SECONDS


def jobs(*names):
    """Jobs that can be told apart: each returns its name."""
    return [lambda name=name: name for name in names]


def test_jobs_come_out_in_the_order_in_which_they_went_in():
    queue = WriteQueue(10)
    for job in jobs(*"abc"):
        queue.put(job)
    assert [job() for job in queue.take(2)] == ["a", "b"]
    assert [job() for job in queue.take(2)] == ["c"]


def test_a_record_that_waits_twice_is_written_in_its_newest_form_and_place():
    queue = WriteQueue(10)
    old, between, new = jobs("old", "between", "new")
    queue.put(old, newest_of="turn 1")
    queue.put(between, newest_of="turn 2")
    queue.put(new, newest_of="turn 1")
    assert [job() for job in queue.take(9)] == ["between", "new"]


def test_a_record_keeps_its_place_where_none_behind_it_may_be_written_before():
    queue = WriteQueue(2)
    old, behind, new = jobs("old", "behind", "new")
    queue.put(old, newest_of="turn 1")
    queue.put(behind)
    assert queue.put(new, newest_of="turn 1", keeps_place=True)
    assert [job() for job in queue.take(9)] == ["new", "behind"]


def test_a_record_that_is_being_written_is_written_again():
    queue = WriteQueue(10)
    first, second = jobs("first", "second")
    queue.put(first, newest_of="turn 1")
    assert queue.take(9) == [first]
    queue.put(second, newest_of="turn 1")
    assert queue.take(9) == [second]


def test_a_full_queue_still_takes_a_newer_form_of_what_is_in_it():
    queue = WriteQueue(1)
    old, new, other = jobs("old", "new", "other")
    assert queue.put(old, newest_of="turn 1")
    assert queue.put(new, newest_of="turn 1")
    assert not queue.put(other, newest_of="turn 2")
    assert not queue.put(other)
    assert queue.take(9) == [new]


def test_a_job_that_is_apart_is_not_taken_together_with_one_before_it():
    queue = WriteQueue(10)
    before, apart, behind, again = jobs("before", "apart", "behind", "again")
    queue.put(before)
    queue.put(apart, is_apart=True)
    queue.put(behind)
    queue.put(again, is_apart=True)
    assert queue.take(9) == [before]
    assert queue.take(9) == [apart, behind]
    assert queue.take(9) == [again]


def test_a_closed_queue_gives_what_waits_and_then_nothing():
    queue = WriteQueue(10)
    (job,) = jobs("a")
    queue.put(job)
    queue.close()
    assert queue.take(9) == [job]
    assert queue.take(9) == []


def test_a_waiting_thread_is_woken_by_the_end():
    queue = WriteQueue(10)
    taken = []
    thread = threading.Thread(target=lambda: taken.append(queue.take(9)))
    thread.start()
    queue.close()
    thread.join(GUARD_SECONDS)
    assert taken == [[]]


class Clock:
    """Seconds, moved on by the test."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_job_for_a_later_moment_is_taken_then_alone_and_first():
    queue = WriteQueue(10, clock=(clock := Clock()))
    before, timed, sooner, behind = jobs("before", "timed", "sooner", "behind")
    queue.put(before)
    queue.put_later(timed, seconds=5)
    queue.put_later(sooner, seconds=4)
    queue.put(behind)
    assert len(queue) == 2
    assert queue.take(1) == [before]
    clock.now += 5
    assert queue.take(9) == [sooner]
    assert queue.take(9) == [timed]
    assert queue.take(9) == [behind]


def test_a_job_is_not_taken_before_its_moment_however_long_that_is_waited_for():
    queue = WriteQueue(10)
    timed, now = jobs("timed", "now")
    queue.put_later(timed, seconds=3600)
    taken = []
    thread = threading.Thread(target=lambda: taken.append(queue.take(9)))
    thread.start()
    queue.put(now)
    thread.join(GUARD_SECONDS)
    assert taken == [[now]]


def test_a_waiting_thread_wakes_for_a_timed_job():
    queue = WriteQueue(10)
    (timed,) = jobs("timed")
    taken = []
    thread = threading.Thread(target=lambda: taken.append(queue.take(9)))
    thread.start()
    queue.put_later(timed, seconds=0.001)
    thread.join(GUARD_SECONDS)
    assert taken == [[timed]]


def test_a_closed_queue_returns_timed_jobs_at_once_and_refuses_new_ones():
    queue = WriteQueue(10)
    timed, late = jobs("timed", "late")
    assert queue.put_later(timed, seconds=3600)
    queue.close()
    assert not queue.put_later(late, seconds=0)
    assert queue.take(9) == [timed]
    assert queue.take(9) == []


def test_a_job_waits_for_those_that_come_soon_after_it():
    queue = WriteQueue(10, gather_seconds=GUARD_SECONDS)
    first, second, third = jobs(*"abc")
    taken = []
    taker = threading.Thread(target=lambda: taken.extend(queue.take(3)))
    taker.start()
    queue.put(first)
    queue.put(second)
    taker.join(0.05)
    assert not taken
    queue.put(third, is_urgent=True)
    taker.join(GUARD_SECONDS / 2)
    assert taken == [first, second, third]


def test_nothing_is_waited_for_longer_than_it_takes_to_gather():
    queue = WriteQueue(10, gather_seconds=0.01)
    [only] = jobs("only")
    queue.put(only)
    assert queue.take(9) == [only]


def test_as_many_as_may_be_taken_wait_for_no_other():
    queue = WriteQueue(10, gather_seconds=2 * GUARD_SECONDS)
    first, second = jobs(*"ab")
    queue.put(first)
    queue.put(second)
    assert queue.take(2) == [first, second]


def test_of_few_about_the_same_those_that_give_way_go_first_and_then_the_oldest():
    queue = WriteQueue(10)

    def put(job, *, gives_way, about="line"):
        return queue.put(job, newest_of=job, among=Among(about, 2, gives_way=gives_way))

    sure, sure_too, unsure, other = jobs(*"abcd")
    assert put(sure, gives_way=False)
    assert put(unsure, gives_way=True)
    assert not put(other, gives_way=True)
    assert put(other, gives_way=True, about="another line")
    assert put(sure_too, gives_way=False)
    assert queue.waiting() == [sure, other, sure_too]
    assert put(sure, gives_way=False)  # again, and the newest
    assert put(unsure, gives_way=False)
    assert queue.take(9) == [other, sure, unsure]
    assert put(sure_too, gives_way=True)  # of those that were taken none is counted
    assert put(sure, gives_way=True)
