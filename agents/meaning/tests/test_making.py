"""Vectors of documents, made after a version is saved, once for each passage."""

import asyncio
from dataclasses import replace
from threading import get_ident

import numpy as np
import pytest
from django.core.cache import cache

from agents.documents.passages import Passage
from agents.engines import pool
from agents.engines.local import embeddings
from agents.meaning import finding, making
from agents.meaning.carrying import WIDTH, joined, rows_of
from agents.meaning.nearest import packed
from agents.models import Agent, AgentVersion
from agents.versions.drafts import draft_to_try, save_draft, view_of
from agents.versions.preparing import prepare_old_versions
from agents.versions.publishing import create_agent, publish
from testing.setups import setup
from voicex.errors import EngineMissing

PRICES = "# Prices\nA check-up costs 80 dollars.\n\n# Pets\nDogs stay outside."


@pytest.fixture
def encoded(monkeypatch):
    """The texts that the model is given; each has a vector of its own."""
    cache.clear()
    texts = []

    def encode(some):
        texts.extend(some)
        vectors = np.zeros((len(some), WIDTH), np.float32)
        for row, text in zip(vectors, some, strict=True):
            row[hash(text) % WIDTH] = 1.0
        return vectors

    monkeypatch.setattr(embeddings, "encode", encode)
    return texts


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Mia")


def documents(text):
    return {"documents": {"text": text}}


def again(version):
    return AgentVersion.objects.get(pk=version.pk)


def test_a_version_with_documents_waits_until_they_are_read(agent, encoded):
    version = publish(agent, settings=documents(PRICES))
    assert version.is_meaning_due
    assert version.config().passage_vectors == ""
    assert not making.make_next()
    made = again(version)
    assert not made.is_meaning_due
    assert encoded == ["Prices\nA check-up costs 80 dollars.", "Pets\nDogs stay outside."]
    assert len(rows_of(made.prepared)) == len(made.config().passages) == 2
    later = publish(Agent.objects.get(pk=agent.pk), greeting="Hello")
    assert not later.is_meaning_due  # it takes them along
    assert len(rows_of(later.prepared)) == 2


def test_only_what_is_new_is_read_and_only_what_is_asked(agent, encoded):
    publish(agent, settings=documents(PRICES))
    making.make_next()
    encoded.clear()
    overtaken = publish(agent, settings=documents(f"{PRICES}\n\n# Cats\nIn baskets."))
    latest = publish(agent, settings=documents(f"{PRICES}\n\n# Fish\nIn water."))
    while making.make_next():
        pass
    assert encoded == ["Fish\nIn water."]
    assert len(rows_of(again(latest).prepared)) == 3
    assert not rows_of(again(overtaken).prepared)
    assert not again(overtaken).is_meaning_due


def test_a_draft_that_is_tried_is_read_too(agent, encoded, cast):
    save_draft(agent, actor=cast.bob, view=view_of(agent, None), settings=documents(PRICES))
    draft = draft_to_try(agent, actor=cast.bob)
    making.make_next()
    assert rows_of(again(draft).prepared)


def test_other_languages_and_no_documents_wait_for_nothing(agent, encoded):
    assert not agent.published.is_meaning_due
    other = dict.fromkeys(("stt", "llm", "tts"), "scripted")
    german = publish(agent, settings=documents(PRICES), language="de-DE", **other)
    assert not german.is_meaning_due
    assert finding.near_in(agent.published.config()) is None


@pytest.mark.parametrize("error", [EngineMissing("no model"), ValueError()])
def test_where_it_cannot_be_made_words_alone_are_compared(agent, encoded, monkeypatch, error):
    version = publish(agent, settings=documents(PRICES))

    def fail(texts):
        raise error

    monkeypatch.setattr(embeddings, "encode", fail)
    assert not making.make_next()
    assert not rows_of(again(version).prepared)


@pytest.mark.parametrize("error", [EngineMissing("no model"), OSError()])
def test_what_fails_is_tried_again_an_hour_later(cast, agent, encoded, monkeypatch, error):
    version = publish(agent, settings=documents(PRICES))
    encode, tries = embeddings.encode, []

    def fail(texts):
        tries.append(texts)
        raise error

    monkeypatch.setattr(embeddings, "encode", fail)
    for _ in range(5):
        assert not making.make_next()
    assert len(tries) == 1
    assert again(version).is_meaning_due
    monkeypatch.setattr(embeddings, "encode", encode)
    for key in (making._RESTING, making._MISSING):
        cache.delete(key)
    making.make_next()
    assert rows_of(again(version).prepared)


