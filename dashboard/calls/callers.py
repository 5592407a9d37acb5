"""All data of one caller: found, exported as a file, and erased permanently.

The number is in no URL and so in no log. Its fields are named keys because the content of such a
field is not kept in a session when the log-in interrupts (`accounts.form_recovery`): an erased
number would remain there.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from typing import Any, Final

from asgiref.sync import sync_to_async
from django import forms
from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.members.access import has_fresh_login, member_required
from accounts.permissions import ERASE_CALLERS
from dashboard.calls.index import call_or_404
from dashboard.labels import caller as in_words
from dashboard.pages import MemberRequest, render_page
from dashboard.reauthentication import fresh_login_required
from telephony.stored.caller_archive import archive_of
from usage.models import Erasure
from usage.privacy import callers, erasure
from usage.privacy.access_audit import record_caller_exported
from usage.privacy.callers import Caller
from usage.reads import caller_memory
from usage.records.caller_numbers import LONGEST
from voicex.errors import CallerOnTheLine

# Calls. The words of most callers are gone before the page has come back; the rest is a worker's.
AT_ONCE: Final = 20
View = Callable[..., HttpResponseBase]


class CallerForm(forms.Form):
    """The caller to find."""

    caller_key = forms.CharField(
        label=gettext_lazy("Caller’s number"),
        max_length=4 * LONGEST,
        help_text=gettext_lazy(
            "In any format, ideally with + and the country code. You can also enter a sip: or "
            "client: address or, for tests, a teammate’s email address."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ErasureForm(CallerForm):
    """The caller that the page showed, typed once more."""

    typed_key = forms.CharField(
        label=gettext_lazy("Type the number again"),
        max_length=4 * LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def posted_or_back(view: View) -> View:
    """Guard a view for a POST with a fresh log-in; other requests go to the page of callers.

    A POST without a fresh log-in is not kept for after the password: it would be in the session.
    """

    @wraps(view)
    def guarded(request: HttpRequest, org_id: str, *args: object) -> HttpResponseBase:
        if request.method != "POST" or not has_fresh_login(request, now=timezone.now()):
            return redirect("dashboard:callers", org_id)
        return view(request, org_id, *args)

    return guarded


@member_required(ERASE_CALLERS)
def find_caller(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """The form, and after a POST the caller's data; `?call=` names the caller by a call."""
    if request.method == "POST":
        return _found(request, org_id)
    return _asked(request, org_id)


@require_safe
@fresh_login_required
def _asked(request: MemberRequest, org_id: str) -> HttpResponse:
    form = CallerForm()
    if call_sid := request.GET.get("call"):
        call = call_or_404(request, call_sid)
        name = call.started_by.email if call.is_test and call.started_by else call.from_number
        if found := _caller_named(request, name):
            return _page(request, CallerForm({"caller_key": found.name}), found)
        form = CallerForm(initial={"caller_key": ""})
        messages.warning(request, _nobody(in_words(call.from_number), is_of_call=True))
    return _page(request, form, None)


@posted_or_back
def _found(request: MemberRequest, org_id: str) -> HttpResponse:
    form = CallerForm(request.POST)
    return _page(request, form, _caller_of(request, form))


@member_required(ERASE_CALLERS)
@posted_or_back
def export_caller(request: MemberRequest, org_id: str) -> HttpResponseBase:
    """All data of the caller as a ZIP file, streamed."""
    form = CallerForm(request.POST)
    caller = _caller_of(request, form)
    if caller is None:
        return _page(request, form, None)
    record_caller_exported(request.org, caller=caller, actor=request.user)
    parts = archive_of(request.org, caller, now=timezone.now())
    # Django would collect what the other kind of server cannot iterate over.
    content = _made_on_threads(parts) if isinstance(request, ASGIRequest) else parts
    name = f"caller-{timezone.localtime():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


