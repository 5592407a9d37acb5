"""The composition root: handed to each connection, and available nowhere else."""

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from telephony.process.runtime import STATE, runtime_behind, runtime_of
from testing.calls.served import media_process
from voicex.errors import ConfigurationError


@pytest.fixture
def runtime(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    with media_process() as runtime:
        yield runtime


def test_a_connection_has_the_runtime_that_its_server_was_started_with(runtime):
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [],
        "state": {STATE: runtime},
    }
    assert runtime_of(scope) is runtime
    assert runtime_behind(ASGIRequest(scope, None)) is runtime


@pytest.mark.parametrize("scope", [{}, {"state": {}}, {"state": {STATE: None}}])
def test_a_server_that_has_started_nothing_is_told_what_is_missing(scope):
    with pytest.raises(ConfigurationError, match=r"python -m voicex\.server"):
        runtime_of(scope)


def test_a_request_outside_of_a_server_has_none():
    assert runtime_behind(RequestFactory().post("/")) is None
