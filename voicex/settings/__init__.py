"""The Django settings, and the only reader of the environment; longer parts are in this folder.

Values come from the process environment, then from `backend/.env.local`, `.env.local`
and `.env` (first one wins). A setting that is missing or wrong stops the
start with a sentence that says what it is for and what a good value looks like.
"""

import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import environ

from voicex import logs, mail
from voicex.errors import ConfigurationError
from voicex.processes.memory import available_megabytes
from voicex.secrets import checked_secrets, secret_settings
from voicex.settings import data, framework, login, origins, storage, tasks

BASE_DIR: Final = Path(__file__).resolve().parents[2]

LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1", "t", "y", "ok"), True),
    **dict.fromkeys(("false", "no", "off", "0", "f", "n"), False),
}

env = environ.Env()
ENV_FILES: Final = [BASE_DIR / _name for _name in ("backend/.env.local", ".env.local", ".env")]
for _file in ENV_FILES:
    if _file.is_file():
        env.read_env(_file)

# Everything that the service writes beside the database: clips, recordings, pid files.
VAR_DIR: Final = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))


def _secret(name: str, purpose: str, *, is_list: bool = False) -> list[str]:
    value: str = env.str(name, default="").strip()
    if is_list:
        return checked_secrets.secrets_of_list(name, value, purpose=purpose)
    return [checked_secrets.secret(name, value, purpose=purpose)]


def _number(name: str, default: int, *, lowest: int = 0, highest: int = 1_000_000_000) -> int:
    text = env.str(name, default=str(default)).strip()
    if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
        allowed = f"from {lowest} to {highest}" if lowest else f"up to {highest}"
        raise ConfigurationError(
            f"{name} is {text!r}. Expected a whole number {allowed}, for example {default}"
        )
    return int(text)


def _boolean(name: str, default: bool) -> bool:
    # An unknown word is neither: `env.bool` would read "required" as False.
    text = env.str(name, default="").strip()
    if not text:
        return default
    if text.lower() not in BOOLEANS:
        raise ConfigurationError(
            f"{name} is {text!r}. Expected true or false (also yes or no, on or off, 1 or 0)"
        )
    return BOOLEANS[text.lower()]


def _list(name: str) -> list[str]:
    text: str = env.str(name, default="")
    return [value.strip() for value in text.split(",") if value.strip()]


# --- Core ------------------------------------------------------------------------------

[SECRET_KEY] = _secret("SECRET_KEY", "signs sessions, tickets and callback URLs")
# The first one encrypts, all decrypt; `manage.py reencrypt` re-encrypts stored values with the
# first.
FIELD_ENCRYPTION_KEYS = _secret("FIELD_ENCRYPTION_KEYS", "encrypts stored secrets", is_list=True)
# The first one hashes new keys, all verify; `manage.py rotate_pepper` moves keys to the first.
API_KEY_PEPPERS = _secret("API_KEY_PEPPER", "keys the digests of API keys", is_list=True)
API_KEY_PEPPER = API_KEY_PEPPERS[0]
checked_secrets.check_apart(
    SECRET_KEY=[SECRET_KEY],
    FIELD_ENCRYPTION_KEYS=FIELD_ENCRYPTION_KEYS,
    API_KEY_PEPPER=API_KEY_PEPPERS,
)

DEBUG: bool = _boolean("DEBUG", False)
PORT: int = _number("PORT", 8000, highest=65_535)
# Where `make run` listens; 0.0.0.0 opens it to the network.
HOST: str = env.str("HOST", default="127.0.0.1")
TWILIO_APP_URL = origins.public_url(
    "TWILIO_APP_URL", env.str("TWILIO_APP_URL", default=f"http://localhost:{PORT}")
)
# Media sockets may live behind a host name of their own; by default they share the public one.
MEDIA_APP_URL = origins.public_url(
    "MEDIA_APP_URL", env.str("MEDIA_APP_URL", default=TWILIO_APP_URL)
)

_is_https = TWILIO_APP_URL.startswith("https://")
if DEBUG and (_is_https or MEDIA_APP_URL.startswith("https://")):
    raise ConfigurationError(
        "DEBUG is on and TWILIO_APP_URL or MEDIA_APP_URL is https, so error pages would publish "
        "source and settings. Remove DEBUG, or use http://localhost"
    )

