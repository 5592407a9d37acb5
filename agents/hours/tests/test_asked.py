"""Which fact about the opening hours a question means."""

import pytest

from agents.hours.asked import OPEN_NOW, OTHER_DAYS, TOMORROW, WHEN_OPEN, topics_for

DAYS = "On Thursday, December 17, 2026 we are closed. On Friday, January 1, 2027 we are closed."


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("are you guys open", OPEN_NOW),
        ("what time do you close today", OPEN_NOW),
        ("when do you open again", OPEN_NOW),
        ("is the store still open", OPEN_NOW),
        ("are you open tomorrow", TOMORROW),
        ("can i come in tomorrow", TOMORROW),
        ("and tomorrow", TOMORROW),
        ("are you open the day after tomorrow", WHEN_OPEN),
        ("are you closed on mondays", WHEN_OPEN),
        ("are you still open on sundays", WHEN_OPEN),
        ("when do you close", WHEN_OPEN),
        ("when is the office closed", WHEN_OPEN),
        ("what about saturday", WHEN_OPEN),
        ("are you open on december 3rd", WHEN_OPEN),
        ("are you open on december 17th", OTHER_DAYS),
        ("are you open on the 17th", OTHER_DAYS),
        ("are you open on christmas", OTHER_DAYS),
        ("what are your holiday hours", OTHER_DAYS),
        ("are you open on the 4th of july", OTHER_DAYS),
    ],
)
def test_words_choose_between_facts_that_are_alike(question, topic):
    assert topics_for(question, DAYS)[0] == topic


def test_who_has_no_hours_of_a_week_answers_of_tomorrow_with_their_own_fact():
    assert topics_for("are you open tomorrow") == (TOMORROW, WHEN_OPEN, OTHER_DAYS)


def test_a_date_within_a_period_may_be_one_of_its_days():
    assert topics_for("are you open on december 29th", f"{DAYS} From Sunday ...")[0] == OTHER_DAYS


@pytest.mark.parametrize(
    "question",
    [
        "do you have a job opening",
        "do you have an open position",
        "can i open an account",
        "do you open accounts for students",
        "are you open to new patients",
        "are you close to the station",
        "can i come in with my dog",
        "how many hours does it take",
        "do you deliver tomorrow",
        "is the pool open",
    ],
)
def test_other_questions_are_not_about_the_hours(question):
    assert topics_for(question) == ()
