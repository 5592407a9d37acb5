"""A page that follows calls by static/live.js: when it reads, what it leaves alone, its rest.

The page, its answers and its clock are the test's own: nothing here waits for time to pass.
"""

import io
import wave
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from testing.services.servers import ROOT, wait_until

ORIGIN: Final = "http://desk.test"
SOUND: Final = '<audio src="/sound.wav" loop aria-label="Recording"></audio>'
# Returns when some of it has been heard.
PLAY: Final = """async (e) => {
  await e.play();
  await new Promise((done) => { e.ontimeupdate = () => e.currentTime > 0 && done(); });
}"""
NOTE: Final = '<label>Note <input id="note"></label>'
POLL_MS: Final = 3_000
LONG_MS: Final = 120_000


def region(text: str, *, is_followed: bool = True) -> str:
    """What the server answers; nothing is to be read after one that is not followed."""
    attributes = 'data-live="/part" data-socket="/news" data-soon' if is_followed else ""
    return f"<div {attributes}>{text}</div>"


def silence(seconds: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(2 * 8_000 * seconds))
    return file.getvalue()


class Desk:
    """A server with one page, and a person who has it open.

    answer: what the region is by now, None for a server that does not answer. reads: how often
    it was asked for. sockets: those that the page has opened.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answer: str | None = region("still ringing")
        self.reads = 0
        self.sockets: list[WebSocketRoute] = []
        page.route(f"{ORIGIN}/**", self._serve)
        page.route_web_socket("**/news", lambda socket: self.sockets.append(socket))
        page.clock.install(time=0)
        page.clock.pause_at(1_000)

    def shows(self, text: str) -> None:
        """Open the page."""
        first = f"<main>{region(text)}</main><script type=module src=/live.js></script>"
        self._first = f"<!doctype html><title>Desk</title>{first}"
        self.page.goto(ORIGIN)
        self.page.wait_for_function("document.readyState === 'complete'")

    def passes(self, ms: int) -> None:
        """So much of the page's time passes, and all that it has asked for then is answered."""
        self.page.clock.run_for(ms)
        self.page.evaluate("fetch('/asked').then(() => {})")

    def is_told(self) -> bool:
        """Whether the page has a socket, a moment later."""
        self.passes(1)
        return bool(self.sockets)

    def _serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path == "/part":
            self.reads += 1
            if self.answer is not None:
                route.fulfill(body=self.answer, content_type="text/html")
        elif path == "/live.js":
            route.fulfill(path=ROOT / "static" / "live.js", content_type="text/javascript")
        elif path == "/sound.wav":
            route.fulfill(body=silence(30), content_type="audio/wav")
        else:
            route.fulfill(body=self._first if path == "/" else "", content_type="text/html")


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Desk]:
    context = chromium.new_context()
    yield Desk(context.new_page())
    context.close()


def test_a_page_is_read_again_until_it_comes_to_rest(desk):
    desk.shows("ringing")
    main = desk.page.get_by_role("main")
    desk.passes(POLL_MS)
    expect(main).to_have_text("still ringing")
    desk.answer = region("settled", is_followed=False)
    desk.passes(POLL_MS)
    expect(main).to_have_text("settled")
    reads = desk.reads
    desk.passes(LONG_MS)
    assert desk.reads == reads


def test_an_answer_that_never_comes_does_not_end_the_following(desk):
    desk.shows("ringing")
    desk.answer = None
    desk.passes(POLL_MS)
    assert desk.reads == 1
    desk.answer = region("settled", is_followed=False)
    desk.passes(15_000)  # how long it is waited for
    desk.passes(10_000)  # and how long after a failure the next one is tried
    expect(desk.page.get_by_role("main")).to_have_text("settled")


def test_news_that_keep_coming_do_not_put_off_the_reading(desk):
    desk.shows("ringing")
    wait_until(desk.is_told, "the page has a socket")
    desk.reads = 0
    for _ in range(20):
        desk.sockets[0].send('{"calls": [1]}')
        desk.passes(100)
    assert desk.reads >= 5  # each 200 ms after the first that it has not seen


def test_a_sound_that_plays_is_left_alone_until_it_is_paused_and_then_kept(desk):
    desk.shows(f"settling {SOUND}")
    desk.answer = region(f"settled {SOUND}", is_followed=False)
    sound = desk.page.get_by_label("Recording")
    sound.evaluate(PLAY)
    desk.passes(LONG_MS)
    expect(desk.page.get_by_role("main")).to_have_text("settling")
    assert sound.evaluate("(e) => !e.paused")
    paused_at = sound.evaluate("(e) => { e.isOurs = true; e.pause(); return e.currentTime; }")
    assert paused_at > 0
    desk.passes(POLL_MS)
    expect(desk.page.get_by_role("main")).to_have_text("settled")
    assert sound.evaluate("(e) => e.isOurs && e.currentTime") == paused_at


def test_words_that_are_being_written_are_left_alone_until_the_writer_leaves(desk):
    desk.shows(f"settling {NOTE}")
    desk.answer = region("settled", is_followed=False)
    note = desk.page.get_by_label("Note")
    note.fill("Call back")
    desk.passes(LONG_MS)
    expect(note).to_have_value("Call back")
    note.blur()
    desk.passes(POLL_MS)
    expect(desk.page.get_by_role("main")).to_have_text("settled")


def test_an_unchanged_page_stays_as_it_is(desk):
    desk.shows("ringing")
    desk.passes(POLL_MS)
    main = desk.page.get_by_role("main")
    expect(main).to_have_text("still ringing")
    main.locator("div").evaluate("(e) => { e.isOurs = true; }")
    for _ in range(3):  # each read is ordered when the one before it was answered
        desk.passes(LONG_MS)
    assert desk.reads > 2
    assert main.locator("div").evaluate("(e) => e.isOurs === true")


def test_what_is_written_between_two_parts_stays_and_both_are_replaced(desk):
    def head(text: str) -> str:
        return f'<div id="head" data-with-live><h1>{text}</h1></div>'

    desk.answer = head("On the line") + region("said")
    desk.shows("ringing")
    desk.page.locator("[data-live]").evaluate(
        "(e, html) => e.insertAdjacentHTML('beforebegin', html)", head("Ringing") + NOTE
    )
    note = desk.page.get_by_label("Note")
    note.fill("Offer the later date")
    desk.passes(POLL_MS)
    expect(desk.page.get_by_role("heading")).to_have_text("On the line")
    expect(desk.page.locator("[data-live]")).to_have_text("said")
    expect(note).to_have_value("Offer the later date")
    expect(note).to_be_focused()
    desk.answer = head("Over") + region("settled", is_followed=False)
    desk.passes(POLL_MS)
    expect(desk.page.get_by_role("heading")).to_have_text("Over")
    expect(desk.page.get_by_role("main")).to_contain_text("settled")
    expect(note).to_have_value("Offer the later date")
