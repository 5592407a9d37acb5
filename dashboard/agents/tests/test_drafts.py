"""Editing an agent: a draft first, compared in words, published, never overwriting unseen."""

import wave
from io import BytesIO

import pytest
from django.core.cache import cache

from agents.compiler.process import compiler
from agents.models import Agent, AgentVersion
from agents.versions.drafts import draft_of, save_draft, view_of
from agents.versions.publishing import publish
from dashboard.agents import voice
from testing.filled_forms import as_shown
from testing.office import Office, browser_of

FORM = {
    "greeting": "Good morning.",
    "prompt": "You are the front desk.",
    "facts": "Hours: from eight to six.\r\nParking: behind the house.",
    "language": "en-GB",
    "voice": "",
    "stt": "scripted",
    "llm": "scripted",
    "tts": "scripted",
    "turn_taking_endpointing_ms": "300",
    "turn_taking_longest_wait_ms": "2500",
    "turn_taking_pause_ms": "64",
    "turn_taking_interruptible": "on",
    "turn_taking_greeting_interruptible": "on",
    "turn_taking_barge_in_ms": "96",
    "turn_taking_sensitivity": "balanced",
    "turn_taking_max_call_ms": "10",
    "turn_taking_speculate": "on",
    "after_call_summarize": "on",
    "turn_taking_sign_of_life_ms": "1500",
    "turn_taking_longest_answer_ms": "120000",
    "turn_taking_reminders": "twice",
    "turn_taking_reminder_ms": "10000",
    "recording_mode": "off",
    "recording_sentence": "",
    "recording_key": "1",
    "recording_word": "yes",
}


@pytest.fixture
def browser(cast):
    return browser_of(cast.bob)


def page_of(office, path=""):
    return office.url(f"agents/{office.agent.public_id}/{path}")


def now(office):
    agent = Agent.objects.get(pk=office.agent.pk)
    return view_of(agent, draft_of(agent))


def save(browser, office, **changed):
    form = {"view": now(office)} | FORM | changed
    sent = {name: value for name, value in form.items() if value is not None}
    return browser.post(page_of(office, "edit/"), sent, follow=True)


def send_draft(browser, office, **fields):
    return browser.post(page_of(office, "publish/"), {"view": now(office)} | fields, follow=True)


def test_what_is_saved_is_a_draft_and_publishing_makes_the_version_of_the_next_call(
    cast, acorn, browser
):
    page = save(browser, acorn, recording_mode="announced", recording_sentence="We record.")
    assert page.redirect_chain[-1][0] == page_of(acorn, "draft/")
    assert Agent.objects.get().published.number == 1
    page = send_draft(browser, acorn, note="Friendlier")
    assert "Version 2 is live." in page.text
    version = Agent.objects.get().published
    config = version.config()
    assert (config.version, config.greeting, config.language) == (2, "Good morning.", "en-GB")
    assert [fact.text for fact in config.facts] == ["from eight to six.", "behind the house."]
    assert (config.stt, config.llm, config.tts) == ("scripted",) * 3
    assert (config.turn_taking.endpointing_ms, config.turn_taking.max_call_ms) == (300, 600_000)
    assert (config.recording.mode, config.recording.sentence) == ("announced", "We record.")
    assert (version.created_by, version.note) == (cast.bob, "Friendlier")


def test_the_draft_is_shown_word_by_word_to_screen_readers_too(acorn, browser):
    page = save(browser, acorn, greeting="Hello, how may I help you?")
    text = " ".join(page.text.split())
    assert '<del><span class="visually-hidden">removed: </span>can</del>' in text
    assert '<ins><span class="visually-hidden">added: </span>may</ins>' in text
    assert "<h3>Wait after caller stops, in milliseconds</h3>" in page.text