_public_host: str = urlsplit(TWILIO_APP_URL).hostname or "localhost"
_media_host: str = urlsplit(MEDIA_APP_URL).hostname or "localhost"
ALLOWED_HOSTS: list[str] = sorted(
    {*_list("ALLOWED_HOSTS"), _public_host, _media_host}
    | ({"localhost", "127.0.0.1", "[::1]"} if origins.is_loopback(_public_host) else set())
)
CSRF_TRUSTED_ORIGINS = [TWILIO_APP_URL]

INSTALLED_APPS = framework.installed_apps(has_runserver=DEBUG and "runserver" in sys.argv)
# The name that routes of a carrier begin with, /api/<name>/, and its carriers.base.Carrier.
CARRIERS = {"twilio": "telephony.twilio.carrier.TWILIO"}
MIDDLEWARE = framework.MIDDLEWARE

ROOT_URLCONF = "voicex.urls"
ASGI_APPLICATION = "voicex.asgi.application"
TEMPLATES = [framework.templates(BASE_DIR)]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = framework.FINDERS
# The version is in their names.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/fonts/newsreader-.+\.woff2$"

# Where the sound of recorded calls lies: a directory of ours, or a bucket of S3's kind. Never
# below a URL: every byte of it goes through the dashboard's own checks.
RECORDINGS_DIR: Final = Path(env.str("RECORDINGS_DIR", default=str(VAR_DIR / "recordings")))
RECORDINGS_S3_BUCKET: str = env.str("RECORDINGS_S3_BUCKET", default="")
RECORDINGS_S3_ENDPOINT: str = env.str("RECORDINGS_S3_ENDPOINT", default="")
RECORDINGS_S3_REGION: str = env.str("RECORDINGS_S3_REGION", default="")
# Without them boto3 looks where it always does: the environment, a profile, the machine's role.
RECORDINGS_S3_ACCESS_KEY: str = env.str("RECORDINGS_S3_ACCESS_KEY", default="")
RECORDINGS_S3_SECRET_KEY: str = env.str("RECORDINGS_S3_SECRET_KEY", default="")
# Storage for one organization's recordings; when it is full, calls are not recorded.
RECORDINGS_MB: int = _number("RECORDINGS_MB", 10_000)


STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "recordings": storage.recordings(
        RECORDINGS_DIR,
        bucket=RECORDINGS_S3_BUCKET,
        endpoint=RECORDINGS_S3_ENDPOINT,
        region=RECORDINGS_S3_REGION,
        access_key=RECORDINGS_S3_ACCESS_KEY,
        secret_key=RECORDINGS_S3_SECRET_KEY,
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Data --------------------------------------------------------------------------------

REDIS_URL: str = data.redis_url(env.str("REDIS_URL", default=""))


# CONN_MAX_AGE stays 0: under ASGI a persistent connection would belong to a passing thread.
DATABASES = {
    "default": data.database(
        env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'voicex.sqlite3'}"),
        pool_size=_number("DATABASE_POOL_SIZE", 10),
    )
}

CHANNEL_LAYERS = {"default": data.channel_layer(REDIS_URL)}
CACHES = {"default": data.cache(REDIS_URL)}

# --- Accounting tasks ----------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = tasks.broker_options(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False  # the outbox row is the retry
CELERY_BEAT_SCHEDULE = tasks.SCHEDULE
# A live call whose heartbeat is older than this has lost its process. Heartbeats are 10 s apart.
CALL_STALE_SECONDS: int = _number("CALL_STALE_SECONDS", 45, lowest=11)

# --- Engines -------------------------------------------------------------------------------

