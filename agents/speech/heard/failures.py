"""Tells what a server writes in the place of a transcription from what a caller said. Pure.

Errors also come as the text of a response, and recognisers that are chat models answer in
sentences.
"""

import re
from typing import Final

READ_CHARACTERS: Final = 300
SHOWN_CHARACTERS: Final = 80
# What proxies say in the place of an answer, and what programs end with; callers don't say these.
_FAILURE: Final = re.compile(
    r"(?:(?:\d{3} )?(?:internal server error|bad gateway|service (?:temporarily )?unavailable"
    r"|gateway time-?out|page not found)"
    r"|no healthy upstream|upstream (?:connect error|request timeout|timed out)[^\n]*"
    r"|error code: \d{3,4}|traceback \(most recent call last\):.*)[.!\s]*",
    re.IGNORECASE | re.DOTALL,
)
# What programs write in front of an error. A caller may read "Error: card declined" out, so that
# alone is one only where it is the whole answer.
_ERROR: Final = re.compile(
    r"\s*(?:\[(?:ERROR|Error|error)\]:?\s|(?:(?:ERROR|Error|error):\s)?"
    r"(?:[A-Za-z_.]{0,60}[a-z](?:Error|Exception):\s|RuntimeError\b"
    r"|CUDA (?:error|out of memory)))"
)
_BARE_ERROR: Final = re.compile(r"(?:error|exception):\s", re.IGNORECASE)
# In words alone, as statuses are called: without the full stop that recognisers write.
_STATUSES: Final = frozenset({
    "Unauthorized", "Forbidden", "Not Found", "Method Not Allowed", "Bad Request",
    "Too Many Requests", "Rate limit exceeded", "Request Timeout", "Payload Too Large",
    "Unsupported Media Type", "Unprocessable Entity", "Not Implemented", "Invalid API key",
})  # fmt: skip
# What a model says that was to write down what it hears; callers do not speak of transcribing.
_REFUSES: Final = re.compile(
    r"(?:i['’]?m sorry|i am sorry|sorry|unfortunately)?[^.]{0,40}"
    r"\b(?:can['’]?t|cannot|can not|unable to|not able to)\s(?:directly )?transcribe"
    r"(?: (?:the|this|that|any|your))?(?: (?:audio|recording|speech|sound|file|clip)\b.{0,120}|\W*)"
    r"|i(?:['’]?m| am| can)?\s?(?:unable to|not able to|not|['’]t)"
    r" (?:process|listen to or transcribe) (?:the |any )?audio"
    r"(?: files?| content| input)?[^.\n]{0,60}\.?"
    r"|please (?:provide|upload|share) (?:the|an|your) audio\b.{0,80}",
    re.IGNORECASE | re.DOTALL,
)
# A caller's own audio, and what a caller asks for: nothing that such a model says.
_OF_CALLERS: Final = re.compile(
    r"\b(?:my|our)\b|\bi (?:press|play)\b|\b(?:can|could|will) you (?:do|help|transcribe)\b"
    r"|\b(?:what|how) (?:do|should) i\b",
    re.IGNORECASE,
)
_HEARS_NOTHING: Final = re.compile(
    r"(?:the |this )?audio(?: file| clip| segment| recording)?"
    r"(?: (?:contains|(?:appears|seems) to contain) (?:no|only)"
    r"|(?: does(?:n['’]?t| not) (?:appear to )?contain)(?: any)?)"
    r" (?:audible |discernible |clear |human |spoken ){0,2}"
    r"(?:speech|words|silence|background noise)(?: to transcribe)?[.!]?"
    r"|(?:the |this )?audio(?: file| clip| segment| recording)? (?:is|(?:appears|seems) to be)"
    r" (?:completely |entirely )?silent[.!]?"
    r"|there (?:is|was) no (?:audible |discernible |clear )?(?:speech|spoken words)"
    r" in (?:the|this) audio(?: file| clip| recording)?[.!]?"
    r"|no audio (?:was )?(?:provided|detected)[.!]?"
    r"|no (?:audible |discernible |clear )?(?:speech|spoken words)"
    r"(?: (?:was |is )?(?:detected|found|present|in (?:the|this) audio))[.!]?",
    re.IGNORECASE,
)


class NotWords(ValueError):
    """The response is not a transcription; the message says what it is, for the log."""


def is_failure(text: str, *, is_bare: bool = False) -> bool:
    """Whether `text` is an error message. is_bare: `text` is a whole body, not a words field."""
    text = text[:READ_CHARACTERS].strip()
    if is_bare and (text in _STATUSES or _BARE_ERROR.match(text)):
        return True
    is_refusal = _REFUSES.fullmatch(text) and not _OF_CALLERS.search(text)
    return bool(is_refusal or _ERROR.match(text) or _FAILURE.fullmatch(text))


def says_nothing_was_said(text: str) -> bool:
    """Whether `text` is a sentence that says that there was no speech."""
    return _HEARS_NOTHING.fullmatch(text[:READ_CHARACTERS].strip()) is not None


def shown(error: object) -> str:
    """The beginning of what an error says, for the log."""
    if isinstance(error, dict):
        error = error.get("message")
    return error[:SHOWN_CHARACTERS] if isinstance(error, str) else type(error).__name__
