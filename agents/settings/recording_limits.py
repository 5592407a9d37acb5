"""What an agent may be told about recording calls."""

from dataclasses import fields
from typing import Final

from django.utils.translation import gettext as _

from agents.settings import limits
from agents.settings.config import Recording, RecordingMode

DEFAULTS: Final = Recording()
MAX_SENTENCE: Final = limits.CHARACTERS["recording.sentence"]
MAX_WORD: Final = limits.CHARACTERS["recording.word"]


def problems(values: object) -> dict[str, str]:
    """What is wrong with `values` as the fields of a Recording, by field; empty when nothing is.

    values: as decoded from JSON; fields that are left out keep their defaults. Under ""
    stands what is wrong with all of it.
    """
    if not isinstance(values, dict):
        return {"": _("Recording is an object of named values")}
    unknown = values.keys() - {field.name for field in fields(Recording)}
    if unknown:
        return {"": _("Recording has no %(name)s") % {"name": repr(min(unknown)[:40])}}
    not_text = [name for name, value in values.items() if not isinstance(value, str)]
    if not_text:
        return {name: _("This is a text") for name in not_text}
    found: dict[str, str] = {}
    mode = values.get("mode", RecordingMode.OFF)
    if mode not in list(RecordingMode):
        choices = ", ".join(RecordingMode)
        return {"mode": _("Choose one of: %(choices)s") % {"choices": choices}}
    sentence = values.get("sentence", "")
    if mode != RecordingMode.OFF and not sentence.strip():
        found["sentence"] = _("Callers have a right to know: write the sentence that they hear.")
    if len(sentence) > MAX_SENTENCE:
        found["sentence"] = _("At most %(limit)d characters") % {"limit": MAX_SENTENCE}
    key = values.get("key", DEFAULTS.key)
    if len(key) != 1 or key not in limits.RECORDING_KEYS:
        found["key"] = _("Choose one key of a telephone: 0 to 9, * or #.")
    word = values.get("word", DEFAULTS.word)
    if not word.strip() or len(word) > MAX_WORD:
        found["word"] = _("Give a word or two, at most %(limit)d characters.") % {"limit": MAX_WORD}
    elif word != word.lower().strip():
        found["word"] = _("Write it in lower case, without spaces around it.")
    return found
