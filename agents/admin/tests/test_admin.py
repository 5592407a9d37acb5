"""The operator at work on organizations, keys and agents."""

import html
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.carriers.accounts import named_account
from accounts.keys import api_keys
from accounts.keys.api_keys import find_key, issue_key, revoke_key
from accounts.models import ApiKey, AuditEntry, Organization
from agents.models import Agent
from agents.versions.publishing import create_agent, first_active
from testing.cast import PASSWORD
from voicex.errors import KeyRefused

WHOLE_KEY = re.compile(r"vx_[0-9a-f]{40}")


@pytest.fixture
def agent(cast):
    return create_agent(cast.acorn, name="Front desk", greeting="Hello.", facts="Hours: 9 to 5")


@pytest.fixture
def operator(client, cast):
    """Olga, who has just typed her password."""
    cache.clear()
    client.post(reverse("account_login"), {"login": "olga@example.com", "password": PASSWORD})
    return client


def text_of(response):
    return html.unescape(response.content.decode())


def change_page(instance):
    meta = instance._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[instance.pk])


def issue(operator, org):
    """Issue a key in the admin: the page that follows, and the key's row."""
    response = operator.post(
        reverse("admin:accounts_apikey_add"), {"org": org.pk, "label": "sales"}
    )
    key = ApiKey.objects.latest("pk")
    assert response.url == change_page(key)
    return operator.get(response.url), key


def stored_in_the_browser_and_session(operator):
    cookies = " ".join(morsel.value for morsel in operator.cookies.values())
    return cookies + repr(dict(operator.session))


def form_data(page):
    """What a browser would send back unchanged."""
    form = page.context["adminform"].form
    return {
        name: form[name].value() for name in form.fields if form[name].value() not in (None, False)
    }


def test_an_issued_key_is_shown_with_the_webhook_url_of_each_agent(operator, cast, agent):
    page, key = issue(operator, cast.acorn)
    text = WHOLE_KEY.search(text_of(page))[0]
    assert find_key(text, now=timezone.now()) == key
    url = f"{settings.TWILIO_APP_URL}/api/twilio/voice?api_key={text}"
    messages = [str(message) for message in page.context["messages"]]
    assert messages[-2:] == [
        f"First active agent: {url}",
        f"Front desk: {url}&agent_id={agent.public_id}",
    ]
    again = text_of(operator.get(change_page(key)))
    assert again.count(url) == 2  # the panel's two rows; the message came once
    assert text not in stored_in_the_browser_and_session(operator)


def test_a_key_is_in_no_log_line_address_or_admin_history(operator, cast, caplog):
    caplog.set_level("DEBUG")
    response = operator.post(
        reverse("admin:accounts_apikey_add"), {"org": cast.acorn.pk, "label": "sales"}
    )
    page = operator.get(response.url)
    text = WHOLE_KEY.search(text_of(page))[0]
    assert text not in response.url
    assert text not in caplog.text
    assert text not in " ".join(f"{row} {row.change_message}" for row in LogEntry.objects.all())
    assert "no-store" in page.headers["Cache-Control"]


def test_every_sight_of_a_key_is_written_down(operator, cast):
    _, key = issue(operator, cast.acorn)
    operator.get(change_page(key))
    trail = AuditEntry.objects.filter(org=cast.acorn, actor=cast.olga)
    assert [entry.action for entry in trail] == ["key.revealed", "key.revealed", "key.issued"]


def test_an_old_log_in_sees_masked_keys_and_is_asked_for_the_password(operator, cast, agent):
    _, key = issue(operator, cast.acorn)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        for instance in (key, cast.acorn, agent):
            page = text_of(operator.get(change_page(instance)))
            assert f"api_key=vx_{key.prefix}" in page
            assert not WHOLE_KEY.search(page)
            assert f"/accounts/reauthenticate/?next={change_page(instance)}".replace(
                "/", "%2F"
            ) in page.replace("/", "%2F")
        response = operator.post(
            f"{reverse('account_reauthenticate')}?next={change_page(key)}", {"password": PASSWORD}
        )
        assert response.url == change_page(key)
        assert WHOLE_KEY.search(text_of(operator.get(response.url)))


def test_organization_and_agent_pages_show_the_urls_of_the_newest_key(operator, cast, agent):
    issue_key(cast.acorn, label="old", actor=None)
    _, text = issue_key(cast.acorn, label="new", actor=None)
    url = f"{settings.TWILIO_APP_URL}/api/twilio/voice?api_key={text}"
    of_agent = f"{url}&agent_id={agent.public_id}"
    assert of_agent in text_of(operator.get(change_page(agent)))
    page = text_of(operator.get(change_page(cast.acorn)))
    assert of_agent in page
    assert f"{url}<" in page
    assert text not in text_of(operator.get(change_page(cast.birch)))


