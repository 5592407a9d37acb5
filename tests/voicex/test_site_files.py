"""What is asked for at the root of any site."""

from django.contrib.staticfiles import finders
from django.test import Client

from testing.office import browser_of


def test_the_icon_is_found_at_its_usual_address():
    answer = Client().get("/favicon.ico")
    assert answer.status_code == 302
    assert finders.find(answer.url.removeprefix("/static/"))
    assert "public" in answer.headers["Cache-Control"]


def test_search_engines_may_read_the_first_page_and_the_handbook(cast):
    answer = browser_of(cast.alice).get("/robots.txt")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.splitlines() == [
        "User-agent: *",
        "Allow: /$",
        "Allow: /docs/",
        "Disallow: /",
    ]
    assert Client().post("/robots.txt").status_code == 405
