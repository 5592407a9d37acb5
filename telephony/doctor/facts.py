"""Gathers the facts for the setup doctor, from the database and over the network.

Questions run side by side in threads and give up after a few seconds each; what goes wrong is
an answer too. Nothing here is a secret, and no exception of a library leaves.
"""

import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

import httpx
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.carriers.accounts import named_account
from accounts.models import Organization, OrganizationSecret
from accounts.secrets.vault import SealedSecrets
from agents.engines import registry
from agents.engines.access import Credentials
from agents.engines.openai.server_habits import owner_of
from agents.engines.sound import mp3
from agents.providers.credential_checks import can_be_checked, check_engine
from agents.providers.credentials import credentials_of, engines_without_access
from agents.settings.config import AgentConfig, RecordingMode
from telephony.carriers.numbers import Account
from telephony.doctor import checks
from telephony.doctor.real_calls import real_attempts, real_calls
from telephony.process.reports import habits
from telephony.twilio.carrier import TWILIO
from usage.models import Call, Turn
from usage.records import dead_letters, recording_storage
from voicex.errors import CarrierProblem, EngineError, EngineMissing, EngineRefused, VoicexError
from voicex.reasons.unanswered import NO_CALLER
from voicex.web.public_origin import is_public_url_local

PROBE_SECONDS: Final = 5.0
MAX_NAMES: Final = 10  # in one finding
UNREAD_FOR: Final = timedelta(days=2)


def facts_of(org: Organization, *, now: datetime) -> checks.Facts:
    """What the database and the settings say: seven queries."""
    attempts, simulated = real_attempts(org)
    return checks.Facts(
        public_url=settings.TWILIO_APP_URL,
        has_token=org.secrets.filter(name=OrganizationSecret.Name.TWILIO_AUTH_TOKEN).exists(),
        has_account_sid=bool(named_account(org, carrier="twilio")),
        attempts=tuple(
            checks.Attempt(each.outcome, each.reason)
            for each in attempts
            if each.reason not in NO_CALLER  # of a call that was answered or declined before
        ),
        last_call=_last_call(org, now=now),
        simulated=simulated,
        refused_records=dead_letters.count_of(dead_letters.waiting(org)),
    )


def slow_facts_of(org: Organization, *, account: Account | None) -> checks.SlowFacts:
    """What has to be asked for; takes as long as the slowest answer: some 8 s, or 30 s where
    the storage of recordings does not answer.

    account: the organization's Twilio account, if it has given one: its clock is compared.
    """
    # All of the database first: the threads below have no connection of their own.
    secrets = SealedSecrets(org)
    configs = [
        agent.published.config()
        for agent in org.agents.filter(is_active=True).select_related("published")
        if agent.published and agent.published.is_prepared
    ]
    missing = {name for config in configs for name in engines_without_access(secrets, config)}
    parts = sorted({part for config in configs for part in _parts(config)})
    engines = sorted({name for _kind, name in parts if can_be_checked(name)})
    credentials = _credentials(org, secrets)
    refused = _habits(credentials, parts)
    unread = _unread(org)
    database_time = _database_time()
    with ThreadPoolExecutor(4, thread_name_prefix="doctor") as threads:
        probe = threads.submit(probe_public_url)
        clock = threads.submit(_twilio_time, account)
        ffmpeg = threads.submit(_trouble_of, lambda: mp3.find_ffmpeg(settings.FFMPEG_BINARY))
        asked = {
            name: threads.submit(_provider_trouble, name, credentials)
            for name in engines
            if name not in missing and credentials is not None
        }
        storage = threads.submit(_storage_trouble, configs)
        models = _trouble_of(lambda: _find_models(parts))
        ours, theirs = clock.result() or database_time or (timezone.now(), None)
        return checks.SlowFacts(
            probe=probe.result(),
            providers=tuple(
                (name, asked[name].result() if name in asked else "no_key") for name in engines
            ),
            skew=checks.skew_of(ours, theirs),
            ffmpeg=ffmpeg.result(),
            models=models,
            habits=refused,
            unread=unread,
            storage=storage.result(),
        )


