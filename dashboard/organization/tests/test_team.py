"""The team on the dashboard: invited, joined, promoted, removed, and who may do which."""

import html
import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.addresses import confirm
from accounts.members import trust
from accounts.models import Invitation, Membership, Organization, User
from agents.versions.publishing import publish
from dashboard.organization import team
from testing.cast import PASSWORD, Cast
from testing.office import Office, browser_of


def page(cast: Cast, path: str = "") -> str:
    return f"/o/{cast.acorn.public_id}/members/{path}"


def member(cast: Cast, user: User) -> Membership:
    return Membership.objects.get(org=cast.acorn, user=user)


def link_in_mail() -> str:
    return re.search(r"https?://[^/]+(/join/\S+)", mail.outbox[-1].body).group(1)


def test_an_invited_person_signs_up_and_joins(cast: Cast) -> None:
    browser_of(cast.adam).post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}
    )
    assert mail.outbox[-1].to == ["nina@example.com"]
    link = link_in_mail()

    nina = Client()
    door = nina.get(link)
    assert "signup" in door.text
    nina.post(
        f"/accounts/signup/?next={link}",
        {"email": "nina@example.com", "password1": PASSWORD, "next": link},
    )
    assert "<button>Join</button>" in nina.get(link).text
    nina.post(link)

    assert nina.get(page(cast)).status_code == 200
    assert nina.get(link).status_code == 404


def test_a_link_does_nothing_for_another_account(cast: Cast) -> None:
    browser_of(cast.adam).post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}
    )
    stranger = browser_of(cast.charlie)
    answer = stranger.get(link_in_mail())
    assert "charlie@example.com" in answer.text
    stranger.post(link_in_mail())
    assert stranger.get(page(cast)).status_code == 404


def test_a_mail_that_fails_leaves_the_link_to_pass_on(cast: Cast, settings, tmp_path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = browser_of(cast.adam).post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}, follow=True
    )
    assert "couldn’t be sent" in answer.text
    assert "/join/" in answer.text


def test_an_address_that_is_none_is_refused_beside_the_field(cast: Cast) -> None:
    answer = browser_of(cast.adam).post(page(cast, "invite/"), {"email": "nina", "role": "member"})
    assert answer.status_code == 422
    assert 'value="nina"' in answer.text


def test_no_member_sends_mail_without_end(cast: Cast, monkeypatch) -> None:
    cache.clear()  # how many went out is counted there
    monkeypatch.setattr(team, "INVITATIONS_AN_HOUR", 2)
    adam = browser_of(cast.adam)
    statuses = [
        adam.post(
            page(cast, "invite/"), {"email": f"n{number}@example.com", "role": "member"}
        ).status_code
        for number in range(3)
    ]
    assert statuses == [302, 302, 429]
    assert len(mail.outbox) == 2
    cache.clear()


def test_new_organizations_send_few_mails_together(cast: Cast, monkeypatch) -> None:
    cache.clear()
    monkeypatch.setattr(trust, "MAILS_OF_POOL_AN_HOUR", 2)
    monkeypatch.setattr(team, "INVITATIONS_AN_HOUR", 2)
    Organization.objects.update(proven_at=None)
    answers = [
        browser_of(user).post(
            f"/o/{org.public_id}/members/invite/",
            {"email": f"n{number}@example.com", "role": "member"},
        )
        for number, (user, org) in enumerate(
            [(cast.adam, cast.acorn), (cast.charlie, cast.birch)] * 3
        )
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 429, 429, 429, 429]
    # What others have used up is no fault of this member's, and there is something to do.
    for answer in answers[2:]:
        assert "New organizations share a few emails an hour" in answer.text
        assert "An owner has to confirm their email address first." in answer.text
    assert len(mail.outbox) == 2
    cache.clear()


def test_a_proven_organization_is_told_of_its_own_limit(cast: Cast, monkeypatch) -> None:
    cache.clear()
    monkeypatch.setattr(trust, "MAILS_AN_HOUR", 0)
    answer = browser_of(cast.adam).post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}
    )
    assert answer.status_code == 429
    assert "Your organization has sent too many emails." in answer.text
    cache.clear()