def test_the_editor_continues_with_the_draft(acorn, browser):
    save(
        browser,
        acorn,
        turn_taking_endpointing_ms="450",
        recording_mode="key",
        recording_sentence="Press 1.",
    )
    text = browser.get(page_of(acorn, "edit/")).text
    assert "Good morning." in text
    assert 'value="450"' in text
    save(
        browser,
        acorn,
        turn_taking_endpointing_ms="450",
        recording_mode="key",
        recording_sentence="Press 1.",
    )
    assert draft_of(acorn.agent).fields["settings"] == {
        "turn_taking": {"endpointing_ms": 450, "barge_in_ms": 96, "max_call_ms": 600_000},
        "recording": {"mode": "key", "sentence": "Press 1."},
    }


def test_opening_the_editor_and_saving_it_makes_no_draft(acorn, browser):
    save(browser, acorn)
    send_draft(browser, acorn)
    page = save(browser, acorn)
    assert "Identical to the published version" in page.text
    assert draft_of(acorn.agent) is None


def test_settings_that_the_editor_does_not_show_survive_it(acorn, browser):
    publish(acorn.agent, settings={"engines": {"openai.llm_model": "big"}})
    save(browser, acorn, turn_taking_interruptible=None)
    send_draft(browser, acorn)
    version = Agent.objects.get().published
    assert version.settings["engines"] == {"openai.llm_model": "big"}
    assert not version.config().turn_taking.interruptible


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("language", "english please", "Use a tag such as en, en-US or pt-BR."),
        ("turn_taking_endpointing_ms", "20", "Enter a whole number (96 to 3,000 milliseconds)."),
        ("turn_taking_endpointing_ms", "soon", "Enter a whole number (96 to 3,000 milliseconds)."),
        (
            "turn_taking_pause_ms",
            "301",
            "Must not be longer than “Wait after caller stops” (300 ms).",
        ),
        ("turn_taking_barge_in_ms", "-5", "Enter a whole number (32 to 2,000 milliseconds)."),
        ("turn_taking_max_call_ms", "241", "Enter a whole number (1 to 240 minutes)."),
        ("llm", "google", "Select a valid choice"),
        ("greeting", "This is [[you]].", "Fill it in first"),
        ("recording_mode", "secretly", "Select a valid choice"),
    ],
)
def test_a_wrong_setting_is_refused_beside_its_field_and_no_input_is_lost(
    acorn, browser, field, value, words
):
    page = save(browser, acorn, **{field: value, "facts": "Parking: <behind> the house."})
    assert page.status_code == 422
    assert words in page.text.split(f'id="id_{field}_error">')[1].split("</p>")[0]
    assert f'<a href="#id_{field}">' in page.text  # the summary on top leads to the field
    assert "Parking: &lt;behind&gt; the house." in page.text
    assert draft_of(acorn.agent) is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"recording_mode": "announced"}, "sentence"),
        ({"recording_mode": "key", "recording_sentence": "?", "recording_key": ""}, "key"),
        ({"recording_mode": "word", "recording_sentence": "?", "recording_word": ""}, "word"),
    ],
)
def test_recording_without_telling_or_asking_is_refused(acorn, browser, changed, field):
    page = save(browser, acorn, **changed)
    assert page.status_code == 422
    assert f'id="id_recording_{field}_error"' in page.text


def test_a_member_who_was_overtaken_sees_the_difference_and_may_send_it_again(cast, acorn, browser):
    seen = now(acorn)
    publish(acorn.agent, actor=cast.adam, greeting="From Adam.")
    page = save(browser, acorn, view=seen, greeting="From Bob.")
    assert page.status_code == 422
    assert "adam@example.com published version 2 while you were editing." in page.text
    text = " ".join(page.text.split())
    assert '<del><span class="visually-hidden">removed: </span>Adam</del>' in text
    assert ">\nFrom Bob.</textarea>" in page.text
    assert draft_of(acorn.agent) is None
    assert f'name="view" value="{now(acorn)}"' in page.text  # sending it again is meant
    assert save(browser, acorn, greeting="From Bob.").status_code == 200
    assert draft_of(acorn.agent).fields["greeting"] == "From Bob."


