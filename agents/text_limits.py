"""How much an agent may be told, so that one agent does not slow down all calls. Pure."""

from typing import Final

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
        return f"At most {MAX_CHARACTERS:,} characters"
    if name == "facts" and len(parse_facts(text)) > MAX_FACTS:
        return f"At most {MAX_FACTS} facts, one a line"
    # Of facts, those that wait to be filled in are left out; a greeting is said whole.
    if name == "greeting" and (found := PLACEHOLDER.search(text)):
        return f"Callers would hear {found.group()!r}: fill it in first"
    return ""
