"""A call's recording: heard through a link that expires, and deleted.

Pages link to `recording`. It redirects to `recording_audio` with a link that is signed for this
call and this session, so a copied address is useless to others. Who asks for one is in the audit
log, once a day for each call.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Final

import structlog
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import DELETE_RECORDINGS, READ
from dashboard.pages import MemberRequest, render_page
from telephony.stored import wav
from usage.models import Recording
from usage.privacy.access_audit import record_recording_heard
from usage.records import recordings
from voicex.threads import beside_pages

log = structlog.get_logger(__name__)

LINK_LIFETIME: Final = timedelta(minutes=5)
_SALT: Final = "voicex.recording"


@require_safe
@never_cache
@member_required(READ)
def recording(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Redirect to the recording by a link that is valid for LINK_LIFETIME."""
    found = _recording_or_404(request, call_sid)
    link = signing.dumps([found.pk, _session_digest(request)], salt=_SALT)
    record_recording_heard(request.org, call_sid=call_sid, actor=request.user, now=timezone.now())
    return redirect("dashboard:recording_audio", org_id, call_sid, link)


@require_safe
@member_required(READ)
def recording_audio(
    request: MemberRequest, org_id: str, call_sid: str, link: str
) -> HttpResponseBase:
    """The WAV file or the requested range of it; 403 for an expired link."""
    found = _recording_or_404(request, call_sid)
    try:
        signed = signing.loads(link, salt=_SALT, max_age=LINK_LIFETIME)
    except signing.BadSignature:
        raise PermissionDenied from None
    if signed != [found.pk, _session_digest(request)]:
        raise PermissionDenied
    return served(request, found, name=call_sid)


def served(request: HttpRequest, found: Recording, *, name: str) -> HttpResponseBase:
    """The WAV file `name`, or the requested range of it."""
    size = wav.HEADER_BYTES + found.size_bytes
    try:
        part = wav.wanted_range(request.headers.get("Range", ""), size=size)
    except wav.RangeNotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    sent = part or wav.ByteRange(0, size - 1)
    response = _streamed(request, found, sent)
    response.status_code = 206 if part else 200
    if part:
        response["Content-Range"] = f"bytes {part.first}-{part.last}/{size}"
    response["Content-Length"] = str(sent.length)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = f'inline; filename="{name}.wav"'
    return response


@member_required(DELETE_RECORDINGS)
def delete_recording(request: MemberRequest, org_id: str, call_sid: str) -> HttpResponse:
    """Ask, then delete the recording permanently; the transcript stays."""
    found = _recording_or_404(request, call_sid)
    page = reverse("dashboard:call", args=[org_id, call_sid])
    if request.method == "POST":
        try:
            recordings.delete(found, actor=request.user, now=timezone.now())
        except Exception as error:  # boundary: storages raise what their makers like
            log.error("recording_not_deleted", call_id=found.call_id, error=type(error).__name__)
            said = _(
                "The storage didn’t respond, so the recording may not be deleted yet. "
                "Try again later."
            )
            messages.error(request, said)
        else:
            messages.success(request, _("Recording deleted."))
        return redirect(page)
    context = {
        "question": _("Delete this recording?"),
        "consequence": _("The recording is permanently deleted. The transcript is kept."),
        "action": _("Delete recording"),
        "is_dangerous": True,
        "back": page,
    }
    return render_page(request, "confirm.html", context)


def _recording_or_404(request: MemberRequest, call_sid: str) -> Recording:
    found = recordings.playable(request.org, call_sid=call_sid)
    if found is None:
        raise Http404("No such recording")
    return found


def _session_digest(request: MemberRequest) -> str:
    """A digest that identifies the session without revealing its key."""
    return hashlib.sha256((request.session.session_key or "").encode()).hexdigest()[:32]


def _streamed(request: HttpRequest, found: Recording, part: wav.ByteRange) -> StreamingHttpResponse:
    """The bytes of `part`, read in pieces."""
    pieces = _bytes_of(found, part)
    # Django would collect what the other kind of server cannot iterate over.
    content = _read_on_threads(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(content, content_type="audio/wav")


def _bytes_of(found: Recording, part: wav.ByteRange) -> Iterator[bytes]:
    head = wav.header(found.size_bytes)[part.first : part.last + 1]
    if head:
        yield head
    first = max(0, part.first - wav.HEADER_BYTES)
    yield from recordings.read(found, first=first, length=part.length - len(head))


async def _read_on_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = beside_pages(lambda: next(pieces, b""))
    while piece := await following():
        yield piece
