"""What the prepared form has of variables and documents, and what is refused in words."""

import pytest

from agents.compiler.form import compile_version, read_prepared
from agents.documents.passages import MOST

HOURS = {"opening": {"hours": "Mon-Fri 9:00-17:00"}}
BRANCH = {"variables": {"parameters": "branch"}}


def compiled(greeting="", prompt="", facts="", settings=None, **more):
    said = {"greeting": greeting, "prompt": prompt, "facts": facts, "settings": settings or {}}
    return compile_version(said | {"language": "en"} | more, lambda name: None)


def test_the_form_names_the_variables_that_its_texts_have():
    made = compiled("Good {time_of_day}.", "{today} {x}", "A: {branch}", BRANCH, is_stored=True)
    prepared = read_prepared(made["prepared"])
    assert prepared.variable_names == ("branch", "time_of_day", "today")  # x stays as it is


@pytest.mark.parametrize("field", ["greeting", "prompt", "facts"])
def test_a_variable_that_there_is_not_is_refused_beside_its_text(field):
    made = compiled(**{field: "Hello {brunch}"}, settings=BRANCH)
    assert made == {"problems": [(field, "unknown_variable", "brunch")]}


def test_hours_that_are_not_set_cannot_be_said():
    assert compiled("We are {open_now}.") == {"problems": [("greeting", "no_hours", "open_now")]}
    assert "prepared" in compiled("We are {open_now}.", settings=HOURS)


def test_a_form_of_before_there_were_any_has_none():
    made = compiled("{today}")["prepared"]
    del made["variable_names"], made["passages"]
    assert read_prepared(made).variable_names == ()
    assert read_prepared(made).passages == ()


def test_documents_are_passages_and_their_text_is_not_kept_twice():
    made = compiled(settings={"documents": {"text": "# Prices\nA cleaning costs 95 dollars."}})
    assert made["prepared"]["passages"] == [["Prices", "A cleaning costs 95 dollars."]]
    assert "documents" not in made["prepared"]
    assert read_prepared(made["prepared"]).passages[0].title == "Prices"


def test_documents_are_few():
    text = "".join(f"# D{number}\nText.\n" for number in range(MOST + 1))
    made = compiled(settings={"documents": {"text": text}})
    assert made == {"problems": [("settings", "too_many_documents", MOST)]}
