"""Records of calls that the database refused: shown, sent again, or discarded for a reason."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dashboard.bounded_fields import row_number
from dashboard.labels import in_words
from dashboard.navigation import back_to, on_the_way
from dashboard.operator.pages import OperatorRequest, operator_required, render_page
from usage.models import DeadLetter
from usage.records import dead_letters as service
from usage.records.dead_letters import Outcome

PAGE_SIZE: Final = 50
LONGEST_REASON: Final = 60  # it is part of an entry of the audit log, beside the call
KINDS: Final[Mapping[str, str | Promise]] = {
    "save_turn": gettext_lazy("Turn"),
    "save_usage": gettext_lazy("Usage"),
    "save_flight_record": gettext_lazy("Call events"),
    "finalize": gettext_lazy("End of call"),
    "begin": gettext_lazy("Start of recording"),
    "grow": gettext_lazy("Part of recording"),
    "finish": gettext_lazy("End of recording"),
    "fail": gettext_lazy("Failed recording"),
    service.OVERFLOW: gettext_lazy("More records (count only)"),
}

OUTCOMES: Final[Mapping[Outcome, tuple[int, str | Promise]]] = {
    Outcome.WRITTEN: (messages.SUCCESS, gettext_lazy("Record written.")),
    Outcome.WRITTEN_IN_PART: (
        messages.WARNING,
        gettext_lazy("Record written. Its next step failed and is a new record."),
    ),
    Outcome.REFUSED: (
        messages.ERROR,
        gettext_lazy("Rejected again. See the reason below."),
    ),
    Outcome.NOT_KEPT: (
        messages.ERROR,
        gettext_lazy("The record’s contents weren’t kept, so you can only discard it."),
    ),
    Outcome.DISCARDED: (messages.SUCCESS, gettext_lazy("Record discarded.")),
    Outcome.GONE: (
        messages.WARNING,
        gettext_lazy(
            "This record no longer exists. It was already retried or discarded, or was deleted "
            "with its call. Nothing was changed."
        ),
    ),
}


class DiscardForm(forms.Form):
    """Why a record is deleted."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("The organization sees it in its audit log."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@require_safe
@operator_required
def dead_letters(request: OperatorRequest) -> HttpResponse:
    """A page of records to decide about; `?before=<row>` is where the previous page ended."""
    row = row_number(request.GET.get("before", ""))
    letters = service.waiting()
    found = list((letters if row is None else letters.filter(pk__lt=row))[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    home = reverse("operator:dead_letters")
    if row is not None and not page:  # all of this page has been decided
        return redirect(home)
    context = {
        "letters": [(each, in_words(KINDS, each.kind)) for each in page],
        "count": service.count_of(letters),
        "newer_url": home if row is not None else "",
        "older_url": f"{home}?{urlencode({'before': page[-1].pk})}"
        if len(found) > PAGE_SIZE
        else "",
    }
    return render_page(request, "dead_letters.html", context)


@require_safe
@operator_required
def dead_letter(request: OperatorRequest, letter_id: int) -> HttpResponse:
    """One record: its organization, why it was refused, and the possible actions."""
    return _page(request, get_object_or_404(service.waiting(), pk=letter_id), DiscardForm())


@operator_required
def send_again(request: OperatorRequest, letter_id: int) -> HttpResponse:
    """Try to write the record again."""
    if request.method != "POST":
        return redirect("operator:dead_letter", letter_id)
    letter = _waiting(letter_id)
    if letter is None:
        return _told(request, letter_id, Outcome.GONE)
    outcome = service.send_again(letter, actor=request.user, now=timezone.now())
    return _told(request, letter_id, outcome)


@operator_required
def discard(request: OperatorRequest, letter_id: int) -> HttpResponse:
    """Delete the record permanently, with a reason."""
    if request.method != "POST":
        return redirect("operator:dead_letter", letter_id)
    letter = _waiting(letter_id)
    if letter is None:
        return _told(request, letter_id, Outcome.GONE)
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _page(request, letter, form, status=422)
    reason = form.cleaned_data["reason"]
    return _told(request, letter_id, service.discard(letter, actor=request.user, reason=reason))


def _told(request: OperatorRequest, letter_id: int, outcome: Outcome) -> HttpResponse:
    """Redirect to the record, or to the list if it is gone, with a message."""
    level, text = OUTCOMES[outcome]
    messages.add_message(request, level, str(text))
    if outcome in (Outcome.REFUSED, Outcome.NOT_KEPT):
        return redirect(on_the_way(request, reverse("operator:dead_letter", args=[letter_id])))
    return redirect(back_to(request, reverse("operator:dead_letters")))


def _page(
    request: OperatorRequest, letter: DeadLetter, form: DiscardForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "letter": letter,
        "kind": in_words(KINDS, letter.kind),
        "is_whole": service.is_whole(letter),
        "outline": service.outline_of(letter),
        "form": form,
    }
    return render_page(request, "dead_letter.html", context, status=status)


def _waiting(letter_id: int) -> DeadLetter | None:
    return service.waiting().filter(pk=letter_id).first()