def test_a_wrong_field_does_not_hide_that_a_colleague_was_faster(cast, acorn, browser):
    seen = now(acorn)
    publish(acorn.agent, actor=cast.adam, greeting="From Adam.")
    page = save(browser, acorn, view=seen, turn_taking_endpointing_ms="soon")
    assert page.status_code == 422
    page = save(browser, acorn, view=as_shown(page.text, "greeting")["view"])
    assert "adam@example.com published version 2 while you were editing." in page.text
    assert draft_of(acorn.agent) is None


def test_two_tabs_of_one_member_are_no_colleague(acorn, browser):
    seen = now(acorn)
    assert save(browser, acorn, view=seen, greeting="One.").status_code == 200
    page = save(browser, acorn, view=seen, greeting="Two.")
    assert page.status_code == 422
    assert "You changed this draft in another tab or window." in page.text
    assert "You’re editing your draft." in page.text


def test_a_draft_that_a_colleague_changed_is_not_published_unseen(cast, acorn, browser):
    save(browser, acorn)
    seen = now(acorn)
    save_draft(acorn.agent, actor=cast.adam, view=seen, greeting="From Adam.")
    page = send_draft(browser, acorn, view=seen, note="Mine")
    assert page.status_code == 422
    assert "adam@example.com changed this draft while you were editing." in page.text
    assert "From Adam." in page.text
    assert 'value="Mine"' in page.text
    assert AgentVersion.objects.count() == 1


def test_a_draft_older_than_what_is_published_says_so(cast, acorn, browser):
    save(browser, acorn)
    publish(acorn.agent, actor=cast.adam, greeting="From Adam.")
    text = browser.get(page_of(acorn, "draft/")).text
    assert "adam@example.com published version 2 after this draft was started" in text


def test_a_draft_is_discarded(acorn, browser):
    save(browser, acorn)
    page = browser.post(page_of(acorn, "discard/"), {"view": now(acorn)}, follow=True)
    assert "The published version is unchanged" in page.text
    assert draft_of(acorn.agent) is None


def test_a_discarded_draft_is_brought_back_from_its_page(acorn, browser):
    save(browser, acorn)
    page = browser.post(page_of(acorn, "discard/"), {"view": now(acorn)}, follow=True)
    assert page.redirect_chain[-1][0] == page_of(acorn, "draft/")
    assert "Restore draft" in page.text
    page = browser.post(page_of(acorn, "draft/restore/"), {"view": now(acorn)}, follow=True)
    assert "Draft restored." in page.text
    assert draft_of(acorn.agent).fields["greeting"] == "Good morning."
    assert "Restore draft" not in page.text


def test_a_restored_draft_never_goes_over_another(cast, acorn, browser):
    save(browser, acorn)
    browser.post(page_of(acorn, "discard/"), {"view": now(acorn)})
    save_draft(acorn.agent, actor=cast.adam, view=now(acorn), greeting="From Adam.")
    page = browser.post(page_of(acorn, "draft/restore/"), {"view": now(acorn)})
    assert page.status_code == 422
    assert "This agent has another draft." in page.text
    assert draft_of(acorn.agent).fields == {"greeting": "From Adam."}


def test_the_editor_has_what_its_script_keeps_copies_with(cast, acorn, browser):
    text = browser.get(page_of(acorn, "edit/")).text
    assert f'data-unsaved="{acorn.agent.public_id}"' in text
    assert "data-unsaved-refused" not in text
    refused = save(browser, acorn, greeting="This is [[you]].").text
    assert "data-unsaved-refused" in refused
    saved = save(browser, acorn).text
    assert f'data-unsaved-view="{now(acorn)}"' in saved
    assert f'data-unsaved-by="{cast.bob.pk}"' in saved


def test_the_draft_is_tried_beside_the_editor(acorn, browser):
    before = browser.get(page_of(acorn, "edit/")).text
    assert ">Version 1</span>" in before
    save(browser, acorn)
    for path in ("edit/", "draft/"):
        text = browser.get(page_of(acorn, path)).text
        assert ">Draft, version 2</span>" in text
        assert f"?agent={acorn.agent.public_id}&amp;version=draft" in text


