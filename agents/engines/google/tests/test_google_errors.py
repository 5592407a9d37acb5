"""Errors of Google's SDK as ours."""

import pytest
from google.api_core import exceptions
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo

from agents.engines.google.errors import provider_errors
from voicex.errors import EngineBusy, EngineError

HALF = RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000))


@pytest.mark.parametrize(
    ("kind", "details", "seconds"),
    [
        (exceptions.ResourceExhausted, (ErrorInfo(reason="QUOTA"), HALF), 1.5),
        (exceptions.ServiceUnavailable, (HALF,), 1.5),
        (exceptions.ResourceExhausted, (RetryInfo(retry_delay=Duration(seconds=-1)),), 0),
        (exceptions.ResourceExhausted, (), None),
    ],
)
def test_how_long_to_wait_is_told(kind, details, seconds):
    with pytest.raises(EngineError) as caught, provider_errors():
        raise kind("try later", details=details)
    assert caught.value.wait_seconds == seconds
    assert isinstance(caught.value, EngineBusy) == (kind is exceptions.ResourceExhausted)