@member_required(ERASE_CALLERS)
@posted_or_back
def erase_caller(request: MemberRequest, org_id: str) -> HttpResponse:
    """Erase the caller once the number was typed again; redirects to the page of the erasure."""
    form = ErasureForm(request.POST)
    caller = _caller_of(request, form)
    if caller is not None and not callers.names(form.cleaned_data.get("typed_key", ""), caller):
        form.add_error("typed_key", _("The numbers don’t match. Nothing was erased."))
    if caller is None or not form.is_valid():
        return _page(request, form, caller)
    now = timezone.now()
    try:
        begun = erasure.begin(request.org, caller=caller, actor=request.user, now=now)
    except CallerOnTheLine:
        form.add_error(None, _on_the_line())
        return _page(request, form, caller)
    erasure.resume_at_once(begun.pk, now=now, limit=AT_ONCE)
    return redirect("dashboard:erasure", org_id, begun.pk)


@require_safe
@member_required(ERASE_CALLERS)
def show_erasure(request: MemberRequest, org_id: str, erasure_id: int) -> HttpResponse:
    """The progress of an erasure; `?part` is the middle of the page, for `static/live.js`."""
    found = Erasure.objects.filter(org=request.org, pk=erasure_id).first()
    if found is None:
        raise Http404("No such erasure")
    context = {
        "erasure": found,
        "calls_gone": found.calls - erasure.calls_left(found),
    }
    return render_page(
        request, "_erasure.html" if "part" in request.GET else "erasure.html", context
    )


def _page(request: MemberRequest, form: CallerForm, caller: Caller | None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "caller": caller}
    if caller is not None:
        held = callers.held_of(request.org, caller)
        erase_form = form if isinstance(form, ErasureForm) else ErasureForm()
        context |= {"held": held, "erase_form": erase_form, "figures": _figures(held)}
        context |= {"on_the_line": _on_the_line() if held.open_calls else ""}
        context["memories"] = caller_memory.by_agents(request.org, caller.numbers)
    else:
        context["erasures"] = Erasure.objects.filter(org=request.org).select_related("asked_by")[:5]
    return render_page(request, "callers.html", context, status=422 if form.errors else 200)


def _figures(held: callers.Held) -> list[dict[str, Any]]:
    return [
        {"label": _("calls"), "value": held.calls, "unit": ""},
        {"label": _("transcript turns"), "value": held.turns, "unit": ""},
        {"label": _("recordings"), "value": held.recordings, "unit": ""},
        {"label": _("event records"), "value": held.event_records, "unit": ""},
        {"label": _("messages"), "value": held.messages, "unit": ""},
        {"label": _("notes"), "value": held.notes, "unit": ""},
    ]


def _caller_of(request: MemberRequest, form: CallerForm) -> Caller | None:
    """The caller that the form names; None for none or several, with an error in the form."""
    form.is_valid()
    text = form.cleaned_data.get("caller_key", "")
    if not text:
        return None
    found = callers.callers_named(request.org, text)
    if len(found) == 1:
        return found[0]
    if found:
        problem = _("This could be %(names)s. Enter it with + and the country code.") % {
            "names": ", ".join(each.name for each in found)
        }
    else:
        problem = _nobody(text)
    form.add_error("caller_key", problem)
    return None


def _caller_named(request: MemberRequest, text: str) -> Caller | None:
    found = callers.callers_named(request.org, text)
    return found[0] if len(found) == 1 else None


def _nobody(text: str, *, is_of_call: bool = False) -> str:
    if callers.is_withheld(text) or is_of_call:
        return _(
            "Callers with a withheld, unknown or erased number can’t be found, because their calls "
            "can’t be told apart."
        )
    return _("No calls from this caller. Check the number, including + and the country code.")


def _on_the_line() -> str:
    return _(
        "A call from this caller is in progress or still being saved. Erase the caller once it is "
        "over."
    )


async def _made_on_threads(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(parts, b""))
    while part := await following():
        yield part
