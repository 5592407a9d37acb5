"""The prepared form of a version: everything that is parsed from its texts. Pure.

Computed in the child process (`agents.compiler.child`) and stored with the version as JSON. Calls,
webhooks and pages use it, and never parse the texts themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

from agents.calendars.offering import expanded
from agents.documents.passages import MOST, passages_in, titles_in
from agents.http_tools.definition import Definition, of_json
from agents.settings import limits
from agents.settings.config import (
    AfterCall,
    Budget,
    Documents,
    Fact,
    Memory,
    Messages,
    Opening,
    Passage,
    Privacy,
    Recording,
    Speech,
    Tools,
    Transfers,
    TurnTaking,
    Variables,
    facts_in,
    gap_in,
)
from agents.settings.table import ENGINE_OPTIONS, GROUPS, read_group
from agents.speech.text.sentences import sentences
from agents.variables.names import fault_in, names_in

# Increment it when the meaning of the stored form changes: older forms are then computed again by
# `manage.py migrate`, and not used by calls until then.
FORMAT: Final = 1
WITH_VARIABLES: Final = ("greeting", "prompt", "facts")
DOCUMENTS: Final = "documents"  # the group of which a call has passages alone
TOOLS: Final = "tools"  # the group whose names stand for definitions

Problem = tuple[str, str, Any]  # the field, the name of what is wrong, and a number or a text
Reading = Callable[[str], None]
Facts = tuple[tuple[Fact, bool], ...]  # each with whether it is filled in


def compile_version(said: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The prepared form of a version under "prepared", or else its "problems".

    said: greeting, prompt, facts, settings and language of the version, "http_tools" (the
    definitions that it takes along), and "is_stored" for one that was published under the limits
    of another release: it answers calls as it is, with as many facts as an agent may have.
    reading: called with the name of each text before it is read, so that the one that was too much
    can be named.
    """
    groups = {name: group_of(said["settings"], name) for name in GROUPS}
    recording = groups["recording"]
    is_stored = said.get("is_stored", False)
    if not is_stored and (problems := _too_long(said, recording)):
        return {"problems": problems}
    language = said.get("language", "en")
    reading("greeting")
    greeting = sentences(said["greeting"], language)
    gap = gap_in(said["greeting"])
    reading("settings")
    recorded = sentences(recording.sentence, language)
    tools = said.get("http_tools", [])
    fillers = {filler for each in tools if (filler := each.get("filler", ""))}
    reading("documents")
    passages = passages_in(groups[DOCUMENTS].text)
    if not is_stored and len(titles_in(groups[DOCUMENTS].text)) > MOST:
        return {"problems": [("settings", "too_many_documents", MOST)]}
    reading("facts")
    facts = facts_in(said["facts"])
    if is_stored:
        facts = _as_many_as_allowed(facts)
    elif problems := [*_wrong_in_texts(gap, facts), *_wrong_variables(said, groups)]:
        return {"problems": problems}
    return {
        "prepared": {
            "format": FORMAT,
            "facts": [[fact.topic, fact.text, is_filled] for fact, is_filled in facts],
            "greeting": greeting,
            "recording_sentence": recorded,
            "http_tools": tools,
            "fillers": [[each, sentences(each, language)] for each in sorted(fillers)],
            "options": options_of(said["settings"]),
            "variable_names": _variables(said, groups),
            "passages": [[each.title, each.text] for each in passages],
            **{name: asdict(values) for name, values in groups.items() if name != DOCUMENTS},
        }
    }


def _too_long(said: Mapping[str, Any], recording: Recording) -> list[Problem]:
    problems: list[Problem] = [
        (name, "too_long", limits.CHARACTERS[name])
        for name in ("greeting", "prompt", "facts")
        if len(said[name]) > limits.CHARACTERS[name]
    ]
    if len(recording.sentence) > limits.CHARACTERS["recording.sentence"]:
        problems.append(("settings", "too_long", limits.CHARACTERS["recording.sentence"]))
    return problems


