"""Changes of a version by path: values that a change does not name are kept. Pure.

A change holds fields of a version by name. Its `settings` name single values, such as
`{"turn_taking": {"pause_ms": 96}}`; a value of None takes a setting away, so that its default
holds. So no editor can erase what it does not show.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from agents.settings.table import defaults

Fields = dict[str, Any]
SETTINGS: Final = "settings"


def changed(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> Fields:
    """`fields` of a version with `changes` made."""
    result = {**fields, **changes}
    if SETTINGS in changes:
        result[SETTINGS] = _merged(fields.get(SETTINGS, {}), changes[SETTINGS])
    return result


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Fields:
    """The minimal change from `before` to `after`; empty if they are equal."""
    found = {
        name: value
        for name, value in after.items()
        if name != SETTINGS and (name not in before or before[name] != value)
    }
    settings = _settings_between(before.get(SETTINGS, {}), after.get(SETTINGS, {}))
    return found | {SETTINGS: settings} if settings else found


def _merged(stored: Any, changes: Any) -> Any:
    if not isinstance(changes, dict):
        return changes  # invalid settings, which `agents.settings.version_rules` refuses
    result = dict(stored) if isinstance(stored, dict) else {}
    for group, values in changes.items():
        if not isinstance(values, dict):
            result[group] = values
            continue
        kept = result.get(group)
        merged = (kept if isinstance(kept, dict) else {}) | values
        result[group] = {name: value for name, value in merged.items() if value is not None}
        if not result[group]:
            del result[group]
    return result


def _settings_between(before: Any, after: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after if before != after else {}
    found: Fields = {}
    usual = defaults()  # an explicit default is no difference
    for group in [*after, *(name for name in before if name not in after)]:
        was, now = before.get(group, {}), after.get(group, {})
        if not isinstance(was, dict) or not isinstance(now, dict):
            if was != now:
                found[group] = now
            continue
        if values := _values_between(was, now, usual.get(group, {})):
            found[group] = values
    return found


def _values_between(was: Fields, now: Fields, usual: Fields) -> Fields:
    names = [*now, *(name for name in was if name not in now)]
    return {
        name: None if now.get(name) == usual.get(name) else now.get(name)
        for name in names
        if not _is_same(was.get(name, usual.get(name)), now.get(name, usual.get(name)))
    }


def _is_same(was: Any, now: Any) -> bool:
    # To Python, true is 1 and 1.0 is 1; in a setting, at any depth of one, they are not the same.
    return json.dumps(was, sort_keys=True) == json.dumps(now, sort_keys=True)
