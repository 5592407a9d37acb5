"""A question in other words finds its passage, and exact words still win; with the real model."""

import pytest

from agents.documents.passages import passages_in
from agents.documents.searching import Index
from agents.engines.local import embeddings
from agents.meaning.carrying import WIDTH, joined
from agents.meaning.nearest import nearest, packed

pytestmark = pytest.mark.models

TEXTS = """\
# Returns
You can send goods back within thirty days if they are unused. The sum goes back to your card.

# Delivery
Parcels leave our warehouse on weekdays and arrive after two days.

# Order 4711
Order 4711 has left on Monday. It comes with the parcel service.

# Order 4712
Order 4712 waits for a wheel. It will leave the warehouse next week.

# Staff
Doctor Okafor is here on Tuesdays and looks after children.

# Doctors
Doctor Lindqvist is here on Fridays. She looks after adults, and sees children in an emergency.

# Animals
Dogs have to stay on a lead in the waiting room. Cats stay in their basket.

# Guarantee
Fillings have a guarantee of two years. It ends when another practice has worked on the tooth.

# Payment
We take cards and cash. Invoices are due within two weeks.
"""
PASSAGES = passages_in(TEXTS)
INDEX = Index(PASSAGES)


@pytest.fixture(scope="module")
def stored():
    texts = [f"{each.title}\n{each.text}" for each in PASSAGES]
    return joined(packed(embeddings.encode(texts)))


def found(question, stored):
    near = nearest(stored, embeddings.encode([question])[0])
    return [each.title for each in INDEX.find(question, near)]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("may I bring my puppy along", "Animals"),
        ("can I get a refund if it doesn't suit me", "Returns"),
        ("how soon will my package get here", "Delivery"),
        ("can I pay by Visa", "Payment"),
        ("is there a warranty", "Guarantee"),
    ],
)
def test_a_question_in_other_words_finds_its_passage(question, title, stored):
    assert title not in [each.title for each in INDEX.find(question)[:1]]
    assert found(question, stored)[0] == title


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("where is my order 4712", "Order 4712"),
        ("what about 4711", "Order 4711"),
        ("when is Okafor in", "Staff"),
        ("does Lindqvist see my child", "Doctors"),
    ],
)
def test_numbers_and_names_are_found_before_what_is_like_them(question, title, stored):
    assert found(question, stored)[0] == title


@pytest.mark.parametrize("question", ["do you sell horses to Mars", "who won the election"])
def test_what_is_about_nothing_here_finds_nothing(question, stored):
    assert found(question, stored) == []


def test_a_stored_likeness_is_that_of_the_model(stored):
    question, *others = embeddings.encode([PASSAGES[0].text, *(each.text for each in PASSAGES)])
    near = nearest(joined(packed(embeddings.encode([each.text for each in PASSAGES]))), question)
    assert near[0] == pytest.approx(1.0, abs=0.01)
    assert near == pytest.approx({n: float(others[n] @ question) for n in near}, abs=0.01)
    assert len(packed(embeddings.encode(["x"]))[0]) == WIDTH
