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
            "telephony/tests/test_dashboard_tenancy.py",
            "telephony/tests/test_operator_access.py",
            "tests/test_organization_scope.py",
            "tests/test_row_security.py",
            "tests/test_database_role.py",
            "tests/test_on_postgresql.py",
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
            "agents/tests/test_prepared_versions.py",
            "agents/tests/test_compiler.py",
            "telephony/tests/test_agent_limits.py",
            "telephony/tests/test_editors_lose_nothing.py",
            "agents/tests/test_google_account.py",
            "agents/tests/test_clip_store.py",
            "telephony/tests/test_hostile_agents.py",
            "telephony/tests/test_recording_room.py",
        ),
    ),
    Section(
        "Forms, queries, files",
        "Does anything that a visitor can send make a page fail?",
        (
            "tests/security/test_no_500.py",
            "telephony/tests/test_bounded_fields.py",
            "tests/test_nul.py",
            "tests/test_encodings.py",
            "tests/test_strange_values.py",
        ),
    ),
    Section(
        "Who carries a call",
        "Are the slots in use the sockets that are carried, whatever is said about calls?",
        (
            "usage/tests/test_slots_and_sockets.py",
            "usage/tests/test_settlement_in_any_order.py",
            "tests/test_one_authority.py",
            "telephony/tests/test_callbacks.py",
            "telephony/tests/test_signature.py",
            "telephony/tests/test_doubled_fields.py",
            "usage/tests/test_pool.py",
        ),
    ),
    Section(
        "Messages of sockets",
        "Does anything that a peer can say over a socket end more than that socket?",
        (
            "tests/security/test_sockets.py",
            "telephony/tests/test_driver_garbage.py",
            "telephony/tests/test_message_budget.py",
        ),
    ),
    Section(
        "Strangers at the sockets",
        "Do floods, half requests and broken frames cost a call its place?",
        (
            "tests/security/test_stranger.py",
            "tests/test_connections.py",
            "tests/test_request_room.py",
            "tests/test_direct_sockets.py",
            "tests/test_unknown_sockets.py",
            "telephony/tests/test_media_socket_admission.py",
            "telephony/tests/test_media_socket_proof.py",
            "telephony/tests/test_message_budget.py",
            "telephony/tests/test_origin.py",
            "tests/test_guarded_http.py",
        ),
    ),
    Section(
        "Secrets",
        "Does a key reach a server that it is not for, a page, or the log?",
        (
            "telephony/tests/test_keys_and_servers.py",
            "telephony/tests/test_provider_words.py",
            "telephony/tests/test_secrecy.py",
            "telephony/tests/test_secrecy_of_values.py",
            "tests/test_secret_values.py",
            "tests/test_fence.py",
            "tests/test_http_clients.py",
            "tests/test_settings.py",
        ),
    ),
    Section(
        "People",
        "Can an old session, a shown link or a flood of passwords take or close an account?",
        ("accounts/tests",),
    ),
    Section(
        "Records and files",
        "Can the audit log be changed unseen? Does a file that a spreadsheet opens run anything?",
        (
            "accounts/tests/test_audit.py",
            "tests/test_spreadsheets.py",
            "usage/tests/test_caller_numbers.py",
        ),
    ),
)