def test_links_that_nobody_mails_are_no_mails(cast: Cast, monkeypatch, settings) -> None:
    cache.clear()
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    monkeypatch.setattr(trust, "MAILS_OF_POOL_AN_HOUR", 0)
    Organization.objects.update(proven_at=None)
    answer = browser_of(cast.adam).post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}
    )
    assert answer.status_code == 302
    cache.clear()


def test_no_member_gives_away_more_than_they_have(cast: Cast) -> None:
    browser = browser_of(cast.adam)
    answer = browser.post(page(cast, "invite/"), {"email": "nina@example.com", "role": "owner"})
    assert answer.status_code == 422
    bob = member(cast, cast.bob)
    assert browser.post(page(cast, f"{bob.pk}/role/"), {"role": "owner"}).status_code == 403
    alice = member(cast, cast.alice)
    assert browser.post(page(cast, f"{alice.pk}/role/"), {"role": "viewer"}).status_code == 403
    assert browser.post(page(cast, f"{alice.pk}/remove/")).status_code == 403
    assert not Invitation.objects.exists()


def test_whoever_removes_a_member_learns_which_agents_still_mail_them(cast: Cast) -> None:
    agent = Office(cast.acorn).agent
    publish(agent, settings={"messages": {"notify": "desk@example.com, BOB@example.com"}})
    browser = browser_of(cast.alice)
    removal = page(cast, f"{member(cast, cast.bob).pk}/remove/")
    told = f"still go to bob@example.com from: {agent}."
    assert told in browser.get(removal).text
    assert told in browser.post(removal, follow=True).text
    other = page(cast, f"{member(cast, cast.vera).pk}/remove/")
    assert "still go to" not in browser.get(other).text


@pytest.mark.parametrize(("path", "form"), [("role/", {"role": "viewer"}), ("remove/", {})])
def test_who_becomes_an_owner_at_this_moment_is_out_of_an_admins_reach(
    cast: Cast, path: str, form: dict[str, str], monkeypatch
) -> None:
    def checked(_request, member):
        Membership.objects.filter(pk=member.pk).update(role="owner")  # by an owner, just then

    monkeypatch.setattr(team, "_check_is_within_reach", checked)
    answer = browser_of(cast.adam).post(page(cast, f"{member(cast, cast.bob).pk}/{path}"), form)
    assert answer.status_code == 403
    assert member(cast, cast.bob).role == "owner"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("invite/", {"email": "thief@example.com", "role": "owner"}),
        ("{bob}/role/", {"role": "owner"}),
        ("{bob}/remove/", {}),
    ],
)
def test_an_old_session_proves_itself_before_it_changes_who_may_do_what(
    cast: Cast, path: str, form: dict[str, str]
) -> None:
    confirm(cast.bob)
    path = page(cast, path.format(bob=member(cast, cast.bob).pk))
    browser = browser_of(cast.alice, logged_in_ago=3600)
    asked = browser.post(path, form)
    assert asked.url == f"/accounts/reauthenticate/?next={path.replace('/', '%2F')}"
    assert member(cast, cast.bob).role == "member"
    assert not Invitation.objects.exists()
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": path})
    is_done = Invitation.objects.exists() or not Membership.objects.filter(
        org=cast.acorn, user=cast.bob, role="member"
    )
    assert is_done


def test_an_admin_takes_back_no_invitation_of_an_owner(cast: Cast) -> None:
    alice, adam = browser_of(cast.alice), browser_of(cast.adam)
    alice.post(page(cast, "invite/"), {"email": "cfo@example.com", "role": "owner"})
    revoke = f"/o/{cast.acorn.public_id}/invitations/{Invitation.objects.get().pk}/revoke/"
    assert revoke not in adam.get(page(cast)).text
    assert adam.post(revoke).status_code == 403
    refused = adam.post(page(cast, "invite/"), {"email": "cfo@example.com", "role": "viewer"})
    assert refused.status_code == 422
    assert "An owner has invited this address" in refused.text
    assert Client().get(link_in_mail()).status_code == 200
    assert revoke in alice.get(page(cast)).text
    alice.post(revoke)
    assert Client().get(link_in_mail()).status_code == 404


