"""Events as a line of text, for Slack's incoming webhooks and what takes the same."""

import json
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from accounts.names import isolated
from usage.missed.causes import cause_in_words
from usage.models import HookDelivery
from voicex.reasons.ends import EndReason

LONGEST: Final = 3_000  # characters; Slack cuts at 40,000

# Of an address that a caller dictates Slack would make a link, and look at what is there.
AS_IT_STANDS: Final = {
    "parse": "none",
    "link_names": False,
    "unfurl_links": False,
    "unfurl_media": False,
}

Event = HookDelivery.Event


def body_of(body: str) -> str:
    """What is posted in place of the JSON `body` of an event."""
    content = json.loads(body)
    text = text_of(content["type"], content["data"])
    return json.dumps({"text": text[:LONGEST]} | AS_IT_STANDS, ensure_ascii=False)


def text_of(event: str, data: Mapping[str, Any]) -> str:
    """The line, in the language of the platform. What callers said mentions nobody."""
    said = _sentence(event, data)
    return f"[{_('test')}] {said}" if data.get("test") and event in Event.values else said


def _sentence(event: str, data: Mapping[str, Any]) -> str:
    caller = _plain(data.get("from") or _("an unknown number"))
    agent = _named(data.get("agent_name") or _("an agent"))
    match event:
        case Event.CALL_STARTED:
            return _("%(agent)s is on a call with %(caller)s.") % {
                "agent": agent,
                "caller": caller,
            }
        case Event.CALL_ENDED:
            return _("Call from %(caller)s to %(agent)s ended after %(length)s: %(reason)s.") % {
                "caller": caller,
                "agent": agent,
                "length": _length(data["duration_s"]),
                "reason": _plain(_reason(data["reason"])),
            }
        case Event.CALL_ANALYSED:
            return _("Call from %(caller)s to %(agent)s: %(summary)s") % {
                "agent": agent,
                "caller": caller,
                "summary": _plain(data["summary"] or data["outcome"].replace("_", " ")),
            }
        case Event.CALL_MISSED:
            cause = cause_in_words(data["reason"], data["detail"])
            return _("Missed call from %(caller)s: %(cause)s.") % {
                "caller": caller,
                "cause": _plain(cause),
            }
        case Event.MESSAGE_TAKEN:
            return _message(data["message"], caller=caller)
        case Event.USAGE_THRESHOLD:
            return _("%(percent)d%% of this month’s minutes are used (%(used)d of %(limit)d).") % {
                "percent": data["percent"],
                "used": data["minutes_used"],
                "limit": data["minutes_limit"],
            }
    return _("Test from Voicex. This webhook works.")


def _message(message: Mapping[str, Any], *, caller: str) -> str:
    words = {
        "name": _named(message["name"]) or caller,
        "number": _plain(message["number"]) or _("no number"),
        "text": _plain(message["text"]),
    }
    said = (
        _("Urgent message from %(name)s (%(number)s): %(text)s")
        if message["urgent"]
        else _("Message from %(name)s (%(number)s): %(text)s")
    ) % words
    if promised := message.get("call_back_at"):  # deliveries from before have none
        at = promised[:16].replace("T", " ")
        said = f"{said} " + _("Call back on %(time)s (UTC).") % {"time": at}
    return said


def _length(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def _reason(name: str) -> str:
    known = {member.value: _(member.label) for member in EndReason}
    return known.get(name, name.replace("_", " "))


def _named(name: str) -> str:
    """A name as `_plain`, within a sentence."""
    return isolated(_plain(name))


def _plain(text: str) -> str:
    """`text` without meaning to Slack: neither a link nor a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
