"""Settings of Django itself: apps, middleware, templates."""

from pathlib import Path
from typing import Any, Final

from django.templatetags.static import static

APPS: Final = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "accounts",
    "agents",
    "usage",
    "telephony",
    "dashboard",
]

MIDDLEWARE: Final = [
    "voicex.web.middleware.HideApiKey",
    # Before any middleware that may refuse a request, because the error page reads the form.
    "voicex.web.middleware.RequireUtf8",
    "voicex.web.public_origin.PublicOrigin",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "voicex.web.middleware.BrowserPolicy",
    "voicex.web.middleware.PrivateResponses",
    "voicex.web.middleware.RejectNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "accounts.preferences.PreferencesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "voicex.web.middleware.RejectNulInForms",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.login.sessions.Presence",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.form_recovery.FormRecoveryMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.login.guard.LoginGuard",
    "accounts.login.second_factor.OperatorsSecondFactor",
    "django_htmx.middleware.HtmxMiddleware",
]

FINDERS: Final = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "voicex.fonts.FontFinder",
]


def installed_apps(*, has_runserver: bool) -> list[str]:
    """The apps in the order in which Django asks them for templates and commands."""
    # Makes `runserver` an ASGI server; other commands skip it, as Twisted takes a second to import.
    return [*(["daphne"] if has_runserver else []), *APPS]


def templates(base_dir: Path) -> dict[str, Any]:
    """The engine of the pages' templates, which lie in `base_dir`/templates."""
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [base_dir / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "voicex.mail.for_templates",
                "accounts.login.sign_up.for_templates",
            ]
        },
    }


# The admin in the product's greens (static/voicex.css: --accent), not in its theme's purple.
ADMIN_PAGES: Final[dict[str, Any]] = {
    "SITE_TITLE": "Voicex",
    "SITE_HEADER": "Voicex",
    "STYLES": [lambda _request: static("admin.css")],
    "SCRIPTS": [lambda _request: static("admin.js")],
    "COLORS": {
        "primary": {
            "50": "#f0f7f4",
            "100": "#dcebe3",
            "200": "#bfe0d3",
            "300": "#9fe3d0",
            "400": "#82d3bd",
            "500": "#2f8a73",
            "600": "#0c5a4c",
            "700": "#08463b",
            "800": "#07392f",
            "900": "#062e27",
            "950": "#041d18",
        }
    },
}
