"""Calls through a deployment: nginx, web, two media processes, worker and beat, on real
PostgreSQL and Redis; and what happens when one of them goes away in the middle of a call."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from telephony.simulator.caller import CallerBehaviour
from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome, PhoneEvent
from telephony.simulator.sound.utterance import Utterance
from telephony.simulator.sound.voices import spoken
from testing.services.deployment import STALE_SECONDS, Deployment, deployed
from testing.services.servers import missing, wait_until
from testing.sound.heard import assert_heard_everything

pytestmark = [
    pytest.mark.services,
    pytest.mark.models,
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}"),
]

SWEEP_SECONDS = 15  # of the schedule in the settings
SETTLE_SECONDS = 60  # on a busy machine
COMPONENTS = ["llm_in", "llm_out", "stt", "telephony", "tts"]

MakePlan = Callable[..., CallPlan]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("deployment")) as running:
        yield running


@pytest.fixture(scope="module")
def webhook(deployment: Deployment) -> str:
    engines = [f"--{part}=scripted" for part in ("stt", "llm", "tts")]
    return json.loads(deployment.run("manage", "bootstrap", "--json", *engines))["webhook_url"]


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Utterance:
    directory: Path = tmp_path_factory.mktemp("voices")
    return asyncio.run(spoken("Hello, when are you open tomorrow?", cache_dir=directory))


@pytest.fixture
def plan(webhook: str, question: Utterance) -> MakePlan:
    return partial(CallPlan, webhook=webhook, utterances=(question,))


def call(plan: CallPlan, on_event: Callable[[PhoneEvent], None] | None = None) -> CallResult:
    return asyncio.run(place_call(plan, on_event))


def once(what: str, do: Callable[[], None]) -> Callable[[PhoneEvent], None]:
    """A callback of a call that does something when `what` happens in it."""

    def on_event(event: PhoneEvent) -> None:
        if event.what == what:
            do()

    return on_event


def components_of(deployment: Deployment, call_sid: str) -> list[str]:
    """The lines of a settled call's ledger; empty until it is settled."""
    lines = deployment.rows(
        "SELECT component FROM usage_ledgerentry JOIN usage_call ON usage_call.id = call_id "
        "WHERE call_sid = %s AND settled_at IS NOT NULL ORDER BY component",
        call_sid,
    )
    return [component for (component,) in lines]


def wait_until_settled(deployment: Deployment, call_sid: str, *, seconds: float) -> None:
    wait_until(
        lambda: bool(components_of(deployment, call_sid)), "the call is settled", seconds=seconds
    )


def test_calls_go_through_both_media_processes_and_the_worker_settles_them(deployment, plan):
    async def place_all() -> list[CallResult]:
        return await asyncio.gather(*(place_call(plan()) for _ in range(6)))

    results = asyncio.run(place_all())
    for result in results:
        assert_heard_everything(result)
        wait_until_settled(deployment, result.call_sid, seconds=SETTLE_SECONDS)
        assert components_of(deployment, result.call_sid) == COMPONENTS
    for name in deployment.media:
        log = deployment.roles[name].log.read_text()
        assert any(result.call_sid in log for result in results)
    assert deployment.roles["worker"].log.read_text().count("call_settled") == len(results)


def test_a_call_needs_no_web_process(deployment, plan):
    deployment.roles["web"].stop()
    try:
        assert_heard_everything(call(plan()))
    finally:
        deployment.start("web")
        deployment.wait_for_http("web")


def test_a_caller_hears_nothing_of_a_redis_that_dies(deployment, plan):
    result = call(plan(), once("stream", deployment.redis.kill))
    assert_heard_everything(result)
    assert components_of(deployment, result.call_sid) == []
    deployment.redis.start()
    wait_until_settled(deployment, result.call_sid, seconds=2 * SWEEP_SECONDS + SETTLE_SECONDS)
    assert components_of(deployment, result.call_sid) == COMPONENTS


