"""Plans and price books as an operator writes them: refused in words, kept with who and when."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from testing.filled_forms import as_shown
from testing.office import browser_of
from usage.models import Plan, PriceBook, Quota

PLAN = {
    "name": "Office",
    "concurrent_calls": "5",
    "minutes_a_month": "1000",
    "monthly_fee_micros": "49.90",
}


@pytest.fixture
def olga(cast):
    return browser_of(cast.olga)


# --- Plans ---------------------------------------------------------------------------------------


def test_a_plan_is_made_with_its_fee_in_dollars(cast, olga):
    assert olga.post("/operator/plans/new/", PLAN).url == "/operator/plans/"
    plan = Plan.objects.get()
    assert (plan.concurrent_calls, plan.minutes_a_month) == (5, 1000)
    assert plan.monthly_fee_micros == 49_900_000
    assert "$49.90" in olga.get("/operator/plans/").text


def test_a_changed_plan_says_how_many_have_it_and_who_changed_what(cast, olga):
    olga.post("/operator/plans/new/", PLAN)
    plan = Plan.objects.get()
    Quota.objects.create(org=cast.acorn, plan=plan)
    page = f"/operator/plans/{plan.pk}/"
    shown = olga.get(page).text
    assert "1 organization is on this plan" in shown
    assert 'value="49.9"' in shown

    olga.post(page, PLAN | {"minutes_a_month": "2000"})
    assert [entry.user for entry in LogEntry.objects.all()] == [cast.olga, cast.olga]
    shown = olga.get(page).text
    assert "olga@example.com" in shown
    assert "Minutes per month: 2000" in shown


def test_an_old_page_undoes_no_fee_of_another_operator(olga):
    olga.post("/operator/plans/new/", PLAN)
    page = f"/operator/plans/{Plan.objects.get().pk}/"
    seen = as_shown(olga.get(page).text, "concurrent_calls")
    Plan.objects.update(monthly_fee_micros=99_000_000)
    answer = olga.post(page, seen | {"concurrent_calls": "7"}, follow=True)
    assert "in another tab, and kept: Monthly fee." in answer.text
    plan = Plan.objects.get()
    assert (plan.concurrent_calls, plan.monthly_fee_micros) == (7, 99_000_000)


def test_a_plan_that_was_saved_unchanged_leaves_no_trace(olga):
    olga.post("/operator/plans/new/", PLAN)
    olga.post(f"/operator/plans/{Plan.objects.get().pk}/", PLAN)
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Taken", "A plan with this name already exists."),
        ("name", "", "This field is required."),
        ("concurrent_calls", "-1", "greater than or equal to 0"),
        ("monthly_fee_micros", "cheap", "Enter a number."),
        ("monthly_fee_micros", "sNaN", "Enter a number."),
        ("monthly_fee_micros", "0.0000001", "no more than 6 decimal places"),
    ],
)
def test_a_wrong_plan_is_refused_beside_the_field_and_nothing_is_lost(olga, field, value, words):
    Plan.objects.create(name="Taken", concurrent_calls=1)
    answer = olga.post("/operator/plans/new/", PLAN | {field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.text
    assert words in answer.text
    assert 'value="1000"' in answer.text
    assert Plan.objects.count() == 1


# --- The price book ------------------------------------------------------------------------------


def copied(olga) -> dict[str, str]:
    """What the form for a new version is filled with, and a moment tomorrow."""
    context = olga.get("/operator/prices/new/").context
    fields = {
        f"form-{name}": str(context["rows"].management_form[name].value())
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    for row in context["rows"]:
        for field in row:
            value = field.value()
            fields[field.html_name] = "" if value is None else str(value)
    fields = {name: value for name, value in fields.items() if not name.endswith("DELETE")}
    tomorrow = timezone.now() + timedelta(days=1)
    return fields | {"effective_from": f"{tomorrow:%Y-%m-%dT%H:%M}", "note": "Telephony is dearer"}


def prices(book: PriceBook) -> set[tuple[object, ...]]:
    names = ("component", "engine", "unit", "micros", "cost_micros", "per")
    return set(book.prices.values_list(*names))


def test_a_new_version_begins_as_a_copy_of_the_latest(cast, olga):
    answer = olga.post("/operator/prices/new/", copied(olga))
    assert answer.url == "/operator/prices/2/"
    first, second = PriceBook.objects.order_by("version")
    # Beside it, a price for every engine where there was none.
    added = prices(second) - prices(first)
    assert prices(first) <= prices(second)
    assert {engine for _component, engine, *_rest in added} <= {""}
    assert second.note == "Telephony is dearer"
    assert [entry.user for entry in LogEntry.objects.all()] == [cast.olga]
    assert "olga@example.com" in olga.get("/operator/prices/2/").text
    assert "scheduled" in olga.get("/operator/prices/").text


def row_of(fields: dict[str, str], component: str, engine: str = "") -> str:
    """The prefix of the row that prices `component` on `engine`."""
    [found] = [
        name.removesuffix("-component")
        for name, value in fields.items()
        if name.endswith("-component")
        and value == component
        and fields[name.replace("component", "engine")] == engine
    ]
    return found


def test_prices_are_typed_in_dollars(olga):
    fields = copied(olga)
    row = row_of(fields, "telephony")
    olga.post("/operator/prices/new/", fields | {f"{row}-micros": "0.0095"})
    price = PriceBook.objects.get(version=2).prices.get(component="telephony")
    assert (price.micros, price.unit) == (9_500, "minute")


def test_a_version_that_takes_effect_later_is_named_before_another_is_written(olga):
    assert "takes effect on" not in olga.get("/operator/prices/new/").text
    olga.post("/operator/prices/new/", copied(olga))
    assert "Version 2 takes effect on" in olga.get("/operator/prices/new/").text


def test_a_row_is_left_out_and_another_added(olga):
    fields = copied(olga)
    gone = row_of(fields, "tts", "google")
    new = f"form-{int(fields['form-TOTAL_FORMS']) - 1}"
    row = {"component": "tts", "engine": "openai", "micros": "1", "cost_micros": "0", "per": "9"}
    fields |= {f"{gone}-DELETE": "on"} | {f"{new}-{name}": value for name, value in row.items()}
    # Two prices for one engine are refused, one is not.
    answer = olga.post("/operator/prices/new/", fields)
    assert answer.status_code == 422
    assert "Text-to-speech on openai has two prices." in answer.text
    fields[f"{row_of(copied(olga), 'tts', 'openai')}-DELETE"] = "on"
    assert olga.post("/operator/prices/new/", fields).status_code == 302
    found = PriceBook.objects.get(version=2).prices.filter(component="tts")
    assert not found.filter(engine="google").exists()
    assert found.get(engine="openai").per == 9


def test_an_engine_that_is_left_out_of_a_version_is_named(olga):
    fields = copied(olga)
    gone = row_of(fields, "tts", "google")
    answer = olga.post("/operator/prices/new/", fields | {f"{gone}-DELETE": "on"}, follow=True)
    assert "No specific price for text-to-speech on google." in answer.text
    assert (
        "No specific price"
        not in olga.post("/operator/prices/new/", copied(olga), follow=True).text
    )


def test_a_moment_that_has_passed_is_refused_beside_the_field(olga):
    fields = copied(olga) | {"effective_from": "2026-01-01T00:00"}
    answer = olga.post("/operator/prices/new/", fields)
    assert answer.status_code == 422
    assert 'id="id_effective_from_error"' in answer.text
    assert "Choose a time in the future." in answer.text
    assert "Telephony is dearer" in answer.text
    assert PriceBook.objects.count() == 1


def test_a_moment_is_in_the_operators_zone(olga):
    olga.cookies["tz"] = "Asia/Kolkata"
    fields = copied(olga)
    olga.post("/operator/prices/new/", fields)
    book = PriceBook.objects.get(version=2)
    typed = fields["effective_from"]
    assert f"{book.effective_from + timedelta(hours=5, minutes=30):%Y-%m-%dT%H:%M}" == typed


def test_a_component_without_a_price_is_refused_in_words(olga):
    fields = copied(olga)
    fields[f"{row_of(fields, 'telephony')}-DELETE"] = "on"
    answer = olga.post("/operator/prices/new/", fields)
    assert answer.status_code == 422
    assert "Add a price for every engine to: Telephony." in answer.text


def test_a_price_that_is_none_is_refused_beside_it(olga):
    fields = copied(olga)
    row = row_of(fields, "telephony")
    answer = olga.post("/operator/prices/new/", fields | {f"{row}-micros": "-1"})
    assert answer.status_code == 422
    assert f'id="id_{row}-micros_error"' in answer.text
    assert PriceBook.objects.count() == 1


def test_a_version_that_another_operator_published_meanwhile_is_not_undone_unseen(olga):
    new = "/operator/prices/new/"
    fields = copied(olga) | {"latest": as_shown(olga.get(new).text, "note")["latest"]}
    row = row_of(fields, "telephony")
    olga.post(new, fields | {f"{row}-micros": "0.0095"})
    # A mistake elsewhere does not hide it.
    wrong = olga.post(new, fields | {f"{row}-per": "0"})
    assert as_shown(wrong.text, "note")["latest"] == fields["latest"]
    refused = olga.post(new, fields)
    assert refused.status_code == 422
    assert "Another version was published meanwhile." in refused.text
    assert 'href="/operator/prices/2/"' in refused.text
    assert PriceBook.objects.count() == 2
    # The page knows it now: sent once more, it is meant.
    answer = olga.post(new, fields | {"latest": as_shown(refused.text, "note")["latest"]})
    assert answer.url == "/operator/prices/3/"


def test_what_is_written_cannot_be_written_over(olga):
    assert olga.post("/operator/prices/1/").status_code == 405
