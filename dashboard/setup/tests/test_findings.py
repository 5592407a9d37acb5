"""The setup doctor's findings, and that each has words."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.setup.doctor_labels import SENTENCES, STATES, TITLES, checks_of
from telephony.doctor import checks
from telephony.doctor.checks import Attempt, Facts, LastCall, Probe, SlowFacts, State
from telephony.simulator.codes import MEANINGS
from telephony.twilio.error_codes import ERROR_CODES, find_codes

ANSWERED = Attempt("answered", "")
FORGED = Attempt("refused", "bad_signature")
BY_RULE = Attempt("refused", "signed_by_rule")
REVOKED = Attempt("refused", "key_revoked")


def facts(**changes) -> Facts:
    known = {
        "public_url": "https://voicex.example",
        "has_token": True,
        "has_account_sid": True,
        "attempts": (ANSWERED,),
        "last_call": LastCall(timedelta(minutes=5), True, True, True, True),
    }
    return Facts(**(known | changes))


def found(check, **changes):
    [finding] = [each for each in checks.examine(facts(**changes)) if each.check == check]
    return finding.state, finding.reason


def slow(**changes) -> SlowFacts:
    known = {
        "probe": Probe(200, is_ours=True),
        "providers": (),
        "skew": timedelta(),
        "ffmpeg": "",
        "models": "",
    }
    return SlowFacts(**(known | changes))


def found_slow(check, **changes):
    [finding] = [each for each in checks.examine_slow(slow(**changes)) if each.check == check]
    return finding.state, finding.reason


def test_a_healthy_set_up_is_all_green():
    findings = checks.examine(facts()) + checks.examine_slow(slow())
    assert {each.state for each in findings} == {State.GOOD}


def test_what_simulated_calls_and_loopback_prove_is_no_green():
    assert found("webhook", attempts=(), simulated=3) == (State.UNKNOWN, "only_simulated")
    itself = Probe(200, is_ours=True, is_local=True)
    assert found_slow("reachable", probe=itself) == (State.UNKNOWN, "only_itself")


def test_a_new_organization_is_not_told_that_anything_is_broken():
    findings = checks.examine(facts(has_token=False, attempts=(), last_call=None))
    assert State.BAD not in {each.state for each in findings}


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"has_token": False}, State.WARN, "no_token"),
        ({"attempts": ()}, State.UNKNOWN, "not_asked"),
        ({"attempts": (FORGED, FORGED)}, State.BAD, "always_wrong"),
        ({"attempts": (FORGED, ANSWERED)}, State.BAD, "sometimes_wrong"),
        ({"attempts": (ANSWERED, FORGED)}, State.GOOD, "signed"),
        ({"attempts": (BY_RULE, FORGED)}, State.BAD, "by_rule"),
        ({"attempts": (REVOKED,)}, State.UNKNOWN, "not_asked"),
        ({"attempts": (REVOKED, FORGED)}, State.BAD, "always_wrong"),
        ({"attempts": (REVOKED, ANSWERED)}, State.GOOD, "signed"),
    ],
)
def test_the_signature_goes_by_the_latest_request(changes, state, reason):
    assert found("signature", **changes) == (state, reason)


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"has_account_sid": False}, State.WARN, "not_pinned"),
        (
            {"has_account_sid": False, "attempts": (Attempt("answered", "account_changed"),)},
            State.WARN,
            "changed",
        ),
        ({"attempts": (Attempt("refused", "account_mismatch"),)}, State.BAD, "mismatch"),
        (
            {"attempts": (REVOKED, Attempt("refused", "account_mismatch"))},
            State.BAD,
            "mismatch",
        ),
    ],
)
def test_the_account_pin(changes, state, reason):
    assert found("account", **changes) == (state, reason)


def call(*, age=300, streamed=False, over=True, spoke=False, heard=False, error=""):
    return LastCall(timedelta(seconds=age), streamed, over, spoke, heard, error)


@pytest.mark.parametrize(
    ("last_call", "state", "reason"),
    [
        (None, State.UNKNOWN, "no_call"),
        (call(age=3, over=False), State.UNKNOWN, "due"),
        (call(age=30, over=False), State.BAD, "never"),
        (call(age=3, over=True), State.BAD, "never"),
        (call(error="31920"), State.BAD, "failed"),
    ],
)
def test_a_call_without_a_stream(last_call, state, reason):
    assert found("stream", last_call=last_call) == (state, reason)


@pytest.mark.parametrize(
    ("last_call", "state", "reason"),
    [
        (call(), State.UNKNOWN, "no_stream"),
        (call(streamed=True, over=False, spoke=True), State.UNKNOWN, "nothing_said"),
        (call(streamed=True, spoke=True), State.WARN, "none"),
        (call(streamed=True, spoke=True, heard=True), State.GOOD, "returned"),
    ],
)
def test_marks_of_the_last_call(last_call, state, reason):
    assert found("marks", last_call=last_call) == (state, reason)


def test_a_server_that_only_knows_its_loopback_name_is_told_so():
    assert found("https", public_url="http://localhost:8000") == (State.BAD, "loopback")


@pytest.mark.parametrize(
    ("probe", "reason"),
    [
        (Probe(trouble="timeout"), "timeout"),
        (Probe(status=502), "status"),
        (Probe(status=200), "somebody_else"),
    ],
)
def test_a_public_url_that_does_not_lead_here(probe, reason):
    assert found_slow("reachable", probe=probe) == (State.BAD, reason)


@pytest.mark.parametrize(
    ("trouble", "state"),
    [("", State.GOOD), ("refused", State.BAD), ("no_key", State.BAD), ("away", State.WARN)],
)
def test_a_provider_that_could_not_be_asked_is_no_proof_of_a_wrong_key(trouble, state):
    assert found_slow("provider", providers=(("openai", trouble),))[0] == state


@pytest.mark.parametrize(
    ("seconds", "state", "reason"),
    [(19, State.GOOD, "right"), (41, State.BAD, "ahead"), (-41, State.BAD, "behind")],
)
def test_the_clock(seconds, state, reason):
    assert found_slow("clock", skew=timedelta(seconds=seconds)) == (state, reason)


def test_every_reason_of_the_doctor_has_a_sentence_and_every_sentence_a_reason():
    source = ast.parse(Path(checks.__file__).read_text())
    calls = [
        node
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding"
    ]
    named = {
        (node.args[0].value, node.args[2].value)
        for node in calls
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[2], ast.Constant)
    }
    assert named <= set(SENTENCES)
    assert {check for check, _reason in SENTENCES} == set(TITLES)
    assert set(STATES) == set(State)


def test_a_finding_is_shown_with_its_detail():
    probed = checks.examine_slow(slow(probe=Probe(status=502)))
    assert checks_of(probed)[0].text == "The public URL responded with HTTP 502."
    refused = checks.examine(facts(attempts=(Attempt("declined", "no_active_agent"),)))
    assert "No agent is active" in checks_of(refused)[1].text


def test_every_code_that_the_simulated_phone_knows_is_in_the_list():
    assert set(MEANINGS) <= {each.code for each in ERROR_CODES}


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ("31920", [31920]),
        ("3192", [31920, 31921, 31922, 31923, 31924]),
        ("certificate", [11220, 31910]),
    ],
)
def test_codes_are_found_by_digits_or_by_words(wanted, codes):
    assert [each.code for each in find_codes(wanted)] == codes