def test_a_caller_hears_nothing_of_a_postgresql_that_restarts(deployment, plan):
    def restart() -> None:
        deployment.postgresql.stop()
        deployment.postgresql.start()

    with ThreadPoolExecutor(1) as aside:  # the phone must not wait for it
        result = call(plan(), once("said", lambda: aside.submit(restart)))
    assert "terminating connection" in deployment.postgresql.log.read_text()
    assert_heard_everything(result)
    wait_until_settled(deployment, result.call_sid, seconds=SETTLE_SECONDS)
    assert components_of(deployment, result.call_sid) == COMPONENTS


def test_every_role_passes_its_health_check(deployment):
    names = list(deployment.roles)
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(deployment.is_healthy, names)) == [True] * len(names), names


def test_a_call_whose_media_process_is_killed_is_settled_from_its_last_snapshot(deployment, plan):
    only_slot(deployment)
    silent = plan(manner=CallerBehaviour(think_ms=60_000))
    victim = asyncio.run(kill_under(deployment, silent))
    assert not deployment.is_healthy(victim)
    assert call(plan(manner=CallerBehaviour(drop_after_ms=100))).outcome is Outcome.DECLINED

    wait_until_settled(
        deployment, silent.call_sid, seconds=STALE_SECONDS + SWEEP_SECONDS + SETTLE_SECONDS
    )
    kept = deployment.rows(
        "SELECT end_reason, is_final, stream_ms FROM usage_call "
        "JOIN usage_usagefact ON call_id = usage_call.id WHERE call_sid = %s",
        silent.call_sid,
    )
    ((reason, is_final, stream_ms),) = kept
    assert (reason, is_final) == ("stale", False)
    assert 9_000 < stream_ms < 19_000  # the next snapshot would have come at twenty seconds
    assert "telephony" in components_of(deployment, silent.call_sid)
    # The slot is free, and nginx goes past the dead process.
    assert call(plan(manner=CallerBehaviour(drop_after_ms=100))).outcome is Outcome.CONNECTED


def only_slot(deployment: Deployment) -> None:
    deployment.rows(
        "INSERT INTO usage_quota (org_id, concurrent_calls) "
        "SELECT id, 1 FROM accounts_organization RETURNING org_id"
    )


async def kill_under(deployment: Deployment, plan: CallPlan) -> str:
    """Kill the media process of a call that has a snapshot, and the line with it: its name."""

    def has_snapshot() -> bool:
        return bool(
            deployment.rows(
                "SELECT 1 FROM usage_usagefact JOIN usage_call ON usage_call.id = call_id "
                "WHERE call_sid = %s",
                plan.call_sid,
            )
        )

    placing = asyncio.create_task(place_call(plan))
    await asyncio.to_thread(wait_until, has_snapshot, "a snapshot", seconds=60)
    (victim,) = [name for name in deployment.media if deployment.has_callers(name)]
    # No goodbye from either side: no stop, no callback, nothing but the sweeper.
    placing.cancel()
    deployment.roles[victim].kill()
    with suppress(asyncio.CancelledError):
        await placing
    return victim


def test_no_log_of_any_role_holds_the_key(deployment, webhook):
    (key,) = parse_qs(urlsplit(webhook).query)["api_key"]
    assert httpx.post(webhook).status_code == 400
    assert httpx.get(webhook).status_code == 405
    # nginx logs this at its level "error", with the whole request, if it may.
    assert httpx.post(webhook, content=b"x" * 1_100_000).status_code == 413

    def is_told() -> bool:  # by nginx, some time after its answer
        told = '"/api/twilio/voice","status":413'
        return any(told in path.read_text() for path in deployment.logs)

    wait_until(is_told, "nginx tells of what it answered")
    logs = {path: path.read_text() for path in deployment.logs}
    prefix, secret = key[:11], key[11:]
    for path, text in logs.items():
        assert secret not in text, path
        assert f"api_key={prefix}" not in text, path
