"""What a carrier is told to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What the carrier is to do, in its own language. The same request has the same bytes."""

    body: str
    content_type: str
