"""How much an agent may be told, so that one agent does not slow down all calls."""

from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from agents.config import PLACEHOLDER, parse_facts

# Of each text of a version, in characters; a form may ask for less.
MAX_CHARACTERS: Final = 50_000
# A fact is found by meaning, which costs the local model 10 to 200 ms once; a chat model reads
# all of them before each answer.
MAX_FACTS: Final = 200
TEXTS: Final = ("greeting", "prompt", "facts")


def problem(name: str, text: str) -> str:
    """What is wrong with the version's text `name`, "" when nothing is."""
    if len(text) > MAX_CHARACTERS:
        limit = number_format(MAX_CHARACTERS, force_grouping=True)
        return _("At most %(limit)s characters") % {"limit": limit}
    if name == "facts" and len(parse_facts(text)) > MAX_FACTS:
        return _("At most %(limit)d facts, one a line") % {"limit": MAX_FACTS}
    # Of facts, those that wait to be filled in are left out; a greeting is said whole.
    if name == "greeting" and (found := PLACEHOLDER.search(text)):
        return _("Callers would hear %(gap)s: fill it in first") % {"gap": repr(found.group())}
    return ""
