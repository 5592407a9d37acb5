"""What the page does when the browser takes the microphone away in the middle of a call.

The page's panel and scripts as they are, in a real browser; the server is played by the test.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Page, WebSocketRoute, expect

from accounts.models import Organization
from agents.models import Agent
from dashboard.templatetags.voicex_try import try_panel

# Each context and microphone that the page opens, for the test to take away.
WATCHED: Final = """
window.contexts = [];
window.AudioContext = class extends AudioContext {
  constructor(...options) { super(...options); window.contexts.push(this); }
};
window.tracks = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (window.refusal) throw new DOMException("no", window.refusal);
  const stream = await ask(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
window.become = (thing, changes, event) => {
  for (const [name, value] of Object.entries(changes)) {
    Object.defineProperty(thing, name, { get: () => value, configurable: true });
  }
  thing.dispatchEvent(new Event(event));
};
"""


SCRIPTS: Final = {f"/static/{file.name}" for file in (settings.BASE_DIR / "static").glob("*.js")}


class Pages(BaseHTTPRequestHandler):
    """The page, its scripts, and the ticket of a call."""

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(_panel(), "text/html; charset=utf-8")
        elif self.path in SCRIPTS:
            file = settings.BASE_DIR / self.path.removeprefix("/")
            self._answer(file.read_text(), "text/javascript")
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        self._answer(json.dumps({"ticket": "t", "call_url": "/call"}), "application/json")

    def _answer(self, text: str, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_args: object) -> None:
        """Nothing on the console."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Server:
    """The other end of the call: counts the sound that comes."""

    def __init__(self) -> None:
        self.socket: WebSocketRoute | None = None
        self.sound: list[bytes] = []
        self.told: list[dict[str, Any]] = []

    def connect(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        socket.on_message(self._take)

    def _take(self, message: str | bytes) -> None:
        assert self.socket is not None
        if isinstance(message, bytes):
            self.sound.append(message)
            return
        self.told.append(json.loads(message))
        if self.told[-1]["event"] == "start":
            self.socket.send(json.dumps({"event": "started"}))
            self.socket.send(json.dumps({"event": "state", "state": "listening"}))
        elif self.told[-1]["event"] == "stop":
            self.socket.send(json.dumps({"event": "ended", "reason": "stop"}))

    def seconds_of_sound(self) -> float:
        return sum(map(len, self.sound)) / 32_000


def _panel() -> str:
    org = Organization(public_id="a" * 12)
    agent = Agent(public_id="b" * 12, name="Ann")
    panel = render_to_string(
        "dashboard/try_panel.html", try_panel({"org": org, "csrf_token": "x"}, agent)
    )
    return f'<main>{panel}</main><script src="/static/try_it.js" type="module"></script>'


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def page(chromium, origin: str, server: Server) -> Iterator[Page]:
    """A member in the middle of a call by microphone."""
    context = chromium.new_context(permissions=["microphone"])
    page = context.new_page()
    page.clock.install()
    page.add_init_script(WATCHED)
    page.route_web_socket("**/api/browser/stream", server.connect)
    page.goto(f"{origin}/")
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_text("It is your turn")).to_be_visible()
    page.wait_for_function("contexts.some((each) => each.state === 'running')")
    yield page
    context.close()


def notice(page: Page):
    return page.get_by_role("alert").filter(has=page.get_by_role("button", name="Continue"))


# contexts[0] and tracks[0] are the microphone's.
TAKEN: Final = {
    "a phone call": (
        "become(contexts[0], {state: 'interrupted'}, 'statechange')",
        "paused your microphone",
    ),
    "the page in the background": ("contexts[0].suspend()", "paused your microphone"),
    "another program": ("become(tracks[0], {muted: true}, 'mute')", "another program"),
    "an unplugged headset": ("become(tracks[0], {readyState: 'ended'}, 'ended')", "unplugged"),
}


@pytest.mark.parametrize("by", TAKEN)
def test_the_page_says_in_words_what_took_the_microphone(page, by):
    taking, words = TAKEN[by]
    page.evaluate(f"void {taking}")
    page.clock.run_for(500)
    expect(notice(page)).to_contain_text(words)


@pytest.mark.parametrize(
    ("taking", "giving"),
    [
        (
            "become(contexts[0], {state: 'interrupted'}, 'statechange')",
            "become(contexts[0], {state: 'running'}, 'statechange')",
        ),
        (
            "become(tracks[0], {muted: true}, 'mute')",
            "become(tracks[0], {muted: false}, 'unmute')",
        ),
    ],
)
def test_the_words_go_when_the_microphone_comes_back_by_itself(page, taking, giving):
    page.evaluate(taking)
    expect(notice(page)).to_be_visible()
    page.evaluate(giving)
    expect(notice(page)).to_be_hidden()


def test_the_server_gets_silence_so_that_the_call_continues(page, server):
    page.evaluate("void contexts[0].suspend()")
    page.wait_for_function("contexts[0].state === 'suspended'")
    server.sound.clear()
    for _second in range(20):
        page.clock.run_for(1_000)
    expect(notice(page)).to_be_visible()
    assert 15 < server.seconds_of_sound() < 25
    assert not any(map(any, server.sound[-50:]))
    assert [each["event"] for each in server.told] == ["start"]


def test_a_person_who_presses_continue_is_heard_again(page, server):
    page.evaluate("void contexts[0].suspend()")
    page.clock.run_for(1_000)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_function("contexts[0].state === 'running'")
    expect(notice(page)).to_be_hidden()


def test_another_microphone_is_asked_for_when_the_first_is_gone(page):
    page.evaluate("become(tracks[0], {readyState: 'ended'}, 'ended')")
    page.evaluate("window.refusal = 'NotFoundError'")
    page.get_by_role("button", name="Continue").click()
    expect(notice(page)).to_contain_text("No microphone found")
    page.evaluate("delete window.refusal")
    page.get_by_role("button", name="Continue").click()
    expect(notice(page)).to_be_hidden()
    assert page.evaluate("tracks.length") == 2


def test_a_new_device_is_taken_without_a_click(page):
    page.evaluate("become(tracks[0], {readyState: 'ended'}, 'ended')")
    expect(notice(page)).to_be_visible()
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    expect(notice(page)).to_be_hidden()


def test_a_call_whose_microphone_stays_away_ends_with_words(page, server):
    page.evaluate("become(tracks[0], {readyState: 'ended'}, 'ended')")
    page.evaluate("window.refusal = 'NotFoundError'")
    for _second in range(62):
        page.clock.run_for(1_000)
    expect(page.get_by_text("after a minute without sound")).to_be_visible()
    expect(notice(page)).to_be_hidden()
    assert server.told[-1] == {"event": "stop"}


def test_a_microphone_of_nothing_but_zeros_is_reported_but_ends_nothing(page, server):
    page.evaluate("tracks[0].enabled = false")  # as from a switch on the headset
    for _second in range(75):
        page.clock.run_for(1_000)
    expect(notice(page)).to_contain_text("There is no sound")
    assert server.told[-1]["event"] != "stop"
    page.evaluate("tracks[0].enabled = true")
    expect(notice(page)).to_be_hidden()


def test_the_page_says_when_the_browser_plays_nothing(page):
    page.evaluate("become(contexts[1], {state: 'interrupted'}, 'statechange')")
    expect(notice(page)).to_contain_text("stopped the sound of this page")
