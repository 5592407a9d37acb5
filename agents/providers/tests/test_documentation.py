"""The documentation of engines shows what their cards say."""

from pathlib import Path

from agents.engines import registry
from agents.providers.documentation import engines_table, options_table

PAGE = Path(__file__).parents[3] / "docs" / "engines.md"


def test_the_documented_engines_are_the_cards():
    assert engines_table() in PAGE.read_text(), engines_table()


def test_the_documented_settings_are_the_cards():
    assert options_table() in PAGE.read_text(), options_table()


def test_every_card_says_what_its_engine_needs():
    for name, card in registry.ENGINES.items():
        assert card.title, name
        assert card.needs, name
        assert card.paths(), name
        assert {price.component for price in card.prices} == set(card.components), name
