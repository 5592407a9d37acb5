"""Enumerations whose members have a label for pages."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """The base of such an enumeration: a member is written as its value and its label.

    label: marked for translation; the page that shows it translates it.
    """

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """A member with its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
