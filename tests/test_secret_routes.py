"""A secret in a path is declared where it is routed, and appears in no log."""

import io
import logging
import re
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver, include, path, re_path, reverse

from telephony.management.commands import secret_routes
from voicex.asgi import socket_routes
from voicex.logs import REDACTED, redacted
from voicex.web.routes import collect, with_secrets

TOKEN = "MQ:1xXIjm:egQYtoken"
# Names of parameters that are rights, whichever library routes them.
RIGHTS = {"token", "key", "uidb36", "uidb64", "link", "code", "ticket", "secret", "signature"}
ADDRESSES = [
    reverse("telephony:after", args=[TOKEN]),
    reverse("telephony:stream-status", args=[TOKEN]),
    reverse("telephony:dialed", args=[TOKEN]),
    reverse("telephony:person", args=[TOKEN]),
    reverse("telephony:key", args=[TOKEN]),
    reverse("dashboard:join", args=[TOKEN]),
    reverse("dashboard:recording_audio", args=["abc123", "CA1", TOKEN]),
    reverse("account_confirm_email", args=[TOKEN]),
    reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": TOKEN}),
    f"/api/twilio/stream/{TOKEN}",
]


def written(routes, before=""):
    """The whole pattern of every route."""
    for each in routes:
        pattern = before + str(each.pattern).removeprefix("^")
        if isinstance(each, URLResolver):
            yield from written(each.url_patterns, pattern)
        else:
            yield pattern


def test_every_route_with_a_right_in_it_is_declared():
    declared = secret_routes.declared().paths
    patterns = [*written(get_resolver().url_patterns), *written(socket_routes)]
    holding = [p for p in patterns if RIGHTS & set(re.findall(r"(?:<|:)(\w+)>", p))]
    assert len(holding) >= 6
    for pattern in holding:
        assert any(re.match(each, f"/{pattern}") for each in declared), pattern


def test_what_is_committed_is_what_the_declarations_generate():
    call_command("secret_routes")


def test_a_new_declaration_makes_what_is_committed_stale(monkeypatch):
    more = collect([with_secrets(path("door/<token>/", HttpResponse), "token")])
    monkeypatch.setattr(secret_routes, "declared", lambda: more)
    with pytest.raises(CommandError, match=r"Run: manage\.py secret_routes --write"):
        call_command("secret_routes")


def test_declarations_are_found_below_includes_and_in_any_kind_of_route():
    inner = [
        path("plain/<int:number>/", HttpResponse),
        re_path(r"^reset/(?P<uid>[0-9A-Za-z]+)-(?P<key>.+)/$", HttpResponse),
    ]
    found = collect(
        [
            with_secrets(path("a/<org_id>/", include(inner)), "uid", "key"),
            with_secrets(path("hook", HttpResponse), in_query=True),
            with_secrets(re_path(r"^stream(/|$)", HttpResponse), in_rest=True),
        ]
    )
    assert found.paths == ("/a/[^/]+/reset/", "/stream/")
    assert found.queries == ("/hook",)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("encode", [str, lambda text: quote(text, safe="")], ids=["", "quoted"])
def test_no_log_line_keeps_what_follows_a_secret_route(address, encode):
    line = redacted(f"Not Found: {encode(address)} 404")
    assert "egQY" not in line
    assert line.endswith(f"{REDACTED} 404")


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_access_log_of_nginx_leaves_it_out_too(address):
    config = (secret_routes.Path(__file__).parent.parent / "docker/nginx.conf").read_text()
    patterns = re.findall(r'"~(\S+)" "\$\{route\}\[redacted\]"', config)
    found = [re.match(each.replace("(?<", "(?P<"), address) for each in patterns]
    [route] = [each["route"] for each in found if each]
    assert "egQY" not in route


def test_a_route_without_a_secret_is_logged_whole():
    line = "Not Found: /o/abc123/calls/CA1/recording/ and /accounts/password/reset/"
    assert redacted(line) == line


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_a_refused_request_shows_no_token_in_the_log(db, address, method):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(handler)
    try:
        visitor = Client(enforce_csrf_checks=True, raise_request_exception=False)
        assert getattr(visitor, method)(address).status_code
    finally:
        logging.getLogger().removeHandler(handler)
    assert "egQY" not in stream.getvalue()
