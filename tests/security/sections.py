"""What `make security` tries, by the question that each part answers."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report. targets: files or folders, as pytest takes them."""

    title: str
    question: str
    targets: tuple[str, ...]


SECTIONS: Final = (
    Section(
        "Other organizations and roles",
        "Does any page, file or socket show or change something of another organization, or let "
        "a member do what the role does not allow? Does the database hold when a query forgets?",
        (
            "tests/test_access_matrix.py",
            "dashboard/tests/test_tenancy.py",
            "dashboard/operator/tests/test_access.py",
            "tests/test_organization_scope.py",
            "tests/deployed/test_row_security.py",
            "tests/deployed/test_database_role.py",
            "tests/deployed/test_on_postgresql.py",
        ),
    ),
    Section(
        "Time of patterns and readers of text",
        "Does any pattern, or any function that reads a text, take longer than the text grows?",
        ("tests/security/test_time.py",),
    ),
    Section(
        "What tenants wrote",
        "Is any text or key of an organization interpreted in a process that carries calls, "
        "without a bound?",
        (
            "agents/compiler/tests/test_prepared_versions.py",
            "agents/compiler/tests/test_compiler.py",
            "dashboard/agents/tests/test_agent_limits.py",
            "dashboard/agents/tests/test_editors_lose_nothing.py",
            "agents/engines/google/tests/test_google_account.py",
            "agents/calendars/tests/test_tokens.py",
            "tests/security/test_private_keys.py",
            "agents/engines/cascade/tests/test_clip_store.py",
            "telephony/admission/tests/test_hostile_agents.py",
            "telephony/process/recordings/tests/test_recording_room.py",
            "telephony/calls/tests/test_flight_recorder.py",
            "telephony/session/tests/test_kept_words.py",
            "agents/calendars/tests/test_servers.py",
            "agents/versions/tests/test_publishing.py",
        ),
    ),
    Section(
        "Forms, queries, files",
        "Does anything that a visitor can send make a page fail?",
        (
            "tests/security/test_no_500.py",
            "dashboard/tests/test_bounded_fields.py",
            "tests/fence/test_nul.py",
            "tests/voicex/test_encodings.py",
            "tests/voicex/test_invalid_lookups.py",
        ),
    ),
    Section(
        "Who carries a call",
        "Are the slots in use the sockets that are carried, whatever is said about calls?",
        (
            "usage/billing/tests/test_slots_and_sockets.py",
            "usage/billing/tests/test_settlement_in_any_order.py",
            "tests/whole_calls/test_one_authority.py",
            "telephony/webhooks/tests/test_callbacks.py",
            "telephony/twilio/tests/test_signature.py",
            "telephony/twilio/tests/test_doubled_fields.py",
            "usage/quota/tests/test_pool.py",
        ),
    ),
    Section(
        "Messages of sockets",
        "Does anything that a peer can say over a socket end more than that socket?",
        (
            "tests/security/test_sockets.py",
            "telephony/calls/tests/test_driver_garbage.py",
            "telephony/calls/tests/test_floods.py",
        ),
    ),
    Section(
        "Strangers at the sockets",
        "Do floods, half requests and broken frames cost a call its place?",
        (
            "tests/security/test_stranger.py",
            "tests/voicex/test_connections.py",
            "tests/voicex/test_request_limiter.py",
            "tests/voicex/test_fast_websocket.py",
            "tests/test_unknown_sockets.py",
            "telephony/webhooks/tests/test_media_socket_admission.py",
            "telephony/webhooks/tests/test_media_socket_proof.py",
            "telephony/calls/tests/test_floods.py",
            "dashboard/tests/test_origin.py",
            "tests/fence/test_guarded_http.py",
        ),
    ),
    Section(
        "Secrets",
        "Does a key reach a server that it is not for, a page, or the log?",
        (
            "dashboard/organization/tests/test_keys_and_servers.py",
            "telephony/calls/tests/test_provider_words.py",
            "telephony/tests/test_secrecy.py",
            "telephony/tests/test_secrecy_of_values.py",
            "tests/voicex/test_secret_values.py",
            "tests/fence/test_fence.py",
            "tests/fence/test_http_clients.py",
            "tests/voicex/test_settings.py",
        ),
    ),
    Section(
        "People",
        "Can an old session, a shown link or a flood of passwords take or close an account?",
        (
            "accounts/tests",
            "accounts/keys/tests",
            "accounts/login/tests",
            "accounts/members/tests",
            "accounts/secrets/tests",
            "dashboard/organization/tests/test_team.py",
        ),
    ),
    Section(
        "Records and files",
        "Can the audit log be changed unseen? Does a file that a spreadsheet opens run anything?",
        (
            "accounts/audit/tests",
            "tests/voicex/test_spreadsheets.py",
            "usage/records/tests/test_caller_numbers.py",
        ),
    ),
)
