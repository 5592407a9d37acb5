"""The public page of a shared call: transcript, and recording if the link allows it.

It does not show numbers, costs, tools and other data of the call. Its address is a secret
(`with_secrets`), so no cache keeps the page and no log has the address.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.members.streams import end_when_access_is_lost
from dashboard.bounded_fields import row_number
from dashboard.calls.recordings import served
from dashboard.calls.transcript import lines_of, turn_page
from usage.models import CallShare, Recording, Turn
from usage.records import recordings
from usage.sharing import links
from voicex.database.row_scope import scoped_to


@require_safe
def shared_call(request: HttpRequest, token: str) -> HttpResponse:
    """The transcript; 404 for a link that has expired or was revoked, without a reason."""
    # A further page of the same call is no further opening.
    is_first_page = (row_number(request.GET.get("from", "")) or 0) <= 1
    share = _share_or_404(token, is_counted=is_first_page)
    call = share.call
    with scoped_to(call.org_id):
        turns = call.turns.exclude(role=Turn.Role.TOOL)
        page = turn_page(turns, request.GET.get("from", ""), is_newest=False)
        context = {
            "call": call,
            "share": share,
            "lines": lines_of(page.turns, is_open=False),
            "turn_page": page,
            "token": token if _recording(share) else "",
        }
        response = render(request, "dashboard/shared_call.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@require_safe
def shared_audio(request: HttpRequest, token: str) -> HttpResponseBase:
    """The recording as a WAV file, if the link includes it, while it is valid."""
    share = _share_or_404(token, is_counted=False)
    with scoped_to(share.call.org_id):
        recording = _recording(share)
    if recording is None:
        raise Http404("No such recording")
    response = served(request, recording, name="call")
    end_when_access_is_lost(response, request, has_access=lambda: _is_valid(token))
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _is_valid(token: str) -> bool:
    return links.opened(token, now=timezone.now(), is_counted=False) is not None


def _share_or_404(token: str, *, is_counted: bool = True) -> CallShare:
    share = links.opened(token, now=timezone.now(), is_counted=is_counted)
    if share is None:
        raise Http404("No such link")
    return share


def _recording(share: CallShare) -> Recording | None:
    """The recording that the link includes; None without one, or if it was deleted."""
    if not share.has_recording:
        return None
    return recordings.playable(share.call.org, call_sid=share.call.call_sid)
