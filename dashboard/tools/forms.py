"""The forms of tools; what they accept is checked again by the services."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.http_tools import limits
from agents.http_tools.definition import METHODS, Body, Definition, Kind, Parameter
from agents.http_tools.filling import lines_of
from agents.http_tools.openapi.proposals import MAX_CHARACTERS
from dashboard.agents.forms import ServiceErrors
from dashboard.merging import MergingForm

EMPTY_ROWS: Final = 2  # beside those that are filled in
KINDS: Final[tuple[tuple[str, str | Promise], ...]] = (
    (Kind.TEXT, gettext_lazy("Text")),
    (Kind.NUMBER, gettext_lazy("Number")),
    (Kind.YES_NO, gettext_lazy("Yes or no")),
    (Kind.CHOICE, gettext_lazy("Choice")),
)
BODIES: Final[tuple[tuple[str, str | Promise], ...]] = (
    (Body.NONE, gettext_lazy("No body")),
    (Body.JSON, gettext_lazy("JSON")),
    (Body.FORM, gettext_lazy("Form fields")),
)


class ToolForm(MergingForm, ServiceErrors):
    """An HTTP tool: its fields, and a row of fields for each parameter.

    rows: how many rows there are; the page asks for another one by sending itself.
    """

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=limits.NAME,
        help_text=gettext_lazy(
            "Lower-case letters, digits and _, for example find_order. It can’t change later."
        ),
    )
    description = forms.CharField(
        label=gettext_lazy("What it does"),
        max_length=limits.DESCRIPTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The agent reads this to decide when to use the tool. For example: Finds an order by "
            "its number and says when it will arrive."
        ),
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Method"), choices=[(each, each) for each in METHODS]
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=limits.URL,
        help_text=gettext_lazy(
            "Starts with https://. Write {name} where a parameter goes, for example "
            "https://api.example.com/orders/{order_id}"
        ),
    )
    headers = forms.CharField(
        label=gettext_lazy("Headers"),
        required=False,
        max_length=limits.HEADERS * (limits.HEADER + limits.HEADER_NAME + 4),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "One per line, as “Name: value”. Keys are saved as secrets, for example "
            "Authorization: Bearer {secret.shop_key}"
        ),
    )
    body_kind = forms.ChoiceField(label=gettext_lazy("Body"), choices=BODIES)
    body = forms.CharField(
        label=gettext_lazy("Body content"),
        required=False,
        max_length=limits.BODY,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "JSON with placeholders in quotes, as in {“id”: “{order_id}”}, or form fields, one per "
            "line, as “name: {value}”."
        ),
    )
    remote = forms.CharField(
        label=gettext_lazy("Tool of an MCP server"),
        required=False,
        max_length=limits.REMOTE,
        help_text=gettext_lazy(
            "Only if the address is an MCP server’s: the tool’s name there. The body is then its "
            "arguments. Leave blank for a plain request."
        ),
    )
    pick = forms.CharField(
        label=gettext_lazy("Part of the answer"),
        required=False,
        max_length=limits.PICK,
        help_text=gettext_lazy(
            "Path to what the agent gets of a JSON answer, for example data.items[0].name. Leave "
            "blank for the whole answer."
        ),
    )
    writes = forms.BooleanField(
        label=gettext_lazy("Changes something"),
        required=False,
        help_text=gettext_lazy(
            "Check this for bookings, orders and the like. The request is then sent once and not "
            "canceled when the caller interrupts."
        ),
    )
    asks_first = forms.BooleanField(
        label=gettext_lazy("Ask the caller first"),
        required=False,
        help_text=gettext_lazy(
            "Nothing is sent until the caller has said yes or pressed 1. The service checks this, "
            "not the language model."
        ),
    )
    filler = forms.CharField(
        label=gettext_lazy("Said while it works"),
        required=False,
        max_length=limits.FILLER,
        help_text=gettext_lazy(
            "One sentence in the agent’s language, for example: One moment, I’m looking it up. "
            "Leave blank for the agent’s usual sentence."
        ),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        definition: Definition | None = None,
        rows: int = 0,
        is_judged: bool = True,
    ) -> None:
        """definition: what is stored or proposed so far. is_judged: False for what was typed so
        far, which is shown as it is, without errors.
        """
        super().__init__(data, initial=_initial_of(definition) if definition else None)
        self._is_judged = is_judged
        filled = len(definition.parameters) if definition else 0
        self.row_count = min(max(rows, filled + EMPTY_ROWS), limits.PARAMETERS)
        for number in range(self.row_count):
            self.fields |= _row_fields(number)

    def full_clean(self) -> None:
        """Check it, unless it is not to be judged yet."""
        if self._is_judged:
            super().full_clean()
            return
        self._errors, self.cleaned_data = ErrorDict(), {}
        self.changed_meanwhile = []

    def groups(self) -> Mapping[str | Promise, Sequence[str]]:
        """The parameters, as one that is removed moves the others up, and the request."""
        rows = range(self.row_count)
        return {
            gettext_lazy("Parameters"): [f"p{number}_{name}" for number in rows for name in _ROW],
            gettext_lazy("Request"): _REQUEST,
        }

    def rows(self) -> list[dict[str, forms.BoundField]]:
        """The fields of each parameter, by what they are."""
        return [
            {name: self[f"p{number}_{name}"] for name in _ROW} for number in range(self.row_count)
        ]

    def clean_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers as pairs."""
        return _headers_in(self.cleaned_data["headers"])

    def definition(self) -> Definition:
        """The tool as the form says, once it is valid."""
        said = self.cleaned_data
        body_kind = Body(said["body_kind"])
        return Definition(
            name=said["name"],
            description=said["description"],
            url=said["url"],
            method=said["method"],
            parameters=tuple(self._parameters()),
            headers=said["headers"],
            body_kind=body_kind,
            body="" if body_kind is Body.NONE else said["body"],
            pick=said["pick"],
            writes=said["writes"],
            filler=said["filler"],
            asks_first=said["asks_first"],
            remote=said["remote"],
        )

    def _parameters(self) -> list[Parameter]:
        found = []
        for number in range(self.row_count):
            row = {name: self.cleaned_data.get(f"p{number}_{name}") for name in _ROW}
            if not row["name"]:
                continue
            kind = Kind(row["kind"] or Kind.TEXT)
            choices = [each.strip() for each in (row["choices"] or "").split(",")]
            found.append(
                Parameter(
                    name=row["name"],
                    kind=kind,
                    description=row["description"] or "",
                    is_required=bool(row["required"]),
                    choices=tuple(filter(None, choices)) if kind is Kind.CHOICE else (),
                )
            )
        return found

    def add_service_errors(self, error: ValidationError) -> None:
        """As `ServiceErrors`; what is wrong with parameters names the one that it is about."""
        problems = error.update_error_dict({})
        for each in problems.pop("parameters", []):
            self.add_error(None, each)
        if problems:
            super().add_service_errors(ValidationError(problems))