def test_an_admin_promotes_a_member(cast: Cast) -> None:
    bob = member(cast, cast.bob)
    browser_of(cast.adam).post(page(cast, f"{bob.pk}/role/"), {"role": "admin"})
    assert member(cast, cast.bob).role == "admin"


def test_a_role_that_a_colleague_gave_meanwhile_is_not_taken_back_unseen(cast):
    browser, bob = browser_of(cast.adam), member(cast, cast.bob)
    assert 'name="seen" value="member"' in browser.get(page(cast)).text
    old = {"role": "admin", "seen": "member"}
    Membership.objects.filter(pk=bob.pk).update(role="viewer")
    answer = browser.post(page(cast, f"{bob.pk}/role/"), old, follow=True)
    assert "bob@example.com was made viewer meanwhile." in answer.text
    assert member(cast, cast.bob).role == "viewer"
    browser.post(page(cast, f"{bob.pk}/role/"), old | {"seen": "viewer"})
    assert member(cast, cast.bob).role == "admin"
    # What it is by now is no change to ask about.
    answer = browser.post(page(cast, f"{bob.pk}/role/"), old, follow=True)
    assert "is now admin" in answer.text


@pytest.mark.parametrize("role", ["", "emperor"])
def test_a_role_that_is_none_changes_nothing(cast: Cast, role: str) -> None:
    bob = member(cast, cast.bob)
    answer = browser_of(cast.alice).post(page(cast, f"{bob.pk}/role/"), {"role": role}, follow=True)
    assert "Choose a role" in answer.text
    assert member(cast, cast.bob).role == "member"


def test_the_last_owner_stays(cast: Cast) -> None:
    answer = browser_of(cast.alice).post(page(cast, "leave/"), follow=True)
    assert "at least one owner" in answer.text
    assert member(cast, cast.alice).role == "owner"


def test_a_viewer_leaves_and_sees_no_more(cast: Cast) -> None:
    browser = browser_of(cast.vera)
    assert "Leave Acorn?" in browser.get(page(cast, "leave/")).text
    browser.post(page(cast, "leave/"))
    assert browser.get(page(cast)).status_code == 404


def test_a_viewer_removes_nobody_else(cast: Cast) -> None:
    bob = member(cast, cast.bob)
    assert browser_of(cast.vera).post(page(cast, f"{bob.pk}/remove/")).status_code == 403


def test_members_and_invitations_of_others_are_not_found(cast: Cast) -> None:
    charlie = Membership.objects.get(org=cast.birch, user=cast.charlie)
    browser_of(cast.adam).post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}
    )
    invitation = Invitation.objects.get()
    adam = browser_of(cast.adam)
    assert adam.post(page(cast, f"{charlie.pk}/remove/")).status_code == 404
    foreign = f"/o/{cast.birch.public_id}/invitations/{invitation.pk}/revoke/"
    assert browser_of(cast.charlie).post(foreign).status_code == 404


def test_an_invitation_is_taken_back(cast: Cast) -> None:
    adam = browser_of(cast.adam)
    adam.post(page(cast, "invite/"), {"email": "nina@example.com", "role": "member"})
    adam.post(f"/o/{cast.acorn.public_id}/invitations/{Invitation.objects.get().pk}/revoke/")
    assert Client().get(link_in_mail()).status_code == 404


def test_a_hostile_name_is_a_text_and_one_line_of_a_header(cast: Cast) -> None:
    with connection.cursor() as cursor:  # a row from before names were checked
        name = "<script>x</script>\nBcc: all@example.com"
        cursor.execute("UPDATE accounts_organization SET name = %s WHERE name = 'Acorn'", [name])
    adam = browser_of(cast.adam)
    adam.post(page(cast, "invite/"), {"email": "nina@example.com", "role": "member"})
    assert "\n" not in mail.outbox[-1].subject
    assert "<script>x" not in Client().get(link_in_mail()).text


