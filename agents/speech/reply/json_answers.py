"""The words in an answer that a model wrote as an object: {"response": "We are open."}. Pure."""

import re
from typing import Final

_OF_TOOLS: Final = re.compile(r"[\"'](?:name|tool|function|arguments|parameters|type)[\"']\s{0,9}:")
_ANSWER_FIELD: Final = re.compile(
    r"""["'](?:answer|response|reply|final_answer|message|content|text|speech|say|output
         |spoken|spoken_response|utterance|assistant|final|response_text|reply_text|answer_text)["']
        \s{0,9}:\s{0,9}["']""",
    re.VERBOSE,
)
_FIELD_ENDS: Final = re.compile(r"[\"']\s{0,9}[,}]")


def answer_in(written: str) -> str:
    """The words to the caller in `written` (an object, its escapes decoded); "" for a tool call."""
    found = None if _OF_TOOLS.search(written) else _ANSWER_FIELD.search(written)
    end = _FIELD_ENDS.search(written, found.end()) if found else None
    return written[found.end() : end.start()] if found and end else ""
