"""The progress of an organization towards its first call, read from the database.

So a member who returns, or another member, continues at the same step.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from agents.models import Agent
from agents.versions.publishing import first_active
from telephony.doctor.real_calls import real_attempts, real_calls
from usage.models import Call, WebhookAttempt


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been done; `attempt` is the latest request of Twilio, `call` the first one heard.

    has_simulated: calls of the simulated phone came, which count as neither.
    """

    agent: Agent | None
    is_tried: bool
    attempt: WebhookAttempt | None
    call: Call | None
    has_simulated: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether a call to the number was answered by an agent."""
        return self.call is not None

    @property
    def fingerprint(self) -> str:
        """Changes when a page that shows this progress has something new to show."""
        parts = (
            self.agent.pk if self.agent else 0,
            int(self.is_tried),
            self.attempt.pk if self.attempt else 0,
            self.call.pk if self.call else 0,
            int(self.has_simulated),
        )
        return "-".join(map(str, parts))


@dataclass(frozen=True, slots=True)
class Step:
    """One step as `components/stepper.html` takes it."""

    label: str | Promise
    is_done: bool
    is_current: bool
    url: str


def progress_of(org: Organization) -> Progress:
    """How far `org` is; five small queries."""
    tests = Call.objects.filter(org=org, live_at__isnull=False).exclude(channel=Call.Channel.PHONE)
    attempts, simulated = real_attempts(org)
    real = real_calls(org).filter(live_at__isnull=False)
    return Progress(
        agent=first_active(org),
        is_tried=tests.exists(),
        attempt=next(iter(attempts), None),
        call=real.order_by("opened_at", "pk").first(),
        has_simulated=simulated > 0,
    )


def steps_of(progress: Progress, *, page: str) -> list[Step]:
    """The steps in order; the first that is not done is the current one.

    page: the URL of the page that has them as sections. A call that was answered settles the
    step before it too; hearing the agent in the browser stays open, because it is optional.
    """
    is_finished = progress.is_finished
    told = [
        (_("Choose an agent"), progress.agent is not None, "agent"),
        (_("Talk to it"), progress.is_tried or is_finished, "hear"),
        (_("Connect the number"), progress.attempt is not None or is_finished, "number"),
        (_("First call"), is_finished, "call"),
    ]
    current = next((name for _label, is_done, name in told if not is_done), "")
    return [
        Step(label, is_done, is_current=name == current, url=f"{page}#{name}")
        for label, is_done, name in told
    ]