def test_the_audit_log_tells_in_words_and_pages_by_key(cast: Cast, monkeypatch) -> None:
    monkeypatch.setattr("dashboard.organization.audit.PAGE_SIZE", 2)
    adam = browser_of(cast.adam)
    for name in ("nina", "noah", "nora"):
        adam.post(page(cast, "invite/"), {"email": f"{name}@example.com", "role": "member"})
    adam.get(page(cast))  # the messages about the three are shown here
    log = f"/o/{cast.acorn.public_id}/audit/"
    first = adam.get(log, {"about": "member"}).text
    assert "invited a teammate" in first
    assert "nora@example.com" in first
    assert "nina@example.com" not in first
    older = re.search(r'rel="next" href="([^"]+)"', first).group(1).replace("&amp;", "&")
    assert "nina@example.com" in adam.get(older).text
    assert "nina@example.com" not in adam.get(log, {"about": "key"}).text


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "1 or 1"])
def test_a_strange_key_shows_the_newest_page(cast: Cast, before: str) -> None:
    log = f"/o/{cast.acorn.public_id}/audit/"
    assert browser_of(cast.adam).get(log, {"before": before}).status_code == 200


def shown_links(page_text: str) -> list[str]:
    return re.findall(r"(/join/[^\s\"<]+)", page_text)


def test_an_admin_sees_no_link_that_would_make_an_owner(cast: Cast) -> None:
    alice, adam = browser_of(cast.alice), browser_of(cast.adam)
    alice.post(page(cast, "invite/"), {"email": "cfo@example.com", "role": "owner"})
    assert "cfo@example.com" in adam.get(page(cast)).text
    assert shown_links(adam.get(page(cast)).text) == []
    [link] = shown_links(alice.get(page(cast)).text)
    assert link != link_in_mail()


def test_the_shown_link_lets_in_nobody_who_only_claims_the_address(cast: Cast) -> None:
    alice = browser_of(cast.alice)
    alice.post(page(cast, "invite/"), {"email": "cfo@example.com", "role": "owner"})
    [link] = shown_links(alice.get(page(cast)).text)
    impostor = Client()
    impostor.get(link)
    impostor.post(
        "/accounts/signup/", {"email": "cfo@example.com", "password1": PASSWORD, "next": link}
    )
    assert "Confirm your email address" in impostor.get(link).text
    assert "<button>Join</button>" not in impostor.get(link).text
    impostor.post(link)
    assert impostor.get(page(cast)).status_code == 404


def test_where_no_mail_is_sent_the_page_says_how_one_becomes_owner(cast: Cast, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    alice = browser_of(cast.alice)
    assert "you can’t invite an owner" in alice.get(page(cast)).text
    refused = alice.post(page(cast, "invite/"), {"email": "cfo@example.com", "role": "owner"})
    assert refused.status_code == 422
    told = alice.post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}, follow=True
    )
    assert "This site doesn’t send email" in told.text
    assert len(shown_links(told.text)) == 1
    assert "Send invitation" not in told.text
    assert "in case the email" not in told.text


def test_who_was_invited_finds_their_address_in_the_sign_up(cast: Cast) -> None:
    adam = browser_of(cast.adam)
    adam.post(page(cast, "invite/"), {"email": "nina+1@example.com", "role": "member"})
    [link] = shown_links(adam.get(page(cast)).text)
    nina = Client()
    [sign_up] = re.findall(r'href="(/accounts/signup/[^"]*)"', nina.get(link).text)
    assert 'value="nina+1@example.com"' in nina.get(html.unescape(sign_up)).text


def test_an_invitation_leads_on_a_user_who_signs_up_with_its_confirmed_address(cast: Cast) -> None:
    browser_of(cast.adam).post(
        page(cast, "invite/"), {"email": "nina@example.com", "role": "member"}
    )
    nina = Client()
    nina.post("/accounts/signup/", {"email": "nina@example.com", "password1": PASSWORD})
    assert nina.get("/", follow=True).redirect_chain[-1][0] == "/organizations/new/"
    confirm(User.objects.get(email="nina@example.com"))
    assert "Join Acorn" in nina.get("/", follow=True).text
