"""The preview of a voice in the editor of an agent."""

from contextlib import nullcontext
from typing import Final

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.members.access import member_required
from accounts.members.asking import place_to_ask
from accounts.members.trust import may_preview
from accounts.permissions import EDIT_AGENTS
from accounts.rate_limits import is_within
from agents.models import Agent, AgentVersion
from agents.settings import limits
from agents.versions.drafts import draft_of, drafted
from agents.versions.publishing import ensure_not_archived
from agents.versions.voice_preview import forget, setup_of, spoken
from dashboard.agents.index import agent_or_404
from dashboard.pages import MemberRequest
from telephony.spoken.languages import phrases_for

PREVIEWS_A_MINUTE: Final = 20


@member_required(EDIT_AGENTS)
def hear_voice(request: MemberRequest, org_id: str) -> HttpResponse:
    """A WAV of the greeting, or of a default sentence, with the settings in the editor's fields.

    Takes the editor's language, voice, tts and greeting, and `agent`, whose engine settings are
    used. 422 with the reason as plain text if the voice cannot work; 429 if the member has
    listened to more than PREVIEWS_A_MINUTE.
    """
    if request.method != "POST":
        return redirect("dashboard:agents", org_id)
    is_allowed = is_within(PREVIEWS_A_MINUTE, seconds=60, name=f"voice:{request.user.pk}")
    if not is_allowed or not may_preview(request.org):
        return _refused(_("Too many previews. Try again in a minute."), status=429)
    try:
        version = _version(request)
        text = request.POST.get("greeting", "").strip() or phrases_for(version.language).say_again
        setup = setup_of(request.org, version)
        is_own = setup.credentials.of(setup.config.tts).is_fenced
        with place_to_ask(request.org) if is_own else nullcontext():
            audio = async_to_sync(spoken)(setup, text)
    except ValidationError as error:
        return _refused(" ".join(error.messages), status=422)
    response = HttpResponse(audio, content_type="audio/wav")
    response.headers["Content-Disposition"] = 'inline; filename="voice.wav"'
    return response


@member_required(EDIT_AGENTS)
def speak_anew(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """Delete the organization's rendered sentences; calls render them again."""
    agent = agent_or_404(request, agent_id)
    if request.method == "POST":
        try:
            forget(agent, actor=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The audio is regenerated from the next call."))
    return redirect("dashboard:agent", org_id, agent_id)


def _version(request: MemberRequest) -> AgentVersion:
    """The values of the editor's fields as a version that is never saved.

    Raises ValidationError if their agent is archived.
    """
    settings = {}
    if agent_id := request.POST.get("agent", ""):
        agent = agent_or_404(request, agent_id, also_archived=True)
        ensure_not_archived(agent)
        engines = drafted(agent, draft_of(agent)).engine_settings
        settings = {"engines": engines} if engines else {}
    return AgentVersion(
        agent=Agent(org=request.org),
        number=1,
        language=request.POST.get("language", "").strip()[: limits.CHARACTERS["language"]] or "en",
        voice=request.POST.get("voice", "").strip()[: limits.CHARACTERS["voice"]],
        tts=request.POST.get("tts", "")[: limits.CHARACTERS["tts"]],
        settings=settings,
    )


def _refused(words: str, *, status: int) -> HttpResponse:
    return HttpResponse(words, content_type="text/plain; charset=utf-8", status=status)