DEFAULT_STT: str = env.str("DEFAULT_STT", default="local")
DEFAULT_LLM: str = env.str("DEFAULT_LLM", default="local")
DEFAULT_TTS: str = env.str("DEFAULT_TTS", default="local")
# Whether servers that organizations name may be on this machine or a private network; only where
# every organization may reach what this process can.
ALLOW_PRIVATE_ENDPOINTS: bool = _boolean("ALLOW_PRIVATE_ENDPOINTS", DEBUG)
OPENAI_API_KEY: str = env.str("OPENAI_API_KEY", default="")
OPENAI_BASE_URL: str = env.str("OPENAI_BASE_URL", default="")
OPENAI_STT_MODEL: str = env.str("OPENAI_STT_MODEL", default="gpt-4o-mini-transcribe")
OPENAI_LLM_MODEL: str = env.str("OPENAI_LLM_MODEL", default="gpt-4o-mini")
OPENAI_TTS_MODEL: str = env.str("OPENAI_TTS_MODEL", default="gpt-4o-mini-tts")
# Models that agents may use with the platform's key, beside the three above; empty: any model.
OPENAI_MODELS: list[str] = _list("OPENAI_MODELS")
# The audio format requested first: pcm, wav, mp3 or mulaw. After a refusal others are tried.
OPENAI_TTS_FORMAT: str = env.str("OPENAI_TTS_FORMAT", default="pcm")
# Whether a self-hosted model server is asked for a token every four minutes while agents use its
# model, so that it stays loaded; never a server that charges for tokens.
KEEP_MODELS_LOADED: bool = _boolean("KEEP_MODELS_LOADED", True)
GOOGLE_APPLICATION_CREDENTIALS: str = env.str("GOOGLE_APPLICATION_CREDENTIALS", default="")
# Only for a private or test endpoint; http:// means plaintext gRPC, loopback only.
GOOGLE_TTS_ENDPOINT: str = env.str("GOOGLE_TTS_ENDPOINT", default="")
FFMPEG_BINARY: str = env.str("FFMPEG_BINARY", default="")
# Offers the engine `scripted`, whose agents choose how long everything takes: for load tests only.
TEST_ENGINES: bool = _boolean("TEST_ENGINES", False)

# --- Billing ---------------------------------------------------------------------------------

# If both are set, charges are reported to this meter of the operator's Stripe account.
STRIPE_SECRET_KEY: str = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_METER_EVENT: str = env.str("STRIPE_METER_EVENT", default="")
if bool(STRIPE_SECRET_KEY) != bool(STRIPE_METER_EVENT):
    raise ConfigurationError(
        "Only one of STRIPE_SECRET_KEY and STRIPE_METER_EVENT is set. Set both to report usage to "
        "Stripe, for example STRIPE_METER_EVENT=voicex_usage, or neither"
    )
# Only for a test server in place of Stripe's API.
STRIPE_API_URL: str = env.str("STRIPE_API_URL", default="")

# --- Telephony -------------------------------------------------------------------------------

