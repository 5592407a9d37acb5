"""The panel to try an agent with, for any page of an organization: `{% try_panel agent %}`.

The page also loads `static/try_it.js`, and shows one such panel at most.
"""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from agents.models import Agent
from dashboard.plots import STAGE_NAMES
from voicex.reasons.ends import EndReason

register = template.Library()


@register.inclusion_tag("dashboard/try_panel.html", takes_context=True)
def try_panel(context: template.Context, agent: Agent, only: str = "") -> dict[str, Any]:
    """Talk to `agent`, type to it, send it a recording; only: "talk" leaves the file out."""
    return {
        "org": context["org"],
        "agent": agent,
        "csrf_token": context["csrf_token"],
        "has_recording": only != "talk",
        "stages": list(STAGE_NAMES.items()),
        "for_script": {"words": _words(), "stages": [[s, str(n)] for s, n in STAGE_NAMES.items()]},
    }


def _words() -> dict[str, Any]:
    """Every sentence that the script may have to show."""
    return {
        "talk": _("Talk"),
        "hang_up": _("Hang up"),
        "you": _("You"),
        "interrupted": _("interrupted"),
        "not_heard": _("Not heard:"),
        "states": {
            "ready": _("Ready when you are."),
            "connecting": _("Connecting …"),
            "listening": _("The agent is listening. It is your turn."),
            "hearing": _("The agent hears you."),
            "thinking": _("The agent is thinking …"),
            "speaking": _("The agent is speaking. You may interrupt."),
        },
        "ends": {
            EndReason.STOP: _("The call is over."),
            EndReason.AGENT_HUNG_UP: _("The agent said goodbye and ended the call."),
            EndReason.ACCESS_LOST: _(
                "The call was ended: you are signed out, or no longer a member."
            ),
            EndReason.MEDIA_LOST: _("The call was ended: no more sound came from your microphone."),
            "microphone_gone": _(
                "The call was ended: for a minute the browser gave no sound of your microphone."
            ),
            EndReason.ENGINE_FAILED: _(
                "The call was ended: an engine of this agent could not answer."
            ),
            "busy": _("The server has no room for another call. Try again in a minute."),
            "refused": _("The server refused the call. Load the page again and retry."),
            "lost": _("The connection to the server broke."),
            "other": _("The call was ended by a fault on our side."),
        },
        "taken": {
            "interrupted": _(
                "The browser has paused your microphone, perhaps for a phone call or because the "
                "page was in the background. The call waits for a minute. Press Continue."
            ),
            "muted": _(
                "Your microphone is muted, or another program has taken it. The call waits for a "
                "minute. Free it, then press Continue."
            ),
            "ended": _(
                "Your microphone is gone: unplugged, or taken by another program. The call waits "
                "for a minute. Connect one, then press Continue."
            ),
            "denied": _(
                "The browser no longer lets this page use the microphone. The call waits for a "
                "minute. Allow it in the address bar, then press Continue."
            ),
            "silent": _(
                "No sound at all comes from your microphone. Is it muted, or does another program "
                "use it? Press Continue to take it anew."
            ),
            "unheard": _("The browser has stopped the sound of this page. Press Continue."),
        },
        "offline": _("The server cannot be reached. Try again in a moment."),
        "signed_out": _("You are signed out. Load the page again and sign in."),
        "fault": _("That did not work, by a fault on our side. Try again in a moment."),
        "denied": _(
            "The browser does not let this page use the microphone. Allow it in the address "
            "bar or in the browser’s settings, then press Talk again; or type instead."
        ),
        "no_microphone": _("No microphone was found. Plug one in, or type instead."),
        "microphone_busy": _("The microphone is used by another program. Close that first."),
        "insecure": _(
            "A browser gives its microphone to pages on https:// only. Open this page by "
            "https, or type instead."
        ),
        "file_too_large": _("The file is larger than 10 MB."),
        "file_too_long": _("The recording is longer than two minutes."),
        "file_unreadable": _("The browser cannot play this file. A WAV file always works."),
    }
