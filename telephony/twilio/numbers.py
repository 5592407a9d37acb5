"""Phone numbers of an organization's Twilio account, pointed at its agents."""

import hashlib
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.keys import key_text
from accounts.keys.api_keys import issue_key, reveal_key, usable_keys
from accounts.keys.webhook_urls import webhook_url
from accounts.members.access import record
from accounts.models import Organization, User
from agents.models import Agent
from telephony.carriers.numbers import Account, Number
from telephony.twilio.carrier import TWILIO
from telephony.webhooks.callback_urls import status_callback_url
from voicex.errors import SecretUnreadable

log = structlog.get_logger(__name__)


def point_number(
    org: Organization,
    *,
    account: Account,
    number_id: str,
    agent: Agent,
    actor: User,
    seen: str | None = None,
) -> Number:
    """Have a number of `account` ask the webhook URL of `agent`; audited. Returns the number.

    seen: `state_of` the number when `actor` saw it; None where nobody looked. Raises
    CarrierProblem; ValidationError where it needs a key, and there are too many, and if calls to
    the number go elsewhere by now.
    """
    voice_url = webhook_url(_key_text(org, actor=actor), agent_id=agent.public_id)
    if seen is not None:
        now = TWILIO.numbers.number(account, number_id=number_id)
        if now.voice_url != voice_url and state_of(now) != seen:
            raise ValidationError(
                _(
                    "%(number)s was connected to something else meanwhile. Connect it again if you "
                    "still want to."
                )
                % {"number": now.number},
                code="overtaken",
            )
    before, after = TWILIO.numbers.point_number(
        account,
        number_id=number_id,
        voice_url=voice_url,
        status_url=status_callback_url(org, carrier=TWILIO.name),
    )
    record(
        org,
        actor=actor,
        action="number.pointed",
        target=f"{after.number}: {_origin_of(before.voice_url)} to {agent}",
    )
    return after


def state_of(number: Number) -> str:
    """A text that changes with what answers `number`, and of which a page may be made: no key can
    be read from it.
    """
    state = f"{number.voice_url} {number.handled_by}"
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def buy_number(
    org: Organization, *, account: Account, number: str, agent: Agent, actor: User
) -> Number:
    """Buy a number (E.164) for `account`, connected to `agent`; audited.

    Raises as `point_number`, and then nothing is bought.
    """
    bought = TWILIO.numbers.buy_number(
        account,
        number=number,
        voice_url=webhook_url(_key_text(org, actor=actor), agent_id=agent.public_id),
        status_url=status_callback_url(org, carrier=TWILIO.name),
    )
    record(org, actor=actor, action="number.bought", target=f"{bought.number}: {agent}")
    return bought


def release_number(org: Organization, *, account: Account, number: Number, actor: User) -> None:
    """Give a number of `account` back for good; audited. Raises CarrierProblem."""
    TWILIO.numbers.release_number(account, number_id=number.number_id)
    record(org, actor=actor, action="number.released", target=number.number)


def _key_text(org: Organization, *, actor: User) -> str:
    """The newest working key, or a new one when there is none that can be read. Raises
    ValidationError for too many keys.
    """
    key = usable_keys(org, now=timezone.now()).first()
    if key is not None:
        try:
            return reveal_key(org, key=key, actor=actor)
        except SecretUnreadable:
            log.warning("key_unreadable", org=org.public_id)
    return issue_key(org, label=_("Numbers"), actor=actor)[1]


@dataclass(frozen=True, slots=True)
class Target:
    """What a number's URL asks.

    is_ours: our voice webhook; the rest is of it alone, but host. agent_id: that it names, "" for
    the first active one. key_prefix: of the key in it, "" for none that can be one.
    """

    host: str
    is_ours: bool = False
    agent_id: str = ""
    key_prefix: str = ""


def target_of(number: Number) -> Target | None:
    """What `number` asks when it is called; None for a URL that can't be read."""
    url = _split(number.voice_url)
    if url is None:
        return None
    host = url.netloc or url.path
    if not number.voice_url.startswith(f"{settings.TWILIO_APP_URL}/api/twilio/voice?"):
        return Target(host)
    query = parse_qs(url.query)
    key = key_text.parse(query.get("api_key", [""])[0])
    agent_id = query.get("agent_id", [""])[0]
    return Target(host, is_ours=True, agent_id=agent_id, key_prefix=key.prefix if key else "")


def _split(url: str) -> SplitResult | None:
    """The parts of a URL; None for what is none, such as "https://[voice.example]".

    At Twilio a number's URL may be any text.
    """
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _origin_of(url: str) -> str:
    """Scheme and host alone: what follows them may be a secret."""
    parts = _split(url)
    if parts is None:
        return "an unreadable URL"
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "nothing"