def _wrong_in_texts(gap: str, facts: Facts) -> list[Problem]:
    problems: list[Problem] = [("greeting", "gap", gap)] if gap else []
    filled = sum(is_filled for _, is_filled in facts)
    if filled > limits.FACTS:
        problems.append(("facts", "too_many", limits.FACTS))
    if len(facts) - filled > limits.FACTS:
        problems.append(("facts", "too_many_unfilled", limits.FACTS))
    return problems


def _wrong_variables(said: Mapping[str, Any], groups: Mapping[str, Any]) -> list[Problem]:
    declared, has_hours = groups["variables"].all, groups["opening"].is_declared
    found = [
        (name, fault_in(said[name], declared=declared, has_hours=has_hours))
        for name in WITH_VARIABLES
    ]
    return [(name, *fault) for name, fault in found if fault is not None]


def _variables(said: Mapping[str, Any], groups: Mapping[str, Any]) -> list[str]:
    """The variables that the texts have and may have; of a stored version others are plain text."""
    declared, has_hours = groups["variables"].all, groups["opening"].is_declared
    names = {name for text in WITH_VARIABLES for name in names_in(said[text])}
    may_have = partial(fault_in, declared=declared, has_hours=has_hours)
    return sorted(name for name in names if may_have(f"{{{name}}}") is None)


def _as_many_as_allowed(facts: Facts) -> Facts:
    """The first that are filled in and the first that are not, in the order in which they came."""
    kept: list[tuple[Fact, bool]] = []
    taken = {True: 0, False: 0}
    for fact, is_filled in facts:
        taken[is_filled] += 1
        if taken[is_filled] <= limits.FACTS:
            kept.append((fact, is_filled))
    return tuple(kept)


def is_current(prepared: object) -> bool:
    """Whether `prepared` has the current FORMAT."""
    return isinstance(prepared, dict) and prepared.get("format") == FORMAT


@dataclass(frozen=True, slots=True)
class Prepared:
    """The prepared form of a version, without its plain texts and names."""

    facts: tuple[Fact, ...]  # without those that wait to be filled in
    turn_taking: TurnTaking
    recording: Recording
    privacy: Privacy
    messages: Messages
    transfers: Transfers
    speech: Speech
    tools: Tools
    after_call: AfterCall
    opening: Opening
    variables: Variables
    memory: Memory
    documents: Documents  # without its text
    budget: Budget
    options: dict[str, Any]
    greeting: tuple[str, ...]  # in the pieces that a voice gets, as the next one
    recording_sentence: tuple[str, ...]
    http_tools: tuple[Definition, ...]
    variable_names: tuple[str, ...]
    passages: tuple[Passage, ...]
    passage_vectors: str
    fillers: dict[str, tuple[str, ...]]  # what is said while a tool works, as the greeting


def read_prepared(prepared: Mapping[str, Any]) -> Prepared:
    """Read a prepared form of FORMAT; settings missing in it have their defaults."""
    return Prepared(
        facts=tuple(Fact(topic, text) for topic, text, is_filled in prepared["facts"] if is_filled),
        options=prepared["options"],
        greeting=tuple(prepared["greeting"]),
        recording_sentence=tuple(prepared["recording_sentence"]),
        http_tools=expanded(map(of_json, prepared.get("http_tools", ()))),
        passages=tuple(Passage(*each) for each in prepared.get("passages", ())),
        passage_vectors=prepared.get("vectors", ""),  # made later (agents.meaning)
        variable_names=tuple(prepared.get("variable_names", ())),
        fillers={text: tuple(cut) for text, cut in prepared.get("fillers", ())},
        **{name: read_group(name, prepared.get(name)) for name in GROUPS},
    )


def group_of(settings: object, name: str) -> Any:
    """Read a group of stored settings as an instance of its dataclass."""
    return read_group(name, _stored(settings, name))


def options_of(settings: object) -> dict[str, Any]:
    """The engine settings among stored settings, by name."""
    return _stored(settings, ENGINE_OPTIONS)


def _stored(settings: object, name: str) -> dict[str, Any]:
    group = settings.get(name) if isinstance(settings, dict) else None
    return group if isinstance(group, dict) else {}
