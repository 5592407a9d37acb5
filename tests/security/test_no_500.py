"""Whatever is sent to any route of the site, it is answered: never an error of ours."""

import socket

import pytest
from django.urls import path

from tests.security.applications import Pages, Request
from tests.security.garbage import Garbage
from tests.security.requests import requests
from tests.security.routes import Route, all_routes
from tests.security.survey import Survey
from tests.security.world import made

pytestmark = pytest.mark.slow  # sends thousands of requests drawn by chance

REQUESTS = 10  # to a route
OF_A_TABLE = 2  # to one of the many routes of a table in Django's admin


def area(route: Route) -> str:
    """The part of the site that a route belongs to."""
    parts = route.template.split("/")
    return "/".join(parts[1:3]) if parts[1] == "admin" and len(parts) > 4 else parts[1]


AREAS: dict[str, list[Route]] = {}
for each in all_routes():
    AREAS.setdefault(area(each), []).append(each)


@pytest.fixture
def pages(settings, monkeypatch) -> Pages:
    """All of Django, on a machine from which nothing else can be reached."""

    def unknown(host, *_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    settings.ACCOUNT_RATE_LIMITS = False
    return Pages()


@pytest.mark.parametrize("name", AREAS)
def test_no_request_makes_a_page_fail(cast, pages, name, request, record_property):
    seed, amount = request.config.option.fuzz_seed, request.config.option.fuzz_amount
    world, faults = made(cast), []
    targets = Survey(world, pages).of(AREAS[name])
    for template, target in targets.items():
        many = OF_A_TABLE if template.count("/") > 4 and name.startswith("admin") else REQUESTS
        garbage = Garbage(f"{seed} {template}")
        for who, wanted in requests(target, world.visitors, garbage, round(many * amount)):
            answer = pages.ask(wanted)
            if answer.is_fault:
                faults.append(f"{who}: {wanted}\n    {answer.status} {answer.error}")
    record_property(
        "security", f"{name or '/'}: {pages.asked} requests to {len(targets)} routes, seed {seed}"
    )
    assert not faults, f"--fuzz-seed={seed}\n" + "\n".join(faults)


def breaks(_request):
    raise ZeroDivisionError("of a page")


urlpatterns = [path("breaks", breaks)]


def test_a_page_that_fails_is_found(cast, pages, settings):
    settings.ROOT_URLCONF = __name__
    answer = pages.ask(Request("GET", "/breaks", headers=[(b"host", b"localhost")]))
    assert answer.is_fault
    assert "ZeroDivisionError: of a page" in answer.error
