"""A passkey: added, named, used to sign in, and removed; with Chromium's own authenticator."""

from playwright.sync_api import expect

from tests.journeys.chromium import adds_passkey, has_authenticator, logs_in
from tests.journeys.world import PASSWORD


def proves_herself(page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()


def test_a_passkey_signs_in_alone_until_it_is_removed(site, visitors):
    site.make("office", name="Passkeys", slug="passkeys")
    page = visitors.comes()
    has_authenticator(page)
    logs_in(page, email="owner@passkeys.example", password=PASSWORD)
    page.wait_for_url("**/o/**")

    page.goto("/accounts/2fa/webauthn/add/")
    proves_herself(page)
    page.wait_for_url("**/webauthn/add/")
    adds_passkey(page, name="My phone")
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_role("row").filter(has_text="My phone")).to_contain_text("passwordless")

    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/o/**")

    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove My phone").click()
    if "reauthenticate" in page.url:
        proves_herself(page)
    page.get_by_role("main").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("main")).to_contain_text("No passkeys yet.")
