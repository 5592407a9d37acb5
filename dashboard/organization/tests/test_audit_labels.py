"""The audit log has words for everything that the code writes into it."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.organization.audit import ACTIONS, OF_THE_PLATFORM, SUBJECTS
from testing.office import Office, browser_of

APPS = ("accounts", "agents", "usage", "telephony", "dashboard")
WRITTEN = re.compile(r'action="([a-z_]+\.[a-z_]+)"')


def written() -> set[str]:
    """Every action that is named beside a call of `record`."""
    root: Path = settings.BASE_DIR
    sources = [path for app in APPS for path in (root / app).rglob("*.py")]
    texts = [path.read_text() for path in sources if "tests" not in path.parts]
    return {name for text in texts for name in WRITTEN.findall(text)}


@pytest.mark.parametrize("action", sorted(written()))
def test_what_is_written_has_words_and_can_be_looked_for(action):
    assert action in ACTIONS
    assert action.partition(".")[0] in SUBJECTS


def test_the_page_of_an_organization_offers_no_subject_of_the_platform(cast):
    page = browser_of(cast.alice).get(Office(cast.acorn).url("audit/")).text
    offered = set(re.findall(r'<option value="([a-z_]+)"', page))
    assert offered >= SUBJECTS.keys() - OF_THE_PLATFORM
    assert not offered & OF_THE_PLATFORM
