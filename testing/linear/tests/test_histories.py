"""Which histories an order explains, of a register that is written and read."""

from testing.linear.histories import Operation, as_text, is_linear


def step(state, operation):
    if operation.name == "write":
        return None, operation.about[0]
    return state, state


def write(process, value, began, ended):
    return Operation(process, "write", (value,), began, ended)


def read(process, value, began, ended):
    return Operation(process, "read", (), began, ended, value)


def test_what_overlaps_may_have_been_in_either_order():
    for seen in (0, 1):
        assert is_linear([write(0, 1, 1, 9), read(1, seen, 2, 8)], 0, step)


def test_what_has_ended_is_seen():
    assert not is_linear([write(0, 1, 1, 2), read(1, 0, 3, 4)], 0, step)


def test_nobody_goes_back_to_an_older_value():
    history = [write(0, 1, 1, 20), read(1, 1, 2, 4), read(2, 0, 5, 6)]
    assert not is_linear(history, 0, step)
    assert is_linear([*history[:2], read(2, 1, 5, 6)], 0, step)


def test_what_was_never_answered_may_have_been_done_then_later_or_never():
    lost = write(0, 1, 1, None)
    assert is_linear([lost], 0, step)
    assert is_linear([lost, read(1, 0, 5, 6)], 0, step)
    assert is_linear([lost, read(1, 0, 5, 6), read(1, 1, 7, 8)], 0, step)
    assert not is_linear([lost, read(1, 1, 5, 6), read(1, 0, 7, 8)], 0, step)
    assert not is_linear([read(1, 1, 5, 6), write(0, 1, 7, None)], 0, step)


def test_a_history_can_be_read():
    text = as_text([write(0, 1, 0, None), read(1, 0, 2_000_000, 3_500_000)])
    assert text.splitlines() == [
        "0.0 to ?: process 0: write(1,) never answered",
        "2.0 to 3.5: process 1: read() -> 0",
    ]
