"""Who may open which page: every dashboard URL by every role, strangers and visitors."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from accounts.models import Invitation, Membership, User
from agents.facts.models import SiteReading
from agents.http_tools.definition import Definition, Parameter, as_json
from agents.http_tools.models import HttpTool
from agents.saved_tests.models import SavedTest, TestRun
from dashboard.money import papers
from testing.invoices import an_invoice
from testing.office import Office, browser_of
from usage.hooks.endpoints import add as add_hook
from usage.models import (
    Erasure,
    HookDelivery,
    HookEndpoint,
    Message,
    Recording,
    UnansweredQuestion,
)

Role = Membership.Role

# The least role for each page of an organization. A page that is missing here fails a test.
LEAST = {
    "overview": Role.VIEWER,
    "missed_callers": Role.VIEWER,
    "onboarding": Role.VIEWER,
    "onboarding_state": Role.VIEWER,
    "onboarding_url": Role.MEMBER,
    "doctor": Role.VIEWER,
    "doctor_slow": Role.VIEWER,
    "error_codes": Role.VIEWER,
    "numbers": Role.ADMIN,
    "point_number": Role.ADMIN,
    "find_numbers": Role.ADMIN,
    "buy_number": Role.ADMIN,
    "release_number": Role.ADMIN,
    "credentials": Role.ADMIN,
    "clear_credentials": Role.ADMIN,
    "members": Role.VIEWER,
    "invite": Role.ADMIN,
    "uninvite": Role.ADMIN,
    "change_role": Role.ADMIN,
    "remove_member": Role.ADMIN,
    "leave": Role.VIEWER,
    "audit": Role.ADMIN,
    "search": Role.VIEWER,
    "settings": Role.ADMIN,
    "settings_notices": Role.ADMIN,
    "limits": Role.ADMIN,
    "callers": Role.ADMIN,
    "export_caller": Role.ADMIN,
    "erase_caller": Role.ADMIN,
    "erasure": Role.ADMIN,
    "agents": Role.VIEWER,
    "new_agent": Role.MEMBER,
    "agent": Role.VIEWER,
    "archive_agent": Role.MEMBER,
    "restore_agent": Role.MEMBER,
    "change_agent": Role.MEMBER,
    "edit_agent": Role.MEMBER,
    "agent_draft": Role.MEMBER,
    "publish": Role.MEMBER,
    "discard_draft": Role.MEMBER,
    "restore_draft": Role.MEMBER,
    "duplicate_agent": Role.MEMBER,
    "export_agent": Role.MEMBER,
    "import_agent": Role.MEMBER,
    "import_draft": Role.MEMBER,
    "hear_voice": Role.MEMBER,
    "speak_anew": Role.MEMBER,
    "agent_versions": Role.MEMBER,
    "agent_version": Role.MEMBER,
    "compare_versions": Role.MEMBER,
    "restore_version": Role.MEMBER,
    "show_webhook": Role.MEMBER,
    "agent_facts": Role.MEMBER,
    "import_facts": Role.MEMBER,
    "add_facts": Role.MEMBER,
    "site_reading": Role.MEMBER,
    "saved_tests": Role.MEMBER,
    "new_saved_test": Role.MEMBER,
    "run_saved_tests": Role.MEMBER,
    "saved_test_run": Role.MEMBER,
    "saved_test": Role.MEMBER,
    "delete_saved_test": Role.MEMBER,
    "agent_questions": Role.VIEWER,
    "question_fact": Role.MEMBER,
    "dismiss_question": Role.MEMBER,
    "start_try": Role.MEMBER,
    "try_it": Role.MEMBER,
    "compare_hearing": Role.MEMBER,
    "tools": Role.MEMBER,
    "new_tool": Role.MEMBER,
    "new_calendar": Role.MEMBER,
    "import_tools": Role.MEMBER,
    "import_remote_tools": Role.MEMBER,
    "save_tool_secret": Role.ADMIN,
    "clear_tool_secret": Role.ADMIN,
    "tool": Role.MEMBER,
    "try_tool": Role.MEMBER,
    "publish_tool": Role.MEMBER,
    "delete_tool": Role.MEMBER,
    "messages": Role.VIEWER,
    "change_message": Role.MEMBER,
    "calls": Role.VIEWER,
    "call": Role.VIEWER,
    "call_live": Role.VIEWER,
    "change_tags": Role.MEMBER,
    "change_notes": Role.MEMBER,
    "share_call": Role.ADMIN,
    "revoke_share": Role.ADMIN,
    "live_calls": Role.VIEWER,
    "live_calls_part": Role.VIEWER,
    "hang_up": Role.ADMIN,
    "say_in_call": Role.ADMIN,
    "tell_agent": Role.ADMIN,
    "take_over_call": Role.ADMIN,
    "recording": Role.VIEWER,
    "delete_recording": Role.ADMIN,
    "calls_csv": Role.VIEWER,
    "saved_views": Role.VIEWER,
    "call_events": Role.MEMBER,
    "events_file": Role.MEMBER,
    "keys": Role.MEMBER,
    "issue_key": Role.ADMIN,
    "key": Role.MEMBER,
    "reveal_key": Role.MEMBER,
    "rotate_key": Role.ADMIN,
    "revoke_key": Role.ADMIN,
    "drop_key": Role.ADMIN,
    "hooks": Role.MEMBER,
    "hook": Role.MEMBER,
    "hook_delivery": Role.MEMBER,
    "new_hook": Role.ADMIN,
    "edit_hook": Role.ADMIN,
    "switch_hook": Role.ADMIN,
    "rotate_hook": Role.ADMIN,
    "remove_hook": Role.ADMIN,
    "test_hook": Role.ADMIN,
    "send_hook_again": Role.ADMIN,
    "send_hooks_again": Role.ADMIN,
    "attempts": Role.VIEWER,
    "analytics": Role.VIEWER,
    "analytics_csv": Role.VIEWER,
    "usage": Role.VIEWER,
    "usage_csv": Role.VIEWER,
    "ledger_csv": Role.VIEWER,
    "ledger_jsonl": Role.VIEWER,
    "statement_pdf": Role.VIEWER,
    "invoices": Role.VIEWER,
    "invoice_pdf": Role.VIEWER,
    "billing_address": Role.ADMIN,
}
# Opened by a link that is signed for one log-in: test_dashboard_recordings.py.
BY_LINK = {"recording_audio"}
PEOPLE = {"alice": Role.OWNER, "adam": Role.ADMIN, "bob": Role.MEMBER, "vera": Role.VIEWER}
STRENGTH = [Role.VIEWER, Role.MEMBER, Role.ADMIN, Role.OWNER]
CALL_SID = "CA" + "7" * 32
DELIVERIES = 1_000_000  # between their keys there is room for those that events make
TOOL = Definition(
    "find_order",
    "Finds an order.",
    "https://api.example.com/orders/{order_id}",
    parameters=(Parameter("order_id"),),
)


def patterns() -> dict[str, str]:
    """The route of every page of an organization, by name."""
    found = {}
    for resolver in get_resolver().url_patterns:
        if getattr(resolver, "app_name", None) == "dashboard":
            for entry in resolver.url_patterns:
                if not isinstance(entry, URLPattern):
                    found |= {each.name: str(each.pattern) for each in entry.url_patterns}
    return found


def address(name: str, office: Office, things: Office) -> str:
    """The page `name` in the organization of `office`, about the objects of `things`."""
    values = {
        "org_id": office.org.public_id,
        "agent_id": things.agent.public_id,
        "number": "1",
        "member_id": things.org.memberships.get(user__email__startswith="zoe").pk,
        "invitation_id": things.org.invitations.get().pk,
        "call_sid": CALL_SID if things is office else "CA" + "8" * 32,
        "prefix": things.key.prefix,
        "erasure_id": things.org.erasures.get().pk,
        "tool_id": HttpTool.objects.get(org=things.org).public_id,
        "message_id": Message.objects.get(org=things.org).pk,
        "test_id": SavedTest.objects.get(agent=things.agent).pk,
        "run_id": TestRun.objects.filter(agent=things.agent).earliest("pk").pk,
        "reading_id": SiteReading.objects.get(agent=things.agent).pk,
        "question_id": UnansweredQuestion.objects.get(org=things.org).pk,
        "hook_id": f"hook-{things.org.pk}",
        "delivery_id": DELIVERIES * things.org.pk,
        "serial": things.org.invoices.get().number,
        # Months are of nobody: there is none before the organization was made.
        "month": f"{timezone.now():%Y-%m}" if things is office else "2001-01",
    }
    route = patterns()[name]
    wanted = {key: value for key, value in values.items() if f"{key}>" in route}
    return reverse(f"dashboard:{name}", kwargs=wanted | {"org_id": office.org.public_id})


def with_webhook(org, *, now) -> None:
    """A webhook with one delivery, whose ids are made of that of the organization."""
    if HookEndpoint.objects.filter(org=org).exists():
        return
    endpoint = add_hook(
        org, url="https://hooks.invalid/", target=HookEndpoint.Target.URL, events=["call.ended"]
    )
    HookEndpoint.objects.filter(pk=endpoint.pk).update(public_id=f"hook-{org.pk}")
    HookDelivery.objects.create(
        pk=DELIVERIES * org.pk,
        org=org,
        endpoint=endpoint,
        message_id=f"msg_{org.pk}",
        event="call.ended",
        body="{}",
        state="dead",
        created_at=now,
        tried_since=now,
    )


def with_more_people(office: Office, *, member: int, invitation: int) -> Office:
    """Zoe, who is a member, Nina, who is invited, a recording and a tool; again when removed."""
    zoe, _ = User.objects.get_or_create(email=f"zoe@{office.org}.example".lower())
    Membership.objects.update_or_create(
        pk=member, defaults={"org": office.org, "user": zoe, "role": Role.VIEWER}
    )
    Invitation.objects.update_or_create(
        pk=invitation,
        defaults={
            "org": office.org,
            "email": "nina@example.com",
            "expires_at": timezone.now() + timedelta(days=7),
            "revoked_at": None,
        },
    )
    Recording.objects.update_or_create(
        call=office.org.calls.get(),
        defaults={"state": "stored", "name": "gone", "size_bytes": 16, "deleted_at": None},
    )
    now = timezone.now()
    left = {"text": "Call back", "taken_at": now}
    Message.objects.get_or_create(call=office.org.calls.get(), key="c", defaults=left)
    tool = {"public_id": f"tool{member}", "stored": as_json(TOOL)}
    HttpTool.objects.update_or_create(org=office.org, name=TOOL.name, defaults=tool)
    asked = {"agent": office.agent, "text": "Skis?", "asked_at": now, "state": "open"}
    UnansweredQuestion.objects.update_or_create(
        call=office.org.calls.get(), number=1, defaults=asked
    )
    test = {"name": "Skis", "questions": "Skis?", "must": "skis"}
    SavedTest.objects.update_or_create(pk=member, agent=office.agent, defaults=test)
    run = {"number": 1, "fingerprint": "f" * 64, "created_at": now}
    TestRun.objects.get_or_create(pk=member, agent=office.agent, defaults=run)
    site = {"url": "https://example.com/", "created_at": now}
    SiteReading.objects.get_or_create(pk=member, agent=office.agent, defaults=site)
    with_webhook(office.org, now=now)
    if not office.org.invoices.exists():
        an_invoice(office.org, number=member)
    given = {"asked_at": now, "due_at": now, "calls": 1, "turns": 0, "recordings": 0}
    Erasure.objects.get_or_create(org=office.org, defaults=given)
    return office


@pytest.fixture(autouse=True)
def quick_paper(monkeypatch):
    monkeypatch.setattr(papers, "printed", lambda *_: b"%PDF")


@pytest.fixture
def acorn(cast):
    office = Office(cast.acorn)
    office.rings(CALL_SID)
    return with_more_people(office, member=901, invitation=901)


@pytest.fixture
def birch(cast):
    office = Office(cast.birch)
    office.rings("CA" + "8" * 32)
    return with_more_people(office, member=902, invitation=902)


def test_every_page_of_an_organization_is_in_the_table():
    assert set(patterns()) == set(LEAST) | BY_LINK


@pytest.mark.parametrize("name", LEAST)
def test_a_member_opens_what_their_role_allows_and_gets_403_for_the_rest(cast, acorn, name):
    page = address(name, acorn, acorn)
    for who, role in PEOPLE.items():
        browser = browser_of(getattr(cast, who))
        with_more_people(acorn, member=901, invitation=901)
        for response in (browser.get(page), browser.post(page)):
            if response.status_code == 405:  # a page that is only read
                assert response.request["REQUEST_METHOD"] == "POST", who
            elif STRENGTH.index(role) >= STRENGTH.index(LEAST[name]):
                assert response.status_code in (200, 302, 422), who
                assert "/accounts/" not in response.headers.get("Location", ""), who
            else:
                assert response.status_code == 403, who
                assert "Your role doesn’t allow this" in response.text, who


@pytest.mark.parametrize("name", LEAST)
def test_a_stranger_gets_404_even_the_platforms_operator(cast, acorn, name):
    page = address(name, acorn, acorn)
    for stranger in (cast.charlie, cast.olga):
        browser = browser_of(stranger)
        assert browser.get(page).status_code == 404
        assert browser.post(page).status_code in (404, 405)


@pytest.mark.parametrize("name", LEAST)
def test_a_visitor_goes_to_the_log_in_page_and_comes_back(acorn, name):
    page = address(name, acorn, acorn)
    response = Client().get(page)
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={page}")


@pytest.mark.parametrize("name", [name for name in LEAST if "<" in patterns()[name]])
def test_another_organizations_objects_are_not_found_under_ones_own(cast, acorn, birch, name):
    browser = browser_of(cast.alice)
    assert browser.get(address(name, acorn, acorn)).status_code in (200, 302)
    assert browser.get(address(name, acorn, birch)).status_code == 404


@pytest.mark.parametrize("path", ["organizations/", "organizations/new/"])
def test_the_way_in_asks_a_visitor_to_log_in(db, path):
    response = Client().get(f"/{path}")
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next=/{path}")


def test_a_viewer_sees_no_key_and_nothing_to_edit(cast, acorn):
    browser = browser_of(cast.vera)
    for path in ("", "agents/", f"agents/{acorn.agent.public_id}/", "members/"):
        text = browser.get(acorn.url(path)).text
        assert acorn.key.prefix not in text
        assert "<textarea" not in text
        assert acorn.url("keys/") not in text
        assert acorn.url("settings/") not in text
