"""Converts errors of Google's SDK and of gRPC to EngineErrors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import grpc
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError

from voicex import logs
from voicex.errors import (
    EngineBusy,
    EngineError,
    EngineReason,
    EngineRefused,
    EngineTimeout,
)

DETAIL_CHARACTERS: Final = 200  # of the provider's own words, for the log
REFUSALS: Final = (
    exceptions.InvalidArgument,
    exceptions.Unauthenticated,
    exceptions.PermissionDenied,
    exceptions.NotFound,
    exceptions.FailedPrecondition,
    exceptions.MethodNotImplemented,
)


@contextmanager
def provider_errors() -> Iterator[None]:
    """A context that converts all errors of the SDK and of gRPC to EngineErrors."""
    try:
        yield
    except exceptions.DeadlineExceeded as error:
        raise EngineTimeout("google") from error
    except exceptions.ResourceExhausted as error:
        raise EngineBusy(_detail(error.message), wait_seconds=_wait_in(error)) from error
    except REFUSALS as error:
        raise EngineRefused(_detail(error.message), reason=_reason_of(error)) from error
    except exceptions.GoogleAPICallError as error:
        detail, reason = _detail(error.message), _reason_of(error)
        raise EngineError(detail, reason=reason, wait_seconds=_wait_in(error)) from error
    except grpc.aio.AioRpcError as error:
        raise EngineError(_detail(error.details())) from error
    except GoogleAuthError as error:
        raise EngineRefused(_detail(error), reason=EngineReason.KEY_REFUSED) from error


def _wait_in(error: exceptions.GoogleAPICallError) -> float | None:
    """How long Google asks us to wait, in seconds (`google.rpc.RetryInfo`); None for nothing."""
    delays = (getattr(detail, "retry_delay", None) for detail in error.details or ())
    found = [delay.seconds + delay.nanos / 1e9 for delay in delays if delay is not None]
    return max(0.0, *found) if found else None


def _reason_of(error: exceptions.GoogleAPICallError) -> EngineReason:
    if isinstance(error, exceptions.Unauthenticated | exceptions.PermissionDenied):
        return EngineReason.KEY_REFUSED
    if isinstance(error, exceptions.NotFound):
        return EngineReason.MODEL_UNKNOWN
    if isinstance(error, exceptions.ServiceUnavailable):
        return EngineReason.UNREACHABLE
    is_refused = isinstance(error, REFUSALS)
    return EngineReason.REQUEST_REFUSED if is_refused else EngineReason.FAILED


def _detail(said: object) -> str:
    return f"google: {logs.redacted(str(said))[:DETAIL_CHARACTERS]}"
