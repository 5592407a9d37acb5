"""The price of a frame and of a call, counted and not timed, so that a busy machine agrees."""

import sys
from types import FrameType
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.frame import frames, reader
from benchmarks.settlement import steps
from usage import settlement
from usage.models import Call
from usage.tests.scene import NOW, Scene

FRAMES = 800  # 500 windows of voice activity

# decode, take, count, on_frame, session, apply, cascade, ear, listener, and the properties
# and constructors among them: 16.5 today. Each call costs some 0.1 us and a hundred callers
# send 5,000 frames a second; what is worth more than three of them is worth a look.
MAX_PYTHON_CALLS_PER_FRAME = 20
# Objects that outlive their frame are a leak: an hour of a call has 180,000 frames.
MAX_BLOCKS_KEPT_PER_FRAME = 0.05
# Statements of a call of two turns from webhook to settlement, BEGIN and COMMIT included:
# 38 today. At 300 settlements a second each is 300 round trips.
MAX_STATEMENTS_PER_CALL = 40


async def test_a_frame_takes_few_python_calls_and_leaves_nothing_behind():
    read, messages = reader(), frames(FRAMES)
    for message in messages[:100]:  # what is made once is made
        read(message)
    called = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        for message in messages:
            read(message)
    finally:
        sys.setprofile(None)
    assert called / FRAMES <= MAX_PYTHON_CALLS_PER_FRAME

    blocks = sys.getallocatedblocks()
    for message in messages:
        read(message)
    assert (sys.getallocatedblocks() - blocks) / FRAMES <= MAX_BLOCKS_KEPT_PER_FRAME


@pytest.mark.django_db(transaction=True)
def test_a_call_takes_few_statements_from_webhook_to_ledger():
    taken = {}
    for name, step in steps(Scene()):
        with CaptureQueriesContext(connection) as captured:
            step()
        taken[name] = len(captured)
    with CaptureQueriesContext(connection) as captured:
        assert settlement.settle(Call.objects.get().pk, now=NOW)
    taken["settle"] = len(captured) - 1  # one of them was the test's own
    assert sum(taken.values()) <= MAX_STATEMENTS_PER_CALL, taken