def _headers_in(text: str) -> tuple[tuple[str, str], ...]:
    """Lines of headers as pairs. Raises ValidationError."""
    found = lines_of(text)
    if found is None:
        raise ValidationError(_("Write one header a line, as “Name: value”."))
    return tuple(found)


_ROW: Final = ("name", "kind", "description", "required", "choices")
_REQUEST: Final = ("method", "url", "headers", "body_kind", "body", "remote", "pick")


def _row_fields(number: int) -> dict[str, forms.Field]:
    """The fields of one parameter."""
    return {
        f"p{number}_name": forms.CharField(label=_("Name"), required=False, max_length=limits.NAME),
        f"p{number}_kind": forms.ChoiceField(
            label=_("Kind"), required=False, choices=KINDS, initial=Kind.TEXT
        ),
        f"p{number}_description": forms.CharField(
            label=_("Description"), required=False, max_length=limits.PARAMETER_DESCRIPTION
        ),
        f"p{number}_required": forms.BooleanField(
            label=_("Required"), required=False, initial=False
        ),
        f"p{number}_choices": forms.CharField(
            label=_("Choices, separated by commas"),
            required=False,
            max_length=limits.CHOICES * (limits.CHOICE + 2),
        ),
    }


def _initial_of(definition: Definition) -> dict[str, Any]:
    """What the fields show of a definition."""
    found: dict[str, Any] = {
        name: getattr(definition, name)
        for name in (
            "name", "description", "method", "url", "body_kind", "body", "pick", "writes",
            "asks_first", "filler", "remote",
        )
    }  # fmt: skip
    found["headers"] = "\n".join(f"{name}: {value}" for name, value in definition.headers)
    for number, each in enumerate(definition.parameters):
        found |= {
            f"p{number}_name": each.name,
            f"p{number}_kind": each.kind,
            f"p{number}_description": each.description,
            f"p{number}_required": each.is_required,
            f"p{number}_choices": ", ".join(each.choices),
        }
    return found