def _storage_trouble(configs: Sequence[AgentConfig]) -> str | None:
    if all(config.recording.mode is RecordingMode.OFF for config in configs):
        return None
    return recording_storage.probe()


def probe_public_url() -> checks.Probe:
    """Request /healthz at TWILIO_APP_URL, as a client outside would. Blocks; raises nothing."""
    try:
        answer = httpx.get(f"{settings.TWILIO_APP_URL}/healthz", timeout=PROBE_SECONDS)
    except httpx.TimeoutException:
        return checks.Probe(trouble="timeout")
    except httpx.HTTPError as error:
        return checks.Probe(trouble=_cause_of(error))
    try:
        is_ours = answer.json() == {"ok": True}
    except ValueError:
        is_ours = False
    is_local = is_public_url_local()
    return checks.Probe(status=answer.status_code, is_ours=is_ours, is_local=is_local)


def _cause_of(error: BaseException) -> str:
    """Why a request failed, by the chain of its causes: "tls", "name" or "refused"."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, socket.gaierror):
            return "name"
        cause = cause.__cause__ or cause.__context__
    return "refused"


def _last_call(org: Organization, *, now: datetime) -> checks.LastCall | None:
    call = real_calls(org).order_by("-opened_at", "-pk").first()
    if call is None:
        return None
    turns = Turn.objects.filter(org=org, call=call, role=Turn.Role.AGENT)
    said = list(turns.values_list("heard_text", flat=True))
    return checks.LastCall(
        age=now - call.opened_at,
        is_streamed=call.live_at is not None,
        is_over=call.ended_at is not None,
        spoke=bool(said),
        heard=any(said),
        error=str(call.carrier_report.get("stream_error", "")),
    )


def _habits(
    credentials: Credentials | None, parts: list[tuple[registry.Kind, str]]
) -> tuple[str, ...]:
    """What the server that the organization's agents use was found not to take."""
    if credentials is None:
        return ()
    owner = owner_of(credentials.of("openai"))
    used = {kind for kind, engine in parts if engine == "openai"}
    found = (
        f"{habit.model}: {habit.parameter}" + (f" → {habit.instead}" if habit.instead else "")
        for habit in habits(now=timezone.now())
        if habit.kind in used and habit.owner == owner
    )
    return tuple(dict.fromkeys(found))[:MAX_NAMES]


def _unread(org: Organization) -> tuple[str, ...]:
    """The agents whose models did not read all of their prompts, in calls of the last days."""
    since = timezone.now() - UNREAD_FOR
    cut = Call.objects.filter(org=org, opened_at__gt=since, usage__llm_tokens_unread__gt=0)
    names = cut.order_by("agent__name").values_list("agent__name", flat=True).distinct()
    return tuple(names[:MAX_NAMES])


def _parts(config: object) -> list[tuple[registry.Kind, str]]:
    kinds: tuple[registry.Kind, ...] = ("stt", "llm", "tts")
    return [(kind, getattr(config, kind)) for kind in kinds]


def _credentials(org: Organization, secrets: SealedSecrets) -> Credentials | None:
    try:
        return credentials_of(org, secrets)
    except VoicexError:  # a secret that cannot be opened is as good as none
        return None


def _provider_trouble(engine: str, credentials: Credentials) -> str:
    try:
        check_engine(engine, credentials)
    except EngineRefused:
        return "refused"
    except EngineError:
        return "away"
    return ""


def _find_models(parts: list[tuple[registry.Kind, str]]) -> None:
    for kind, name in parts:
        for file in registry.model_files(kind, name):
            file.find()


def _trouble_of(look: Callable[[], object]) -> str:
    try:
        look()
    except EngineMissing as error:
        return str(error)
    return ""


def _twilio_time(account: Account | None) -> tuple[datetime, datetime | None] | None:
    """Our clock and Twilio's at one moment; None when Twilio was not asked or said nothing."""
    if account is None:
        return None
    try:
        theirs = TWILIO.numbers.check_account(account).at
    except CarrierProblem:
        return None
    return (timezone.now(), theirs) if theirs else None


def _database_time() -> tuple[datetime, datetime | None] | None:
    """Our clock and the database server's; None for a database in our own process."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [theirs] = cursor.fetchone()
    return timezone.now(), theirs
