"""Who has a place while a socket has proven its right and has not begun."""

from telephony.admission.pending_sockets import PendingSockets


def test_the_oldest_makes_room_when_all_places_are_taken() -> None:
    pending, evicted = PendingSockets(most=2, most_of_one=2), []
    for name in ("first", "second", "third"):
        assert pending.enter(name, lambda name=name: evicted.append(name))
    assert evicted == ["first"]
    assert len(pending) == 2


def test_one_proof_has_its_share_and_no_more_until_a_socket_leaves() -> None:
    pending, evicted = PendingSockets(most=3, most_of_one=1), []
    place = pending.enter("ticket", lambda: evicted.append("ticket"))
    assert place is not None
    assert pending.enter("ticket", lambda: None) is None
    assert evicted == []  # the refused one takes nothing away
    pending.leave(place)
    assert pending.enter("ticket", lambda: None) is not None


def test_a_place_is_released_once_after_an_eviction_or_leave() -> None:
    pending = PendingSockets(most=1, most_of_one=2)
    first = pending.enter("ticket", lambda: None)
    second = pending.enter("ticket", lambda: None)
    assert first is not None
    assert second is not None
    pending.leave(first)  # evicted by now: its end comes later
    assert len(pending) == 1
    pending.leave(second)
    pending.leave(second)
    assert len(pending) == 0
    # Neither was counted down twice: the share is what it was.
    assert pending.enter("ticket", lambda: None) is not None


def test_one_that_leaves_gives_back_its_own_share_only() -> None:
    pending = PendingSockets(most=4, most_of_one=2)
    first, second = (pending.enter("ticket", lambda: None) for _ in range(2))
    assert first is not None
    assert second is not None
    pending.leave(first)
    assert pending.enter("ticket", lambda: None) is not None
    assert pending.enter("ticket", lambda: None) is None
