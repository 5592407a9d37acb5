"""A token bucket: a burst, then a rate."""

from voicex.bounds.token_bucket import TokenBucket


def test_a_bucket_gives_its_burst_and_then_its_rate():
    bucket = TokenBucket(rate=10, burst=20)
    assert sum(bucket.takes(0.0) for _ in range(100)) == 20
    assert sum(bucket.takes(1.0) for _ in range(100)) == 10
    assert sum(bucket.takes(1_000.0) for _ in range(100)) == 20  # no more is saved up
    assert not bucket.takes(999.0)  # a clock that goes back gives nothing


def test_what_is_beyond_a_bucket_waits_its_turn_unless_that_is_late():
    bucket = TokenBucket(rate=2, burst=1)
    waits = [bucket.wait(0.0, at_most=1.0) for _ in range(5)]
    assert waits == [0.0, 0.5, 1.0, None, None]
    assert bucket.wait(1.0, at_most=1.0) == 0.5  # those that were refused are not counted