class TryForm(ServiceErrors):
    """Sample arguments: a field for each parameter. They are checked as a model's would be."""

    def __init__(self, data: QueryDict | None = None, *, definition: Definition) -> None:
        super().__init__(data)
        is_of_calendar = definition.calendar is not None
        for each in definition.parameters:
            field = _argument_field(each, is_of_calendar=is_of_calendar)
            self.fields[f"arg_{each.name}"] = field
        self._names = [each.name for each in definition.parameters]

    def given(self) -> dict[str, Any]:
        """The arguments by name; what was left blank is missing."""
        said = {name: self.cleaned_data.get(f"arg_{name}") for name in self._names}
        return {name: value for name, value in said.items() if value not in (None, "")}


def _argument_field(parameter: Parameter, *, is_of_calendar: bool) -> forms.Field:
    words: dict[str, Any] = {
        "label": parameter.name,
        "required": parameter.is_required,
        "help_text": parameter.description,
    }
    if is_of_calendar:
        words |= _CALENDAR_WORDS.get(parameter.name, {})
    match parameter.kind:
        case Kind.YES_NO:
            choices = [("", "–"), ("true", _("yes")), ("false", _("no"))]
            return forms.ChoiceField(choices=choices, **words)
        case Kind.CHOICE:
            named = _PARTS if is_of_calendar else {}
            listed = [(each, named.get(each, each)) for each in parameter.choices]
            return forms.ChoiceField(choices=[("", "–"), *listed], **words)
    if is_of_calendar and parameter.name == "day":
        words["widget"] = forms.DateInput(attrs={"type": "date"})
    return forms.CharField(max_length=limits.VALUE, **words)


# What the parameters of a calendar's free times are called on a page.
_CALENDAR_WORDS: Final[dict[str, dict[str, Any]]] = {
    "day": {
        "label": gettext_lazy("First day"),
        "help_text": gettext_lazy("Leave blank for the next free times."),
    },
    "part_of_day": {"label": gettext_lazy("Part of the day"), "help_text": ""},
}
_PARTS: Final[dict[str, str | Promise]] = {
    "morning": gettext_lazy("Morning"),
    "afternoon": gettext_lazy("Afternoon"),
    "evening": gettext_lazy("Evening"),
}


class ImportForm(ServiceErrors):
    """An OpenAPI document."""

    document = forms.CharField(
        label=gettext_lazy("OpenAPI document"),
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text=gettext_lazy("OpenAPI 3, as JSON or YAML. At most 200,000 characters."),
    )


class ServerForm(ServiceErrors):
    """An MCP server, and what is sent along to it."""

    url = forms.CharField(
        label=gettext_lazy("Address of the MCP server"),
        max_length=limits.URL,
        help_text=gettext_lazy("For example https://mcp.example.com/mcp"),
    )
    headers = forms.CharField(
        label=gettext_lazy("Headers"),
        required=False,
        max_length=limits.HEADERS * (limits.HEADER + limits.HEADER_NAME + 4),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "One per line, as “Name: value”. Keys are saved as secrets, for example "
            "Authorization: Bearer {secret.shop_key}"
        ),
    )

    def clean_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers as pairs."""
        return _headers_in(self.cleaned_data["headers"])