def test_versions_are_listed_compared_and_brought_back(cast, acorn, browser):
    publish(acorn.agent, actor=cast.bob, note="Shorter", greeting="Hi.")
    text = browser.get(page_of(acorn, "versions/")).text
    assert "Shorter" in text
    assert cast.bob.email in text
    assert "Hi." in browser.get(page_of(acorn, "versions/compare/?from=1&to=2")).text
    assert "Hello, how can I help you?" in browser.get(page_of(acorn, "versions/1/")).text
    page = browser.post(page_of(acorn, "versions/1/restore/"), {"note": ""}, follow=True)
    assert "Version 3 is live, restored from version 1." in page.text
    assert Agent.objects.get().published.greeting == "Hello, how can I help you?"


def test_a_version_of_a_colleague_is_not_replaced_by_an_old_one_unseen(cast, acorn, browser):
    publish(acorn.agent, actor=cast.bob, greeting="Hi.")
    page = page_of(acorn, "versions/1/restore/")
    seen = as_shown(browser.get(page).text, "note")
    publish(acorn.agent, actor=cast.adam, greeting="From Adam.")
    refused = browser.post(page, seen | {"note": "Back"})
    assert refused.status_code == 422
    assert "adam@example.com published version 3 while you were editing." in refused.text
    assert "From Adam." in refused.text  # what restoring would change
    again = as_shown(refused.text, "note")
    assert again["note"] == "Back"
    assert "Version 4 is live" in browser.post(page, again, follow=True).text


@pytest.mark.parametrize("number", ["0", "9", "x", "²", "9" * 30, "-1"])
def test_a_version_that_does_not_exist_is_not_found(acorn, browser, number):
    assert browser.get(page_of(acorn, f"versions/{number}/")).status_code == 404
    assert browser.get(page_of(acorn, f"versions/compare/?from={number}")).status_code == 404
    assert browser.get(page_of(acorn, f"versions/?below={number}")).status_code in (200, 404)


def test_the_voice_is_heard_as_the_editor_has_it(acorn, browser):
    cache.clear()
    answer = browser.post(acorn.url("agents/voice/"), FORM | {"agent": acorn.agent.public_id})
    assert answer.headers["Content-Type"] == "audio/wav"
    with wave.open(BytesIO(answer.content)) as sound:
        assert sound.getnframes() == 480 * len("Good morning.")  # scripted: 60 ms a character


def test_a_voice_that_cannot_work_is_explained_in_words(acorn, browser):
    cache.clear()
    answer = browser.post(acorn.url("agents/voice/"), FORM | {"tts": "local", "language": "de"})
    assert answer.status_code == 422
    assert "doesn’t support" in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_member_can_listen_only_so_often(cast, acorn, browser, monkeypatch):
    cache.clear()
    monkeypatch.setattr(voice, "PREVIEWS_A_MINUTE", 1)
    codes = [browser.post(acorn.url("agents/voice/"), FORM).status_code for _ in range(2)]
    assert codes == [200, 429]
    other = browser_of(cast.adam).post(acorn.url("agents/voice/"), FORM)
    assert other.status_code == 200


def test_another_organizations_agent_lends_no_settings_to_a_voice(cast, acorn, browser):
    cache.clear()
    birch = Office(cast.birch)
    sent = FORM | {"agent": birch.agent.public_id}
    assert browser.post(acorn.url("agents/voice/"), sent).status_code == 404


def test_a_draft_is_read_once_however_often_its_page_is_opened(acorn, browser, monkeypatch):
    save_draft(acorn.agent, actor=None, view=now(acorn), facts="Parking: [[read but once]]")
    asks, asked = compiler.ask, []

    def ask(task, given):
        asked.append(task)
        return asks(task, given)

    monkeypatch.setattr(compiler, "ask", ask)
    for _ in range(2):
        assert "isn’t filled in: Parking" in browser.get(page_of(acorn, "draft/")).text
    assert asked.count("compile") == 1
