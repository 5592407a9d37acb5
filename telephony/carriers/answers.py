"""The answer to a carrier's request."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """Instructions in the carrier's own format. The same request gets the same bytes."""

    body: str
    content_type: str
