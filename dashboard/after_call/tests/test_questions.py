"""The page of an agent's unanswered questions, and the way from one to a fact of the draft."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from agents.versions.drafts import draft_of
from agents.versions.publishing import publish
from dashboard.after_call import questions
from testing.office import Office, browser_of
from usage.models import UnansweredQuestion
from usage.questions import reads
from usage.questions.keeping import keep


def asks(office, sid, *questions):
    call = office.rings(sid)
    office.hangs_up(call)
    keep(call, questions, now=timezone.now())
    return call


def page(office, path=""):
    return office.url(f"agents/{office.agent.public_id}/questions/{path}")


def test_a_viewer_sees_what_was_asked_and_how_often(cast, acorn):
    asks(acorn, "CA1", "Do you sell skis?")
    asks(acorn, "CA2", "Are skis sold here?", "<b>Pool?</b>")
    browser = browser_of(cast.vera)
    text = browser.get(page(acorn)).text
    for shown in ("Are skis sold here?", "Asked 2 times this week.", "“Do you sell skis?”",
                  "&lt;b&gt;Pool?", "/calls/CA2/"):  # fmt: skip
        assert shown in text
    assert "<b>Pool" not in text
    assert "Add as a fact" not in text
    assert AuditEntry.objects.get(action="transcript.questions").actor == cast.vera
    assert "3 questions" in browser.get(acorn.url()).text


def test_of_very_many_the_most_frequent_are_shown(cast, acorn, monkeypatch):
    monkeypatch.setattr(questions, "SHOWN", 1)
    asks(acorn, "CA1", "Do you sell skis?")
    asks(acorn, "CA2", "Are skis sold here?", "Is there a pool?")
    text = " ".join(browser_of(cast.vera).get(page(acorn)).text.split())
    assert "The most frequent of the newest questions is shown." in text
    assert "Are skis sold here?" in text
    assert "Is there a pool?" not in text


def test_of_more_than_are_gathered_the_newest_are_shown(cast, acorn, monkeypatch):
    monkeypatch.setattr(reads, "MOST", 2)
    asks(acorn, "CA1", "Do you sell skis?", "Is there a pool?", "Where can I park?")
    text = " ".join(browser_of(cast.vera).get(page(acorn)).text.split())
    assert "The 2 most frequent of the newest questions are shown." in text


def test_without_questions_the_page_says_what_will_be_there(cast, acorn):
    text = browser_of(cast.vera).get(page(acorn)).text
    assert "No open questions" in text
    assert "Questions without an answer" not in browser_of(cast.vera).get(acorn.url()).text


def test_a_member_answers_one_and_is_led_to_try_the_draft_with_it(cast, acorn):
    asks(acorn, "CA1", "Do you sell skis?")
    question = UnansweredQuestion.objects.get()
    browser = browser_of(cast.bob)
    form = browser.get(page(acorn, f"{question.pk}/fact/"))
    assert 'value="Do you sell skis?"' in form.text
    view = form.context["view"]
    refused = browser.post(page(acorn, f"{question.pk}/fact/"), {"topic": "Skis?", "view": view})
    assert refused.status_code == 422
    answer = browser.post(
        page(acorn, f"{question.pk}/fact/"),
        {"topic": "Do you sell skis?", "answer": "Yes, all winter.", "view": view},
        follow=True,
    )
    assert answer.redirect_chain[-1][0].endswith(f"/draft/?ask={question.pk}#try")
    assert "Yes, all winter." in answer.text
    assert "data-ask>Do you sell skis?</button>" in answer.text
    assert draft_of(acorn.agent).fields["facts"] == "Do you sell skis?: Yes, all winter."
    # Back, with the browser's button.
    again = browser.get(page(acorn, f"{question.pk}/fact/"), follow=True)
    assert again.redirect_chain[-1][0].endswith("/questions/")
    assert "no longer open" in again.text
    assert browser.get(page(acorn, "999999/fact/")).status_code == 404


@pytest.mark.parametrize("other", ["answers it", "finds it irrelevant"])
def test_an_answer_to_what_somebody_else_closed_meanwhile_is_shown_again(cast, acorn, other):
    asks(acorn, "CA1", "Do you sell skis?")
    question = UnansweredQuestion.objects.get()
    url = page(acorn, f"{question.pk}/fact/")
    browser = browser_of(cast.bob)
    view = browser.get(url).context["view"]
    state = "added" if other == "answers it" else "dismissed"
    UnansweredQuestion.objects.update(state=state)
    typed = {"topic": "Skis & boards?", "answer": "Yes, all winter.", "view": view}
    answer = browser.post(url, typed)
    assert answer.status_code == 422
    for shown in ("no longer open", "Skis &amp; boards?", "Yes, all winter."):
        assert shown in answer.text
    assert draft_of(acorn.agent) is None


def test_an_answer_fills_in_the_fact_that_waits_for_it(cast, acorn):
    publish(acorn.agent, facts="Is there parking?: Yes, [[where]].\nName: [[name]]")
    asks(acorn, "CA1", "Can I park there?")
    url = page(acorn, f"{UnansweredQuestion.objects.get().pk}/fact/")
    browser = browser_of(cast.bob)
    form = browser.get(url)
    assert '<option value="Is there parking?" selected>Fills in: Is there parking?' in form.text
    said = {
        "topic": "Can I park there?",
        "answer": "Behind the house.",
        "view": form.context["view"],
    }
    assert browser.post(url, said | {"fills": "Skis?"}).status_code == 422
    browser.post(url, said | {"fills": "Is there parking?"})
    assert draft_of(acorn.agent).fields["facts"] == (
        "Is there parking? Can I park there?: Behind the house.\nName: [[name]]"
    )


def test_a_member_dismisses_one_and_its_like(cast, acorn):
    asks(acorn, "CA1", "Do you sell skis?")
    asks(acorn, "CA2", "Are skis sold here?")
    newest = UnansweredQuestion.objects.latest("pk")
    browser = browser_of(cast.bob)
    text = browser.post(page(acorn, f"{newest.pk}/dismiss/"), follow=True).text
    assert "Question dismissed." in text
    assert {row.state for row in UnansweredQuestion.objects.all()} == {"dismissed"}
    assert browser_of(cast.vera).post(page(acorn, f"{newest.pk}/dismiss/")).status_code == 403


def test_the_question_of_a_strangers_agent_is_not_found(cast, acorn):
    birch = Office(cast.birch)
    asks(birch, "CA9", "Do you sell skis?")
    question = UnansweredQuestion.objects.get()
    browser = browser_of(cast.bob)
    assert browser.get(page(acorn, f"{question.pk}/fact/")).status_code == 404
    browser.post(page(acorn, f"{question.pk}/dismiss/"))
    assert UnansweredQuestion.objects.get().state == "open"
