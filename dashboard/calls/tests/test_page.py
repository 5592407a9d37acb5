"""The page of a call: what was heard, how long each answer took and why, what it cost."""

import html
import json
import re
import zlib

import pytest
from django.utils import timezone

from agents.settings.config import AgentConfig
from agents.speech.turns.reasons import Reason
from dashboard.calls import transcript
from dashboard.calls.endings import REASONS, ending_of
from telephony.calls.flight_recorder import FlightRecorder
from telephony.session.events import CallerGone, FrameHeard
from testing.office import LATENCY, browser_of
from usage.models import Call, CallAnalysis, FlightRecord, Recording, Turn, UsageFact
from usage.records import recordings

SID = "CA" + "3" * 32
FOUND = {"wait_ms": 1_300, "reason": Reason.FINISHED}  # how a caller's turn ended


@pytest.fixture
def browser(cast):
    return browser_of(cast.vera)


def config(greeting):
    return AgentConfig(agent_id="a", version=1, name="Desk", prompt="", facts=(), greeting=greeting)


def visible(page):
    """The page's text as a reader sees it, white space joined."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_words_that_the_caller_did_not_hear_are_struck_through_and_said_to_be(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello, how can I help you?")
    acorn.says(call, 2, "When do you open?")
    acorn.says(call, 3, "At eight. And we close at six.", heard="At eight.", interrupted=True)
    acorn.hangs_up(call)

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    struck = re.findall(r"(?s)<del>(.*?)</del>", text.split('<ol class="transcript">')[1])
    assert [visible(each) for each in struck] == [
        "Not heard: And we close at six. (end of words not heard)"
    ]
    assert "At eight. Not heard: And we close" in visible(text)
    assert "interrupted" in text


def test_a_number_that_may_be_forged_is_said_to_be(acorn, browser):
    call = acorn.rings(SID)
    assert "Caller ID" not in browser.get(acorn.url(f"calls/{SID}/")).text
    Call.objects.filter(pk=call.pk).update(carrier_report={"attestation": "failed"})
    assert "the number may be forged" in browser.get(acorn.url(f"calls/{SID}/")).text


def test_what_a_tool_was_asked_and_gave_is_a_line_of_the_transcript(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 2, "When do you open?")
    acorn.runs(call, 3, 'opening_hours {"day":"Monday"}', gave="from nine")
    acorn.hangs_up(call)
    page = browser.get(acorn.url(f"calls/{SID}/")).text
    line = page.split('id="turn-3"')[1].split("</li>")[0]
    assert visible(line).endswith("Tool opening_hours 0:03 day Monday from nine")
    assert "Caller" not in line
    assert 'class="turn tool"' not in page  # it makes no sound


@pytest.mark.parametrize(
    ("is_over", "said"), [(True, "it may have been done"), (False, "No answer yet.")]
)
def test_a_tool_that_did_not_answer_is_said_to_have_not(acorn, browser, is_over, said):
    """Who hangs up while a booking is made leaves its owner with the question whether it was."""
    call = acorn.rings(SID)
    acorn.runs(call, 1, 'visits_book {"start":"2026-05-04T09:00","sure":true}', gave="")
    acorn.runs(call, 2, "visits_book [broken", gave="")
    if is_over:
        acorn.hangs_up(call)
    shown = visible(browser.get(acorn.url(f"calls/{SID}/")).text)
    assert "start 2026-05-04T09:00 sure true" in shown
    assert "[broken" in shown
    assert shown.count(said) == 2


def test_what_is_still_being_said_in_a_live_call_is_not_struck_through(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello, how can I help you?", heard="Hello,")
    text = browser.get(acorn.url(f"calls/{SID}/")).text
    assert "<del>" not in text
    assert "Hello, how can I help you?" in visible(text)


def test_a_model_that_did_not_read_all_of_its_prompt_is_reported(acorn, browser):
    call = acorn.rings(SID)
    acorn.hangs_up(call)
    assert "may not have read all" not in browser.get(acorn.url(f"calls/{SID}/")).text
    UsageFact.objects.filter(call=call).update(llm_tokens_unread=1_904)
    assert "about 1,904 tokens of its prompt" in browser.get(acorn.url(f"calls/{SID}/")).text


def test_each_answer_has_a_waterfall_and_the_same_numbers_in_a_table(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.says(call, 2, "Hi.")
    acorn.says(call, 3, "What can I do for you?")
    acorn.hangs_up(call)

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    waterfalls = text.split('<ol class="waterfalls"')[1].split("</ol>")[0]
    assert waterfalls.count("<li>") == 1  # the greeting answered no caller
    assert re.findall(r'class="stage-(\w+)"', waterfalls) == [
        "endpoint",
        "stt",
        "llm",
        "tts",
        "sent",
        "mark",
    ]
    rows = text.split('id="answers-table"')[1].split("</details>")[0].split("<tbody>")[1]
    assert ">640 ms</span>" in waterfalls  # the same figure as the median of one
    assert visible(rows) == "0:03 210 (210) 0 (150) 190 (400) 120 (520) 10 (530) 110 (640) –"
    assert "<dt>median response</dt><dd>640 <small>ms</small></dd>" in text


def test_each_answer_says_how_long_the_end_of_the_turn_was_waited_for_and_why(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.says(call, 2, "My number is four one.")
    acorn.says(call, 3, "Is that all?")
    Turn.objects.filter(call=call, number=2).update(
        endpoint={"wait_ms": 2_500, "reason": Reason.NUMBER}
    )
    acorn.hangs_up(call)

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    rows = text.split('id="answers-table"')[1].split("</details>")[0].split("<tbody>")[1]
    assert visible(rows).endswith("2,500 ms: number may be incomplete")
    assert "(number may be incomplete)" in text.split('<ol class="waterfalls"')[1].split("</ol>")[0]


def test_an_answer_says_how_finished_the_turn_sounded_where_that_was_judged(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.says(call, 2, "I left the car outside.")
    acorn.says(call, 3, "Which one?")
    Turn.objects.filter(call=call, number=2).update(
        endpoint={"wait_ms": 1_300, "reason": Reason.FINISHED, "finished_percent": 2}
    )
    acorn.hangs_up(call)

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    rows = text.split('id="answers-table"')[1].split("</details>")[0].split("<tbody>")[1]
    assert visible(rows).endswith("1,300 ms: complete sentence, sounded 2% finished")


def test_every_reason_has_words_and_an_unknown_one_has_none():
    assert set(REASONS) == set(Reason)
    assert ending_of({"wait_ms": 1, "reason": "of_a_newer_release"}) is None


def test_a_settled_call_shows_its_ledger_lines_and_their_total(acorn, browser):
    call = acorn.rings(SID)
    acorn.hangs_up(call, after=61)
    text = visible(browser.get(acorn.url(f"calls/{SID}/")).text)
    assert "Telephony 2 minutes $0.017" in text
    total = sum(entry.amount_micros for entry in call.ledger_entries.all())
    assert f"Total ${total / 1_000_000:.6f}".rstrip("0") in text
    assert "End reason Caller hung up" in text


def analysed(call):
    return CallAnalysis.objects.create(call=call, outcome="answered", made_at=call.opened_at)


def test_an_open_calls_page_follows_it_until_it_is_settled_and_analysed(acorn, browser):
    call = acorn.rings(SID)
    partial = acorn.url(f"calls/{SID}/live/")
    page = browser.get(acorn.url(f"calls/{SID}/")).text
    assert f'data-live="{partial}"' in page
    assert "live.js" in page

    acorn.says(call, 1, "Something new.")
    fresh = browser.get(partial).text
    assert "Something new." in fresh
    assert "data-live" in fresh
    assert "<html" not in fresh

    acorn.hangs_up(call)
    assert "data-live" in browser.get(partial).text
    analysed(call)
    assert "data-live" not in browser.get(partial).text
    assert "live.js" not in browser.get(acorn.url(f"calls/{SID}/")).text


def test_a_settled_calls_page_is_followed_while_its_recording_is_being_stored(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    recordings.begin(call.pk, consent="announced", name="acorn/1", started_ms=0)
    acorn.hangs_up(call)
    analysed(call)
    partial = acorn.url(f"calls/{SID}/live/")
    page = browser.get(acorn.url(f"calls/{SID}/")).text
    assert "data-soon" in page
    assert "timeline.js" in page  # the sound comes without loading the page again
    assert "being recorded" in browser.get(partial).text

    recordings.grow(call.pk, size_bytes=32_000, peaks=b"\1\2")
    recordings.finish(call.pk)
    fresh = browser.get(partial).text
    assert "<audio" in fresh
    assert "data-live" not in fresh


def test_what_was_stored_of_a_recording_that_failed_can_be_heard_and_deleted(cast, acorn):
    call = acorn.rings(SID)
    recordings.begin(call.pk, consent="announced", name="acorn/1", started_ms=0)
    recordings.grow(call.pk, size_bytes=32_000, peaks=b"\1\2")
    recordings.fail(call.pk)
    acorn.hangs_up(call)
    text = browser_of(cast.adam).get(acorn.url(f"calls/{SID}/")).text
    assert "<audio" in text
    assert "Recording: failed" in text
    assert "Delete recording" in text


def test_hostile_words_and_callers_are_text_and_nothing_else(acorn, browser):
    attack = "<script>alert(1)</script>"
    call = acorn.rings(SID, caller=attack)
    acorn.says(call, 1, attack + " and more", heard=attack, interrupted=True)
    acorn.says(call, 2, "\"'><img src=x onerror=alert(1)>")
    for path in ("", "calls/", f"calls/{SID}/", f"calls/{SID}/live/"):
        text = browser.get(acorn.url(path)).text
        assert attack not in text
        assert "<img" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_call_takes_the_same_queries_however_long_it_was(
    acorn, browser, django_assert_num_queries
):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.hangs_up(call)
    browser.get(acorn.url(f"calls/{SID}/"))  # the first time today is written down
    # session, user, membership, call, turns, whether it was read today, ledger, recording,
    # failures, tags, notes, menu
    with django_assert_num_queries(15):
        browser.get(acorn.url(f"calls/{SID}/"))
    for number in range(2, 20):
        acorn.says(call, number, "More.")
    with django_assert_num_queries(15):
        browser.get(acorn.url(f"calls/{SID}/"))


def test_a_call_that_ended_has_a_timeline_of_its_turns(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    assert "data-timeline" not in browser.get(acorn.url(f"calls/{SID}/")).text
    acorn.says(call, 2, "Hi.")
    acorn.says(call, 3, "We open at eight, and close.", heard="We open at", interrupted=True)
    acorn.hangs_up(call, after=3.9)

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    drawn = text.split('class="timeline"')[1].split("</svg>")[0]
    assert re.findall(r'class="turn (\w+)" x="([\d.]+)" y="([\d.]+)"', drawn) == [
        ("agent", "256.41", "50.0"),
        ("caller", "512.82", "0.0"),
        ("agent", "769.23", "50.0"),
    ]
    assert re.findall(r'<a href="(#turn-\d)"', drawn) == ["#turn-1", "#turn-2", "#turn-3"]
    assert 'id="turn-3"' in text
    assert drawn.count('class="barge-in"') == 1
    assert "<audio" not in text
    assert "style=" not in text


def test_silence_at_the_end_of_a_call_is_on_its_timeline(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.hangs_up(call, after=26)
    text = browser.get(acorn.url(f"calls/{SID}/")).text
    assert 'data-timeline="26000"' in text
    assert visible(text.split('<p class="clock"')[1].split("</p>")[0]).endswith("0:19 0:26")


def test_no_two_ticks_of_a_timeline_are_the_same(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.", began_ms=0)
    acorn.hangs_up(call, after=2.2)
    text = browser.get(acorn.url(f"calls/{SID}/")).text
    ticks = text.split('<p class="clock"')[1].split("</p>")[0]
    assert re.findall(r"<span>(\d:\d\d)</span>", ticks) == ["0:00", "0:01", "0:02"]


def test_a_recording_is_drawn_as_a_waveform_from_where_it_began(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.hangs_up(call, after=2)
    Recording.objects.create(
        call=call,
        consent="announced",
        state="stored",
        started_ms=500,
        duration_ms=1_500,
        size_bytes=24_000,
        peaks=bytes([0, 255, 128, 0]),
    )

    text = browser.get(acorn.url(f"calls/{SID}/")).text

    drawn = text.split('class="timeline"')[1].split("</svg>")[0]
    assert re.findall(r'<rect class="(\w+)" x="([\d.]+)" y="([\d.]+)"', drawn) == [
        ("caller", "300.0", "13.45"),
        ("agent", "250.0", "52.0"),
    ]


def test_a_slow_answer_says_which_stage_was_slow_and_what_helps(acorn, browser):
    call = acorn.rings(SID)
    acorn.says(call, 1, "Hello.")
    acorn.says(call, 3, "Quick.")
    acorn.says(call, 5, "Slow.")
    slow = {"endpoint": 210, "stt": 250, "llm": 2_250, "tts": 2_350, "sent": 2_360}
    Turn.objects.filter(call=call, number=5).update(latency_ms=slow)
    acorn.hangs_up(call)

    text = visible(browser.get(acorn.url(f"calls/{SID}/")).text)

    assert "0:05: Language model, 2,000 ms (usually up to 600 ms)" in text
    assert "Choose a smaller model or shorten the prompt." in text
    assert text.count("usually up to") == 1


def test_a_test_is_marked_as_one(acorn, browser):
    call = acorn.rings(SID)
    Call.objects.filter(pk=call.pk).update(channel=Call.Channel.TYPED)
    text = visible(browser.get(acorn.url(f"calls/{SID}/")).text)
    assert "Test call" in text
    assert "test : typed" in text or "test: typed" in text


def test_members_read_the_raw_events_and_download_them(cast, acorn):
    call = acorn.rings(SID)
    recorder = FlightRecorder(config("Hello.\u2028<b>bold</b>"))
    recorder.record_frame(b"\xff" * 160, 20)
    recorder.record(CallerGone("<script>"), 40)
    FlightRecord.objects.create(call=call, events=recorder.pack())
    browser = browser_of(cast.bob)

    page = browser.get(acorn.url(f"calls/{SID}/events/")).text
    assert "2 events." in visible(page)
    rows = page.split("<tbody>")[1].split("</tbody>")[0]
    assert visible(rows) == f'1 20 {FrameHeard.__name__} 160 2 40 CallerGone "<script>"'
    assert "<script>" not in rows

    answer = browser.get(acorn.url(f"calls/{SID}/events.jsonl"))
    lines = answer.content.decode().split("\n")
    assert [json.loads(line) for line in lines[1:-1]] == [
        [20, "FrameHeard", 160],
        [40, "CallerGone", "<script>"],
    ]
    assert "attachment" in answer["Content-Disposition"]


def test_a_long_record_is_read_a_page_at_a_time(cast, acorn):
    call = acorn.rings(SID)
    recorder = FlightRecorder(config("Hello."))
    for number in range(450):
        recorder.record(CallerGone(f"n{number}"), number)
    FlightRecord.objects.create(call=call, events=recorder.pack())
    browser, address, seen = browser_of(cast.bob), acorn.url(f"calls/{SID}/events/"), []
    while address:
        text = browser.get(address).text
        seen += re.findall(r"&quot;n(\d+)&quot;", text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        address = older[1] if older else ""
    assert seen == [str(number) for number in range(450)]


def test_a_call_without_kept_events_says_so(cast, acorn):
    acorn.rings(SID)
    browser = browser_of(cast.bob)
    assert "No events for this call" in browser.get(acorn.url(f"calls/{SID}/events/")).text
    assert browser.get(acorn.url(f"calls/{SID}/events.jsonl")).content == b""


def said_in(answer) -> list[str]:
    return re.findall(r'<p class="said">([^<]+)', answer.text)


def test_a_very_long_call_is_shown_in_pages_of_turns(acorn, browser, monkeypatch):
    """A page of ten thousand turns took half a minute of the process that carries calls."""
    monkeypatch.setattr(transcript, "TURNS_A_PAGE", 4)
    call = acorn.rings(SID)
    for number in range(1, 10):
        acorn.says(call, number, f"turn {number}")
    page = acorn.url(f"calls/{SID}/")
    assert said_in(browser.get(page)) == [f"turn {number}" for number in (6, 7, 8, 9)]
    assert f'{page}live/?from=5"' in browser.get(f"{page}?from=5").text  # what is followed
    acorn.hangs_up(call)
    first = browser.get(page)
    assert said_in(first) == [f"turn {number}" for number in (1, 2, 3, 4)]
    assert "<dt>turns</dt><dd>9</dd>" in first.text
    links = re.findall(r'rel="(prev|next)" href="([^"]+)"', first.text)
    assert links == [("next", f"{page}?from=5")]
    last = browser.get(f"{page}?from=9")
    assert said_in(last) == ["turn 9"]
    assert re.findall(r'rel="(prev|next)" href="([^"]+)"', last.text) == [
        ("prev", f"{page}?from=5")
    ]
    for odd in ("?from=x", "?from=-1", "?from=0", "?from=999999999999999999999"):
        assert said_in(browser.get(page + odd)) == said_in(first)


def test_long_events_are_cut_on_the_page_and_whole_in_the_file(acorn, cast):
    call = acorn.rings(SID)
    acorn.hangs_up(call)
    text = "ä\u2028 " * 50_000
    lines = [json.dumps([1, "CallerTyped", f"{number} {text}"]) for number in range(3)]
    record = "".join(f"{line}\n" for line in ["{}", *lines]).encode()
    FlightRecord.objects.create(call=call, events=zlib.compress(record))
    browser = browser_of(cast.alice)
    page = browser.get(acorn.url(f"calls/{SID}/events/"))
    assert "3 events" in page.text
    assert len(page.text) < 60_000
    assert browser.get(acorn.url(f"calls/{SID}/events.jsonl")).content == record


def test_who_follows_a_very_long_call_stays_with_its_end(acorn, browser, monkeypatch):
    monkeypatch.setattr(transcript, "TURNS_A_PAGE", 4)
    call = acorn.rings(SID)
    for number in range(1, 10):
        acorn.says(call, number, f"turn {number}")
    page = acorn.url(f"calls/{SID}/")
    latest = [f"turn {number}" for number in (6, 7, 8, 9)]
    followed = re.search(r'data-live="([^"]+)"', browser.get(page).text)[1]
    assert said_in(browser.get(followed)) == latest
    Call.objects.update(state=Call.State.ENDED, ended_at=timezone.now())
    for _time in range(2):  # what is fetched after the call says what to fetch next
        part = browser.get(followed)
        assert said_in(part) == latest
        followed = re.search(r'data-live="([^"]+)"', part.text)[1]
    # A page that is opened after the call begins with it, and stays there.
    first = browser.get(page)
    again = browser.get(re.search(r'data-live="([^"]+)"', first.text)[1])
    assert said_in(first) == said_in(again) == [f"turn {number}" for number in (1, 2, 3, 4)]
    # An address of turns that there are not.
    assert said_in(browser.get(f"{page}?from=99999")) == said_in(first)


def test_a_page_of_a_very_long_call_knows_what_was_before_it(acorn, browser, monkeypatch):
    monkeypatch.setattr(transcript, "TURNS_A_PAGE", 4)
    call = acorn.rings(SID)
    for number in range(1, 10):
        acorn.says(call, number, f"turn {number}", slowness=3 if number < 5 else 1)
    Turn.objects.filter(number=4).update(endpoint=FOUND)
    gaps = {"gap1_at_ms": 2_500, "gap1_ms": 700, "gap2_at_ms": 6_500, "gap2_ms": 900}
    Call.objects.update(carrier_report=gaps, generation=2)
    acorn.hangs_up(call)
    page = acorn.url(f"calls/{SID}/")
    second = browser.get(f"{page}?from=5")
    lost = [(line.turn.number, line.gap_seconds) for line in second.context["lines"] if line.gap]
    assert lost == [(7, 0.9)]
    assert second.context["lines"][0].ending == ending_of(FOUND)
    assert "Turns 5 to 8 of the call." in visible(second.text)
    # Figures of the call are those of the call.
    first = browser.get(page)
    assert first.context["median_ms"] == second.context["median_ms"] == LATENCY["mark"]
    monkeypatch.setattr(transcript, "TURNS_A_PAGE", 500)
    whole = browser.get(page)
    assert whole.context["median_ms"] == LATENCY["mark"]
    assert "of the call." not in visible(whole.text)