def test_without_a_key_the_page_says_how_to_get_a_url(operator, cast):
    assert "Create one to get a webhook URL" in text_of(operator.get(change_page(cast.birch)))


def test_a_key_sealed_with_a_lost_encryption_key_is_explained_in_words(operator, cast, settings):
    key, _ = issue_key(cast.acorn, label="", actor=None)
    settings.FIELD_ENCRYPTION_KEYS = ["another-key-" + "z" * 40]
    page = operator.get(change_page(key))
    assert page.status_code == 200
    assert "not in FIELD_ENCRYPTION_KEYS" in text_of(page)


def test_rotating_shows_the_new_key_and_leaves_the_old_one_a_week(operator, cast):
    old, old_text = issue_key(cast.acorn, label="line", actor=None)
    response = operator.post(change_page(old), {"label": "line", "accounts_apikey_rotate": ""})
    new = ApiKey.objects.latest("pk")
    assert response.url == change_page(new)
    new_text = WHOLE_KEY.search(text_of(operator.get(response.url)))[0]
    in_a_week = timezone.now() + timedelta(days=7, minutes=1)
    assert find_key(old_text, now=timezone.now()) == old
    assert find_key(new_text, now=in_a_week) == new
    with pytest.raises(KeyRefused):
        find_key(old_text, now=in_a_week)
    assert "accounts_apikey_rotate" not in text_of(operator.get(change_page(old)))


def test_a_key_too_many_is_refused_in_words(operator, cast, monkeypatch):
    key, _text = issue_key(cast.acorn, label="line", actor=None)
    monkeypatch.setattr(api_keys, "MOST", 1)
    refused = "You can have up to 1 API keys."
    added = operator.post(reverse("admin:accounts_apikey_add"), {"org": cast.acorn.pk})
    assert refused in text_of(added)
    rotate = {"label": "line", "accounts_apikey_rotate": ""}
    assert refused in text_of(operator.post(change_page(key), rotate, follow=True))
    operator.post(change_page(key), {"label": "another"})
    key.refresh_from_db()
    assert (key.label, key.expires_at) == ("another", None)
    assert ApiKey.objects.filter(org=cast.acorn).count() == 1


def test_revoking_refuses_the_key_and_keeps_its_row(operator, cast):
    key, text = issue_key(cast.acorn, label="", actor=None)
    operator.post(change_page(key), {"label": "gone", "accounts_apikey_revoke": ""})
    with pytest.raises(KeyRefused):
        find_key(text, now=timezone.now())
    key.refresh_from_db()
    assert key.label == "gone"
    page = text_of(operator.get(change_page(key)))
    assert text not in page
    assert "accounts_apikey_revoke" not in page
    delete = reverse("admin:accounts_apikey_delete", args=[key.pk])
    assert operator.post(delete, {"post": "yes"}).status_code == 403


def test_several_keys_are_revoked_from_the_list(operator, cast):
    texts = [issue_key(cast.acorn, label="", actor=None)[1] for _ in range(2)]
    operator.post(
        reverse("admin:accounts_apikey_changelist"),
        {
            "action": "revoke_selected",
            "_selected_action": list(ApiKey.objects.values_list("pk", flat=True)),
        },
    )
    for text in texts:
        with pytest.raises(KeyRefused):
            find_key(text, now=timezone.now())


def test_saving_a_label_does_not_bring_back_a_key_revoked_since(operator, cast, monkeypatch):
    key, text = issue_key(cast.acorn, label="", actor=None)
    stale = ApiKey.objects.get(pk=key.pk)
    revoke_key(cast.acorn, key=key, actor=None)
    monkeypatch.setattr(
        "agents.admin.api_keys.ApiKeyPage.get_object", lambda *_args, **_kwargs: stale
    )
    operator.post(change_page(key), {"label": "late edit"})
    with pytest.raises(KeyRefused):
        find_key(text, now=timezone.now())


def test_what_an_agent_says_is_read_here_and_changed_in_the_dashboard(operator, cast, agent):
    page = operator.get(change_page(agent))
    assert "Hours: 9 to 5" in text_of(page)
    editor = reverse("dashboard:edit_agent", args=[cast.acorn.public_id, agent.public_id])
    assert editor in text_of(page)
    data = form_data(page) | {"greeting": "Changed.", "facts": "", "settings": "{}"}
    assert operator.post(change_page(agent), data).status_code == 302
    assert first_active(cast.acorn).published == agent.published


def test_renaming_an_agent_in_the_admin_keeps_all_that_it_says(operator, cast):
    settings = {
        "recording": {"mode": "key", "sentence": "May we record? Press 5.", "key": "5"},
        "turn_taking": {"endpointing_ms": 400, "speculate": False},
        "engines": {"openai.llm_model": "gpt-4o"},
    }
    agent = create_agent(cast.acorn, name="Front desk", settings=settings)
    data = form_data(operator.get(change_page(agent))) | {"name": "Reception"}
    assert operator.post(change_page(agent), data).status_code == 302
    agent.refresh_from_db()
    assert (agent.name, agent.published.number) == ("Reception", 1)
    assert agent.published.settings == settings


