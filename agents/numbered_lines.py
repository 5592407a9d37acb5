"""The lines of a setting that is a list: one entry a line. Pure."""

from collections.abc import Iterator


def numbered_lines(text: str, longest: int | None = None) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers in `text`, from 1. longest: characters of
    it that are read; None for all.
    """
    for number, line in enumerate(text[:longest].splitlines(), 1):
        if line.strip():
            yield number, line