# Only for a test server in place of Twilio's REST API.
TWILIO_REST_URL: str = env.str("TWILIO_REST_URL", default="")
MAX_CALLS_PER_PROCESS: int = _number("MAX_CALLS_PER_PROCESS", 100)
# How long a server that has to stop lets live calls continue, if others do not take them sooner.
DRAIN_SECONDS: int = _number("DRAIN_SECONDS", 15)
# The median delay of the event loop above which a process takes no new calls. An answer needs some
# thirty turns of the loop, so callers wait thirty times as long.
MAX_LOOP_LAG_MS: int = _number("MAX_LOOP_LAG_MS", 20)
# Resident memory above which a process takes no new calls; 0 for no limit. By default nine tenths
# of the available memory, so that the kernel does not have to kill a process.
MAX_MEMORY_MB: int = _number("MAX_MEMORY_MB", available_megabytes() * 9 // 10)

# --- People ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = login.PASSWORD_VALIDATORS
# Who may sign up: anyone, invited users, or no one.
SIGNUP: str = env.str("SIGNUP", default="open").strip().lower()
if SIGNUP not in ("open", "invited", "closed"):
    raise ConfigurationError(f"SIGNUP is {SIGNUP!r}. Expected open, invited or closed")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
# Asked for once: a password can be shown while it is typed (static/show_password.js).
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# If mail can be sent, a user must confirm the address before the first log-in.
_sends_mail = env.str("EMAIL_URL", default="").strip() not in ("", mail.NO_MAIL)
ACCOUNT_EMAIL_VERIFICATION: str = env.str(
    "ACCOUNT_EMAIL_VERIFICATION", default="mandatory" if _sends_mail else "optional"
)
if ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not (_sends_mail or DEBUG):
    raise ConfigurationError(
        "ACCOUNT_EMAIL_VERIFICATION is mandatory, but email is not configured, so no one could "
        f"sign in. Set EMAIL_URL, for example to {mail.EXAMPLE}, or "
        "ACCOUNT_EMAIL_VERIFICATION=optional"
    )
# The browser that signed up and now opens the link needs no password a second time.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_MAX_EMAIL_ADDRESSES = 10  # each that is confirmed gets a mail of every change
ACCOUNT_ADAPTER = "accounts.login.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.login.relabelled_forms.SignInForm",
    "change_password": "accounts.login.relabelled_forms.NewPasswordForm",
    "reset_password_from_key": "accounts.login.relabelled_forms.ResetPasswordForm",
    "signup": "accounts.login.sign_up.NewAccountForm",
    "add_email": "accounts.login.sign_up.FurtherAddressForm",
}
# Wrong passwords and codes are counted by `accounts.login.limits`: no user can lock out another.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None, "reauthenticate": None}
# A session ends after so many seconds without a visit, and after so many in any case.
SESSION_ENGINE = "accounts.login.sessions"
SESSION_IDLE_SECONDS: int = _number("SESSION_IDLE_SECONDS", 12 * 3600)
SESSION_COOKIE_AGE: int = _number("SESSION_SECONDS", 14 * 24 * 3600)
OPERATOR_IDLE_SECONDS: int = _number("OPERATOR_IDLE_SECONDS", 3600)
OPERATOR_SESSION_SECONDS: int = _number("OPERATOR_SESSION_SECONDS", 12 * 3600)
# The proxy's header with the client's address. Log-ins are limited by address; behind a proxy all
# clients would share its address, and one of them could lock out all.
ALLAUTH_TRUSTED_CLIENT_IP_HEADER: str = env.str("CLIENT_IP_HEADER", default="")
MFA_ADAPTER = "accounts.login.adapters.SealedMfaAdapter"
MFA_TOTP_ISSUER = "Voicex"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = login.MFA_FORMS
EMAIL_TIMEOUT = 20  # seconds; the worker that waits for a mail server settles calls too
vars().update(mail.mail_settings(env.str("EMAIL_URL", default=""), debug=DEBUG))
# allauth would begin subjects with the host that the request names.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default=f"voicex@{_public_host}")

# --- Transport security ------------------------------------------------------------------------

# Written by voicex.web.public_origin.PublicOrigin; nothing that a request brings is believed.
SECURE_PROXY_SSL_HEADER = ("voicex.scheme", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _is_https
# Browsers accept a cookie with this prefix only from this host, over https, for the whole site.
_cookie_prefix = "__Host-" if _is_https else ""
SESSION_COOKIE_NAME = f"{_cookie_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_cookie_prefix}csrftoken"
DEVICE_COOKIE_NAME = f"{_cookie_prefix}device"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
# Browsers treat http on localhost as secure; allauth needs a setting for it.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _is_https
OPERATORS_NEED_SECOND_FACTOR: bool = _boolean("OPERATORS_NEED_SECOND_FACTOR", _is_https)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _is_https and not DEBUG else 0
# W005, W021: HSTS speaks for this host only; other subdomains are not ours to promise for.
# W008: the proxy terminates TLS, and health checks come over plain HTTP from inside.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_SSL_REDIRECT = _boolean("SECURE_SSL_REDIRECT", False)
X_FRAME_OPTIONS = "DENY"

# --- Logs --------------------------------------------------------------------------------------

LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in LOG_LEVELS:
    raise ConfigurationError(f"LOG_LEVEL is {LOG_LEVEL!r}. Expected one of {', '.join(LOG_LEVELS)}")
# Speech, numbers and names are dropped from logs unless a developer asks for them.
LOG_PERSONAL: bool = _boolean("LOG_PERSONAL", False)
# Error pages and e-mails are redacted like the logs, with DEBUG too.
DEFAULT_EXCEPTION_REPORTER = "voicex.processes.reports.SecretFreeReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "voicex.processes.reports.HideSecrets"
LOGGING_CONFIG = None
secret_settings.register(vars())
logs.configure(level=LOG_LEVEL, as_json=not DEBUG, keep_personal=LOG_PERSONAL)

UNFOLD = framework.ADMIN_PAGES
