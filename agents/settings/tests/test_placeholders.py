"""What a member has yet to fill in is never said to a caller."""

import pytest
from django.core.exceptions import ValidationError

from agents.settings.config import Fact, facts_in, parse_facts
from agents.versions.publishing import create_agent

FACTS = """\
Opening hours: We are open [[Monday to Friday, nine to five]].
Parking: You can park [behind] the house.
- [[Anything else that callers ask]]
"""


def test_a_fact_that_waits_to_be_filled_in_is_left_out():
    assert parse_facts(FACTS) == (Fact("Parking", "You can park [behind] the house."),)


def test_who_reads_the_agent_sees_what_waits_too():
    assert [(fact.topic, is_filled) for fact, is_filled in facts_in(FACTS)] == [
        ("Opening hours", False),
        ("Parking", True),
        ("[[Anything else that callers ask]]", False),
    ]


def test_a_greeting_with_a_gap_is_refused(cast):
    with pytest.raises(ValidationError) as refused:
        create_agent(cast.acorn, name="A", greeting="Hello, this is [[your company]].")
    assert "[[your company]]" in refused.value.message_dict["greeting"][0]