def test_an_agent_is_created_inactive_renamed_and_activated(operator, cast):
    add = reverse("admin:agents_agent_add")
    data = form_data(operator.get(add)) | {"org": cast.acorn.pk, "name": "Sales"}
    del data["is_active"]
    assert operator.post(add, data).status_code == 302
    agent = Agent.objects.get()
    assert (agent.name, agent.is_active, agent.published.number) == ("Sales", False, 1)
    data |= {"name": "Sales line", "is_active": "on", "org": cast.birch.pk}
    operator.post(change_page(agent), data)
    agent.refresh_from_db()
    assert (agent.name, agent.is_active, agent.org) == ("Sales line", True, cast.acorn)


@pytest.mark.parametrize("model", ["agent", "agentversion"])
def test_lists_read_no_long_texts(operator, agent, model):
    with CaptureQueriesContext(connection) as read:
        page = operator.get(reverse(f"admin:agents_{model}_changelist"))
    assert "Front desk" in text_of(page)
    assert not [each["sql"] for each in read if '"facts"' in each["sql"]]


def test_versions_are_read_only(operator, agent):
    url = change_page(agent.published)
    assert operator.get(url).status_code == 200
    assert operator.post(url, {"greeting": "Changed"}).status_code == 403


def test_an_organization_is_created_for_a_user_who_signed_up(operator, cast):
    add = reverse("admin:accounts_organization_add")
    page = operator.post(add, {"name": "Cedar", "owner": "nobody@example.com"})
    assert "There is no account with this email address" in text_of(page)
    # Anyone can sign up with any address: it must have been confirmed.
    page = operator.post(add, {"name": "Cedar", "owner": "Bob@Example.com"})
    assert "isn’t confirmed yet" in text_of(page)
    assert not Organization.objects.filter(name="Cedar").exists()
    EmailAddress.objects.create(user=cast.bob, email=cast.bob.email, verified=True)
    operator.post(add, {"name": "Cedar", "owner": "Bob@Example.com"})
    cedar = Organization.objects.get(name="Cedar")
    assert [str(member) for member in cedar.memberships.all()] == [
        "bob@example.com is owner of Cedar"
    ]


def test_suspending_needs_a_reason_and_leaves_a_trace(operator, cast):
    data = {"name": "Acorn", "twilio_account_sid": "", "state": "suspended"} | {
        "suspended_reason": " "
    }
    page = operator.post(change_page(cast.acorn), data | INLINE)
    assert "Enter a reason. The organization will see it." in text_of(page)
    operator.post(change_page(cast.acorn), data | INLINE | {"suspended_reason": "unpaid"})
    cast.acorn.refresh_from_db()
    assert (cast.acorn.is_suspended, cast.acorn.suspended_reason) == (True, "unpaid")
    assert AuditEntry.objects.first().action == "organization.suspended"
    operator.post(
        change_page(cast.acorn),
        data | INLINE | {"state": "active", "suspended_reason": "unpaid"},
    )
    cast.acorn.refresh_from_db()
    assert (cast.acorn.is_suspended, cast.acorn.suspended_reason) == (False, "")


def test_an_account_sid_must_look_like_one(operator, cast):
    data = {"name": "Acorn", "state": "active", "suspended_reason": ""} | INLINE
    page = operator.post(change_page(cast.acorn), data | {"twilio_account_sid": "AC123"})
    assert "32 hex digits" in text_of(page)
    sid = "AC" + "0" * 32
    operator.post(change_page(cast.acorn), data | {"twilio_account_sid": sid})
    assert named_account(cast.acorn, carrier="twilio") == sid


# What the browser sends for the members shown below an organization's form.
INLINE = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


@pytest.mark.parametrize("model", ["agent", "organization"])
def test_staff_who_may_not_see_keys_see_none_on_other_pages(client, cast, agent, model):
    _, text = issue_key(cast.acorn, label="", actor=None)
    cast.bob.is_staff = True
    cast.bob.save()
    cast.bob.user_permissions.set(Permission.objects.filter(codename=f"view_{model}"))
    cache.clear()
    client.post(reverse("account_login"), {"login": "bob@example.com", "password": PASSWORD})
    page = client.get(change_page({"agent": agent, "organization": cast.acorn}[model]))
    assert page.status_code == 200
    assert text not in text_of(page)
    assert not AuditEntry.objects.filter(action="key.revealed").exists()


def test_the_name_of_another_agent_is_refused_beside_its_field(agent, cast, operator):
    sent = {"org": cast.acorn.pk, "name": "front desk", "is_active": "on", "starter": "empty"}
    response = operator.post(reverse("admin:agents_agent_add"), sent)
    assert "There is already an agent called" in text_of(response)
    assert Agent.objects.count() == 1
