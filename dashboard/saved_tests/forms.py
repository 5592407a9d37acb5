"""The form of a saved test; the service checks its data again."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agents.saved_tests import limits
from agents.saved_tests.models import SavedTest
from agents.saved_tests.writing import FIELDS
from dashboard.agents.forms import ServiceErrors
from dashboard.merging import MergingForm

_LINES = limits.EXPECTATIONS * (limits.EXPECTATION + 2)


class SavedTestForm(MergingForm, ServiceErrors):
    """The caller's question, and what the answer must contain."""

    name = forms.CharField(
        label=_("Name"), max_length=limits.NAME, help_text=_("For example: Opening hours on Sunday")
    )
    questions = forms.CharField(
        label=_("What the caller says"),
        max_length=limits.QUESTIONS * (limits.QUESTION + 2),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One per line, asked one after the other. At most 5."),
    )
    must = forms.CharField(
        label=_("The answer must have"),
        required=False,
        max_length=_LINES,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Words, one requirement per line. Either of two is enough in one line with “|”, for "
            "example: closed | not open. The name of a tool means that it is called."
        ),
    )
    must_not = forms.CharField(
        label=_("The answer must not have"),
        required=False,
        max_length=_LINES,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    judge = forms.CharField(
        label=_("A requirement in your words"),
        required=False,
        max_length=limits.JUDGE,
        help_text=_(
            "The agent’s language model decides whether the answer meets it. For example: The "
            "agent says that we are closed on Sundays. The local engine can’t do this."
        ),
    )
    is_required = forms.BooleanField(
        label=_("Must pass before publishing"),
        required=False,
        help_text=_("When off, a failed test asks you before publishing."),
    )

    def __init__(self, data: QueryDict | None = None, *, test: SavedTest | None = None) -> None:
        """test: the stored test."""
        initial: dict[str, Any] = {name: getattr(test, name) for name in FIELDS} if test else {}
        super().__init__(data, initial=initial)
