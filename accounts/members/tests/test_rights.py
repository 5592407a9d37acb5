"""Who operates the platform: made so by superusers, in the sight of all operators."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.admin.tests.test_admin import log_in_again
from accounts.members import rights
from accounts.models import AuditEntry, SessionRow, User
from testing.cast import Cast


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


def browser_of(person: User, *, is_fresh: bool = True) -> Client:
    client = Client()
    client.force_login(person)
    if is_fresh:
        log_in_again(client, person)
    return client


@pytest.fixture
def stan(cast: Cast) -> User:
    """Staff who may do everything about people that a permission can say."""
    stan = User.objects.create_user("stan@example.com", is_staff=True)
    stan.user_permissions.set(
        Permission.objects.filter(
            content_type__model__in=("user", "group", "emailaddress", "authenticator")
        )
    )
    return stan


def form_of(person: User, **rights_given: object) -> dict[str, object]:
    return {"email": person.email, "first_name": "", "last_name": "", "is_active": "on"} | (
        rights_given
    )


def change_page(person: User) -> str:
    return reverse("admin:accounts_user_change", args=[person.pk])


def test_staff_raises_nobody(cast: Cast, stan: User) -> None:
    browser = browser_of(stan)
    for person in (stan, cast.bob):
        everything = form_of(person, is_staff="on", is_superuser="on")
        browser.post(change_page(person), everything)
        person.refresh_from_db()
        assert not person.is_superuser
    assert browser.get("/operator/").status_code == 404


def test_staff_takes_over_no_operator(cast: Cast, stan: User) -> None:
    browser = browser_of(stan)
    group = Group.objects.create(name="support")
    factor = Authenticator.objects.create(
        user=cast.olga, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )
    new = {"usable_password": "true", "password1": "a new sentence", "password2": "a new sentence"}
    for path, form in (
        (reverse("admin:auth_user_password_change", args=[cast.olga.pk]), new),
        (change_page(cast.olga), form_of(cast.olga, email="stan2@example.com")),
        (reverse("admin:account_emailaddress_add"), {"user": cast.olga.pk, "email": "s@x.example"}),
        (reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"}),
        (reverse("admin:auth_group_change", args=[group.pk]), {"name": "support"}),
        (reverse("admin:auth_group_add"), {"name": "more"}),
        (reverse("admin:accounts_user_delete", args=[cast.bob.pk]), {"post": "yes"}),
    ):
        assert browser.post(path, form).status_code == 403, path
    with pytest.raises(PermissionDenied):
        rights.change_rights(stan, to=rights.rights_of(cast.olga), actor=stan)


def test_a_superuser_gives_rights_with_a_trace_and_a_mail_to_all_operators(
    cast: Cast, django_capture_on_commit_callbacks
) -> None:
    other = User.objects.create_superuser("otto@example.com", "x")
    Client().force_login(cast.bob)
    bob = browser_of(cast.bob)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser_of(cast.olga).post(
            change_page(cast.bob), form_of(cast.bob, is_staff="on", is_superuser="on")
        )
    assert answer.status_code == 302
    cast.bob.refresh_from_db()
    assert cast.bob.is_superuser
    entry = AuditEntry.objects.get(action="rights.changed")
    assert (entry.org, entry.actor) == (None, cast.olga)
    assert entry.target == "bob@example.com: +staff, +superuser"
    told = {address for each in mail.outbox for address in each.to}
    assert {cast.olga.email, other.email} <= told
    assert not SessionRow.objects.filter(user=cast.bob).exists()
    assert bob.get("/organizations/").status_code == 302


def test_an_old_session_of_an_operator_proves_itself_first(cast: Cast) -> None:
    browser = browser_of(cast.olga, is_fresh=False)
    answer = browser.post(change_page(cast.bob), form_of(cast.bob, is_superuser="on"))
    assert answer.url.startswith("/accounts/reauthenticate/")
    cast.bob.refresh_from_db()
    assert not cast.bob.is_superuser


def test_what_is_saved_unchanged_leaves_no_trace(cast: Cast) -> None:
    browser_of(cast.olga).post(change_page(cast.bob), form_of(cast.bob, first_name="Bob"))
    cast.bob.refresh_from_db()
    assert cast.bob.first_name == "Bob"
    assert not AuditEntry.objects.filter(action="rights.changed").exists()


@pytest.mark.parametrize("page", ["/operator/", "/admin/", "/admin/accounts/user/"])
def test_with_https_an_operator_without_second_factor_sets_one_up_first(
    cast: Cast, settings, page: str
) -> None:
    settings.OPERATORS_NEED_SECOND_FACTOR = True
    browser = browser_of(cast.olga)
    led = browser.get(page, follow=True)
    assert led.redirect_chain[-1][0] == reverse("mfa_index")
    assert "Operators need a second factor" in led.text
    Authenticator.objects.bulk_create(
        [Authenticator(user=cast.olga, type=Authenticator.Type.TOTP, data={"secret": "x"})]
    )
    assert browser.get(page).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(cast: Cast, settings) -> None:
    settings.OPERATORS_NEED_SECOND_FACTOR = True
    Authenticator.objects.bulk_create(
        [Authenticator(user=cast.olga, type=Authenticator.Type.RECOVERY_CODES, data={})]
    )
    assert browser_of(cast.olga).get("/operator/").status_code == 302


def test_on_this_machine_alone_a_note_says_so(cast: Cast) -> None:
    assert "You haven’t set up a second factor" in browser_of(cast.olga).get("/operator/").text


def test_an_operator_made_by_the_command_can_set_one_up(db) -> None:
    otto = User.objects.create_superuser("otto@example.com", "x")
    assert (
        browser_of(otto)
        .get(reverse("mfa_activate_totp"))
        .url.startswith("/accounts/reauthenticate/")
    )