def test_what_fails_keeps_no_other_of_its_organization_waiting(cast, agent, encoded, monkeypatch):
    bad = publish(agent, settings=documents(PRICES))
    other = create_agent(cast.acorn, name="Ada")
    good = publish(other, settings=documents("# Cats\nIn baskets."))
    encode = embeddings.encode

    def picky(texts):
        if "Cats" not in texts[0]:
            raise OSError
        return encode(texts)

    monkeypatch.setattr(embeddings, "encode", picky)
    assert making.make_next()
    assert not making.make_next()
    assert [again(each).is_meaning_due for each in (bad, good)] == [True, False]


def test_one_worker_makes_them_and_the_next_release_keeps_them(agent, encoded):
    version = publish(agent, settings=documents(PRICES))
    cache.add(making._LEASE, 1)
    assert not making.make_next()
    assert again(version).is_meaning_due
    cache.clear()
    making.make_next()
    AgentVersion.objects.update(prepared={**again(version).prepared, "format": 0})
    prepare_old_versions(AgentVersion.objects)
    assert len(rows_of(again(version).prepared)) == 2


def test_an_upgrade_has_made_what_it_cannot_keep(agent, encoded):
    """The new form divides the documents otherwise, say: the old vectors are of no use."""
    version = publish(agent, settings=documents(PRICES))
    making.make_next()
    old = again(version).prepared
    changed = {**old, "format": 0, "passages": [["Old", each[1]] for each in old["passages"]]}
    AgentVersion.objects.update(prepared=changed)
    prepare_old_versions(AgentVersion.objects)
    assert again(version).is_meaning_due
    making.make_next()
    assert len(rows_of(again(version).prepared)) == 2


async def test_a_question_waits_for_the_model_no_longer_than_it_may(monkeypatch, encoded):
    passage = Passage("Pets", "Dogs stay outside.")
    stored = joined(packed(embeddings.encode(["q"])))
    config = replace(setup().config, passages=(passage,), passage_vectors=stored)
    near = finding.near_in(config)
    assert await near("q") == {0: pytest.approx(1.0, abs=0.01)}

    async def never(*_args):
        await asyncio.Event().wait()

    monkeypatch.setattr(finding, "SECONDS", 0.01)
    monkeypatch.setattr(pool, "run", never)
    assert await near("q") == {}


async def test_vectors_are_compared_beside_the_event_loop(monkeypatch, encoded):
    threads = []
    monkeypatch.setattr(finding, "nearest", lambda *_: threads.append(get_ident()) or {})
    config = replace(setup().config, passages=(Passage("Pets", "Dogs."),), passage_vectors="x")
    assert await finding.near_in(config)("q") == {}
    assert len(threads) == 1
    assert get_ident() not in threads


async def test_what_fails_has_words_alone_decide(monkeypatch, encoded):
    passage = Passage("Pets", "Dogs stay outside.")
    stored = joined(packed(embeddings.encode(["q", "q"])))
    config = replace(setup().config, passages=(passage,), passage_vectors=stored)
    assert list(await finding.near_in(config)("q")) == [0]  # of the second there is no passage
    torn = replace(config, passage_vectors=stored[:-8])
    assert await finding.near_in(torn)("q") == {}

    def broken(_texts):
        raise ValueError("of the tokenizer")

    monkeypatch.setattr(embeddings, "encode", broken)
    assert await finding.near_in(config)("q") == {}


def test_who_was_served_longest_ago_is_next(cast, encoded):
    """However many texts another organization has saved before."""
    mine = [create_agent(cast.acorn, name=name) for name in ("Mia", "Ada", "Eva")]
    many = [publish(each, settings=documents(PRICES)) for each in mine]
    late = publish(create_agent(cast.birch, name="Bo"), settings=documents(PRICES))
    assert making.make_next()
    assert making.make_next()
    assert [again(each).is_meaning_due for each in (*many, late)] == [False, True, True, False]
    while making.make_next():
        pass
    assert not any(again(each).is_meaning_due for each in many)
