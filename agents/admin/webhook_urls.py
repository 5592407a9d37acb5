"""The panel with webhook URLs on the pages of organizations, agents and API keys.

A URL holds a whole key, so it is written only for a log-in that is fresh, and each time
into the audit trail; else the key is masked and a link asks for the password. The key
is in the page and nowhere else: not in the page's address, not in a cookie or session.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.admin.base import Page, operator
from accounts.keys.api_keys import reveal_key
from accounts.keys.webhook_urls import webhook_url
from accounts.members.access import has_fresh_login
from accounts.models import ApiKey
from agents.models import Agent
from voicex.errors import SecretUnreadable


@dataclass(frozen=True, slots=True)
class Panel:
    """What the template shows: a URL for each label, or why there is none."""

    urls: tuple[tuple[str, str], ...] = ()
    note: str = ""
    # Where the password is asked for when the URLs are masked, "" when they are whole.
    unlock_url: str = ""


class ShowsWebhookUrls(Page):
    """A page whose object has a key and agents."""

    change_form_before_template = "admin/_webhook_urls.html"

    def webhook_key(self, obj: Any) -> ApiKey | None:
        """The key whose URLs `obj`'s page shows, None when it has none that opens a call."""
        raise NotImplementedError

    def webhook_agents(self, obj: Any) -> Iterable[Agent | None]:
        """The agents whose URLs are shown; None stands for the URL that names none."""
        raise NotImplementedError

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        """The page, with the panel above its form."""
        if obj is not None:
            may_reveal = has_fresh_login(request, now=timezone.now())
            context["webhook_urls"] = self.panel(request, obj, may_reveal=may_reveal)
        response: HttpResponse = super().render_change_form(
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )
        return response

    def panel(self, request: HttpRequest, obj: Any, *, may_reveal: bool) -> Panel:
        """The panel of `obj`; the key is revealed, and that recorded, if it may be."""
        if not operator(request).has_perm("accounts.view_apikey"):
            return Panel(note=_("You need permission to view API keys to see webhook URLs."))
        key = self.webhook_key(obj)
        if key is None:
            return Panel(note=_("No API key in use. Create one to get a webhook URL."))
        if not may_reveal:
            text, unlock = f"vx_{key.prefix}\u2026", reverse("account_reauthenticate")
            unlock = f"{unlock}?{urlencode({'next': request.path})}"
        else:
            try:
                text, unlock = reveal_key(key.org, key=key, actor=operator(request)), ""
            except SecretUnreadable as error:
                return Panel(note=str(error))
        return Panel(
            urls=tuple(
                (
                    str(agent) if agent else _("First active agent"),
                    webhook_url(text, agent_id=agent.public_id if agent else None),
                )
                for agent in self.webhook_agents(obj)
            ),
            unlock_url=unlock,
        )
