"""The panel to try an agent with, for any page of an organization: `{% try_panel agent %}`.

The page also loads `static/try_it.js`, and shows one such panel at most.
"""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from agents.models import Agent, AgentDraft, AgentVersion
from agents.versions.drafts import drafted
from agents.versions.preparing import facts_of
from dashboard.agents.talk_panel import suggestions, version_in_words
from dashboard.plots import STAGE_NAMES
from voicex.reasons.ends import EndReason

register = template.Library()


@register.inclusion_tag("dashboard/try_panel.html", takes_context=True)
def try_panel(
    context: template.Context, agent: Agent, only: str = "", draft: AgentDraft | None = None
) -> dict[str, Any]:
    """Talk to `agent`, type to it, send it a recording; only: "talk" leaves the file out.

    draft: of the agent, which then answers in place of what is published.
    """
    version = agent.published
    if draft is not None:
        version = drafted(agent, draft)
        version.is_draft = True
    return {
        "org": context["org"],
        "agent": agent,
        "is_draft": draft is not None,
        "version": version_in_words(version) if version else "",
        "suggestions": _suggested(context, version) if version else [],
        "csrf_token": context["csrf_token"],
        "has_recording": only != "talk",
        "stages": list(STAGE_NAMES.items()),
        "for_script": {"words": _words(), "stages": [[s, str(n)] for s, n in STAGE_NAMES.items()]},
    }


def _suggested(context: template.Context, version: AgentVersion) -> list[str]:
    """What one may ask, the question first that the page is about."""
    usual = suggestions(facts_of(version))
    asked = context.get("ask") or ""
    return [asked, *(each for each in usual if each != asked)] if asked else usual


def _words() -> dict[str, Any]:
    """The texts that the script of test calls may show, by the names that it uses."""
    return {
        "talk": _("Talk"),
        "hang_up": _("End call"),
        "you": _("You"),
        "interrupted": _("interrupted"),
        "not_heard": _("Not heard:"),
        "states": {
            "ready": _("Ready when you are."),
            "connecting": _("Connecting …"),
            "listening": _("The agent is listening. It is your turn."),
            "hearing": _("The agent hears you."),
            "thinking": _("The agent is thinking …"),
            "speaking": _("The agent is speaking. You can interrupt."),
        },
        "ends": {
            EndReason.STOP: _("Call ended."),
            EndReason.AGENT_HUNG_UP: _("The agent said goodbye and hung up."),
            EndReason.ACCESS_LOST: _(
                "The call ended because you signed out or are no longer a member."
            ),
            EndReason.MEDIA_LOST: _(
                "The call ended because no more sound came from your microphone."
            ),
            "microphone_gone": _(
                "The call ended after a minute without sound from your microphone."
            ),
            EndReason.ENGINE_FAILED: _(
                "The call ended because an engine of this agent couldn’t answer."
            ),
            "busy": _("The server is at capacity. Try again in a minute."),
            "refused": _("The server refused the call. Reload the page and try again."),
            "lost": _("The connection to the server was lost."),
            "other": _("The call ended because of an error on our side."),
        },
        "taken": {
            "interrupted": _(
                "The browser paused your microphone, for example for a phone call or because the "
                "page was in the background. Press Continue within a minute to stay in the call."
            ),
            "muted": _(
                "Your microphone is muted or in use by another program. Free it, then press "
                "Continue within a minute."
            ),
            "ended": _(
                "Your microphone was unplugged or taken by another program. Connect one, then "
                "press Continue within a minute."
            ),
            "denied": _(
                "The browser no longer lets this page use the microphone. Allow it in the address "
                "bar, then press Continue within a minute."
            ),
            "silent": _(
                "There is no sound from your microphone. It may be muted or in use by another "
                "program. Press Continue to reconnect it."
            ),
            "unheard": _("The browser stopped the sound of this page. Press Continue."),
        },
        "offline": _("Can’t reach the server. Try again in a moment."),
        "signed_out": _("You are signed out. Reload the page and sign in."),
        "fault": _("Something went wrong on our side. Try again in a moment."),
        "denied": _(
            "The browser doesn’t let this page use the microphone. Allow it in the address bar "
            "or in the browser’s settings, then press Talk again. You can also type instead."
        ),
        "no_microphone": _("No microphone found. Connect one, or type instead."),
        "microphone_busy": _(
            "Another program is using the microphone. Close it, then press Talk again."
        ),
        "insecure": _(
            "Browsers only allow the microphone on https:// pages. Open this page over https, "
            "or type instead."
        ),
        "file_too_large": _("The file is larger than 10 MB."),
        "file_too_long": _("The recording is longer than two minutes."),
        "file_unreadable": _(
            "The browser can’t play this file. It may be damaged or not audio. WAV files work best."
        ),
    }
