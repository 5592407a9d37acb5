"""Agents on the dashboard: made, published, refused in words, never overwritten unseen."""

import pytest

from agents.models import Agent, AgentVersion
from agents.publishing import publish
from telephony.tests.dashboard import Office, browser_of

FORM = {
    "base_version": "1",
    "name": "Front desk",
    "is_active": "on",
    "greeting": "Good morning.",
    "prompt": "You are the front desk.",
    "facts": "Hours: from eight to six.",
    "language": "en-GB",
    "voice": "",
    "stt": "scripted",
    "llm": "scripted",
    "tts": "scripted",
    "endpointing_ms": "300",
    "pause_ms": "64",
    "interruptible": "on",
    "barge_in_ms": "96",
    "max_call": "10",
}


@pytest.fixture
def acorn(cast):
    return Office(cast.acorn)


@pytest.fixture
def browser(cast):
    return browser_of(cast.bob)


def send(browser, office, **changed):
    page = office.url(f"agents/{office.agent.public_id}/publish/")
    form = {name: value for name, value in (FORM | changed).items() if value is not None}
    return browser.post(page, form, follow=True)


def test_saving_publishes_a_new_version_that_the_next_call_gets(cast, acorn, browser):
    page = send(browser, acorn)
    assert "Version 2 is published; the next call gets it." in page.text
    agent = Agent.objects.get()
    config = agent.published.config()
    assert (config.version, config.name, config.greeting) == (2, "Front desk", "Good morning.")
    assert config.facts[0].text == "from eight to six."
    assert (config.language, config.stt, config.llm, config.tts) == ("en-GB", *["scripted"] * 3)
    assert (config.turn_taking.endpointing_ms, config.turn_taking.max_call_ms) == (300, 600_000)
    assert config.turn_taking.interruptible
    assert agent.published.created_by == cast.bob


def test_an_unticked_box_is_off(acorn, browser):
    send(browser, acorn, is_active=None, interruptible=None)
    agent = Agent.objects.get()
    assert not agent.is_active
    assert not agent.published.config().turn_taking.interruptible


def test_engine_settings_that_the_form_does_not_show_survive_it(acorn, browser):
    publish(acorn.agent, settings={"engines": {"openai.llm_model": "big"}, "turn_taking": {}})
    send(browser, acorn, base_version="2")
    assert Agent.objects.get().published.settings["engines"] == {"openai.llm_model": "big"}


def test_opening_the_form_and_saving_it_publishes_nothing(acorn, browser):
    send(browser, acorn)
    page = send(browser, acorn, base_version="2", name="Desk")
    assert "unchanged, so version 2 stays" in page.text
    assert AgentVersion.objects.count() == 2
    assert Agent.objects.get().name == "Desk"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "This field is required."),
        ("name", "n" * 81, "at most 80 characters"),
        ("language", "english please", "Write it like en, en-US or pt-BR."),
        ("endpointing_ms", "20", "Give a whole number of milliseconds, 96 to 3,000."),
        ("endpointing_ms", "soon", "Give a whole number of milliseconds, 96 to 3,000."),
        ("pause_ms", "301", "It cannot be longer than the end of turn, which is 300 ms."),
        ("barge_in_ms", "-5", "Give a whole number of milliseconds, 32 to 2,000."),
        ("max_call", "241", "Give a whole number of minutes, 1 to 240."),
        ("llm", "google", "Select a valid choice"),
    ],
)
def test_a_wrong_setting_is_refused_beside_its_field_and_no_input_is_lost(
    acorn, browser, field, value, words
):
    page = send(browser, acorn, **{field: value, "facts": "Parking: <behind> the house."})
    assert page.status_code == 422
    problem = page.text.split(f'id="id_{field}_error">')[1].split("</p>")[0]
    assert words in problem
    assert f'<a href="#id_{field}">' in page.text  # the summary on top leads to the field
    assert "Parking: &lt;behind&gt; the house." in page.text
    assert f"<h1>{acorn.agent.name}</h1>" in page.text
    assert AgentVersion.objects.count() == 1
    assert Agent.objects.get().name == acorn.agent.name


def test_a_version_that_somebody_else_published_meanwhile_is_not_overwritten_unseen(acorn, browser):
    publish(acorn.agent, greeting="From a colleague.")

    page = send(browser, acorn, base_version="1", greeting="From me.")

    assert page.status_code == 422
    assert "Version 2 was published while you were editing." in page.text
    assert "From me." in page.text
    assert Agent.objects.get().published.greeting == "From a colleague."
    assert 'name="base_version" value="2"' in page.text  # sending it again is meant
    send(browser, acorn, base_version="2", greeting="From me.")
    assert Agent.objects.get().published.greeting == "From me."


def test_a_new_agent_is_made_with_its_first_version(acorn, browser):
    page = browser.post(
        acorn.url("agents/new/"), FORM | {"name": "Night", "base_version": ""}, follow=True
    )
    agent = Agent.objects.get(name="Night")
    assert (agent.org, agent.is_active, agent.published.number) == (acorn.org, True, 1)
    assert page.redirect_chain[-1][0] == acorn.url(f"agents/{agent.public_id}/")
    assert "Night is ready to answer calls." in page.text


def test_a_new_agent_that_is_refused_leaves_nothing_behind(acorn, browser):
    page = browser.post(acorn.url("agents/new/"), FORM | {"language": "?", "base_version": ""})
    assert page.status_code == 422
    assert "Good morning." in page.text
    assert Agent.objects.count() == 1


def test_the_agents_page_shows_its_url_with_the_key_masked_and_every_version(cast, acorn, browser):
    publish(acorn.agent, actor=cast.bob, greeting="Hi.")
    text = browser.get(acorn.url(f"agents/{acorn.agent.public_id}/")).text
    assert f"voice?api_key=vx_...&amp;agent_id={acorn.agent.public_id}" in text
    assert acorn.key_text not in text
    versions = text.split("<h2>Versions</h2>")[1]
    assert versions.count("<tr>") == 3
    assert cast.bob.email in versions


def test_a_viewer_reads_what_the_agent_says(cast, acorn):
    text = browser_of(cast.vera).get(acorn.url(f"agents/{acorn.agent.public_id}/")).text
    assert "Hello, how can I help you?" in text


def test_a_hostile_name_is_text_and_nothing_else(acorn, browser):
    Agent.objects.update(name="<img src=x onerror=alert(1)>")
    for path in ("", "agents/", f"agents/{acorn.agent.public_id}/"):
        text = browser.get(acorn.url(path)).text
        assert "<img" not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_without_agents_the_list_says_what_to_do(cast, browser):
    page = browser.get(f"/o/{cast.acorn.public_id}/agents/")
    assert "No agents yet" in page.text
    assert f"/o/{cast.acorn.public_id}/agents/new/" in page.text


def test_the_list_of_agents_takes_the_same_queries_however_many_there_are(
    acorn, browser, django_assert_num_queries
):
    with django_assert_num_queries(5):  # session, user, membership, the organization menu, agents
        browser.get(acorn.url("agents/"))
    for _ in range(3):
        Office(acorn.org)
    with django_assert_num_queries(5):
        browser.get(acorn.url("agents/"))
