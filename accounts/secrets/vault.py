"""Secrets at rest: sealed with AES-GCM, and an organization's credentials kept that way.

A sealed token reads `1.<key id>.<base64url of nonce and ciphertext>`. The context (whose
it is and which field) is authenticated with it, so a ciphertext copied to another row
does not open there. To rotate: put a new key in front of FIELD_ENCRYPTION_KEYS; the
first one seals, all of them open.
"""

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BigIntegerField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.members.access import record
from accounts.models import Organization, OrganizationSecret, User
from accounts.secrets.kinds import kind_of
from voicex import fence, logs
from voicex.bounds import bounded_json
from voicex.database.prepared import PreparedRead
from voicex.errors import EndpointRefused, SecretUnreadable

ENDPOINT_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "no_url": gettext_lazy(
        "Enter the base address of a server, for example https://models.example.com/v1"
    ),
    "scheme": gettext_lazy("The address must begin with https://"),
    "userinfo": gettext_lazy(
        "The address can’t contain a user name or password. Only the key is sent."
    ),
}

_FORM: Final = "1"
_KEY: Final = re.compile(r"[!-~]+")
MAX_JSON_BYTES: Final = 20_000  # of a service account; Google's have 2,400
_NONCE_BYTES: Final = 12  # the size AES-GCM is specified for


@lru_cache(maxsize=32)
def _cipher(key: str) -> tuple[str, AESGCM]:
    """The cipher of one configured key, and the id by which tokens name that key."""
    # HKDF, not a password hash: the setting is 256 random bits, not something remembered.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"voicex field").derive(
        key.encode()
    )
    return hashlib.sha256(b"voicex key id" + derived).hexdigest()[:8], AESGCM(derived)


def seal(plain: str, *, context: str) -> str:
    """Encrypt `plain` for `context`; each token is different. Logs hide `plain` from then on."""
    logs.register_secret(plain)
    key_id, cipher = _cipher(settings.FIELD_ENCRYPTION_KEYS[0])
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + cipher.encrypt(nonce, plain.encode(), context.encode())
    return f"{_FORM}.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"


def is_sealed_now(token: str) -> bool:
    """Whether `token` was sealed with the first of the configured keys."""
    return token.startswith(current_seal())


def current_seal() -> str:
    """The prefix of tokens sealed with the current key."""
    return f"{_FORM}.{_cipher(settings.FIELD_ENCRYPTION_KEYS[0])[0]}."


def unseal(token: str, *, context: str, former: Sequence[str] = ()) -> str:
    """Decrypt a token of `seal`; logs hide the text from then on.

    former: keys to try in addition to the configured ones. Raises SecretUnreadable with the
    reason.
    """
    form, _dot, rest = token.partition(".")
    key_id, _dot, body = rest.partition(".")
    ciphers = dict(_cipher(key) for key in (*settings.FIELD_ENCRYPTION_KEYS, *former))
    if form != _FORM or not body:
        raise SecretUnreadable("The stored value is not a sealed secret")
    if key_id not in ciphers:
        raise SecretUnreadable(
            f"The secret was sealed with the key {key_id}, which is not in FIELD_ENCRYPTION_KEYS; "
            "add the former key behind the current one"
        )
    try:
        sealed = base64.urlsafe_b64decode(body)
        opened = ciphers[key_id].decrypt(
            sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()
        )
    except (binascii.Error, ValueError, InvalidTag) as error:
        raise SecretUnreadable(
            f"The secret does not belong to {context}, or it was altered"
        ) from error
    plain = opened.decode()
    logs.register_secret(plain)
    return plain


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret and its server; endpoint: "" for the provider's own."""

    value: str = field(repr=False)
    endpoint: str = ""


def clean_secret(name: str, value: str) -> str:
    """Normalise `value` for storing. Raises ValidationError for one that cannot work.

    Logs hide it from then on, whether it is stored or not.
    """
    value = value.strip()
    if not value:
        raise ValidationError(_("A credential can’t be empty. Remove it instead."))
    if expected := kind_of(name).json_expected:
        try:
            is_object = isinstance(bounded_json.loads(value, max_bytes=MAX_JSON_BYTES), dict)
        except bounded_json.UnusableJson:
            is_object = False
        if not is_object:
            raise ValidationError(str(expected))
    elif not _KEY.fullmatch(value):
        raise ValidationError(
            _("Use letters, digits and symbols of an English keyboard, with no spaces.")
        )
    logs.register_secret(value)
    return value


def clean_endpoint(name: str, text: str) -> str:
    """The address of a server as stored with the credential `name`; "" for none.

    Raises ValidationError with a message. The resolved IP address is checked at each request.
    """
    if not text.strip():
        return ""
    if not name or not kind_of(name).may_name_server:
        raise ValidationError(_("This credential can’t be used with another server address."))
    try:
        return fence.clean_url(text, allow_private=settings.ALLOW_PRIVATE_ENDPOINTS)
    except EndpointRefused as error:
        raise ValidationError(str(ENDPOINT_PROBLEMS[error.reason])) from error


def secret_context(org: Organization, name: str, endpoint: str) -> str:
    """The context for which a credential is sealed; it cannot be opened for another server."""
    return f"org:{org.public_id}:secret:{name}" + (f":at:{endpoint}" if endpoint else "")


def store_secret(
    org: Organization,
    *,
    name: str,
    value: str,
    actor: User | None,
    endpoint: str = "",
    is_verified: bool | None = None,
) -> None:
    """Seal and store `value` as the organization's credential `name`; replaces an existing one.

    name: one of the kinds (`accounts.secrets.kinds`). endpoint: its server, "" for the
    provider's own. is_verified: whether the server accepted it, None if not checked. Raises
    ValidationError (see `clean_secret`, `clean_endpoint`), and ValueError for an unknown name.
    """
    endpoint = clean_endpoint(name, endpoint)
    # Before the transaction: a key may take long to check.
    sealed = seal(clean_secret(name, value), context=secret_context(org, name, endpoint))
    target = f"{name} for {endpoint}" if endpoint else name
    with transaction.atomic():
        OrganizationSecret.objects.update_or_create(
            org=org,
            name=name,
            defaults={"ciphertext": sealed, "endpoint": endpoint, "is_verified": is_verified},
        )
        record(org, actor=actor, action="secret.stored", target=target)


def reveal_secret(org: Organization, *, name: str) -> str:
    """The plain text of the credential; "" if the organization has none. Raises SecretUnreadable.

    For code that uses it (a signature check, a provider's client), never for a page.
    """
    return SealedSecrets(org).reveal(name)


def is_any_accepted(org: Organization, *, names: Collection[str]) -> bool:
    """Whether a provider or carrier has accepted one of these credentials of `org`. One query."""
    return OrganizationSecret.objects.filter(org=org, name__in=names, is_verified=True).exists()


_SECRETS: Final[PreparedRead[tuple[str, str, str]]] = PreparedRead(
    lambda org: OrganizationSecret.objects.filter(org=org).values_list(
        "name", "ciphertext", "endpoint"
    ),
    org=BigIntegerField(),
)


class SealedSecrets:
    """All credentials of an organization, read in one query, each opened when it is requested.

    So one that cannot be opened does not affect the others.
    """

    def __init__(
        self, org: Organization, rows: Iterable[tuple[str, str, str]] | None = None
    ) -> None:
        """rows: name, ciphertext and endpoint of the needed credentials, if already read."""
        self._org = org
        if rows is None:
            rows = _SECRETS.rows(org=org.pk)
        self._stored = {name: (token, endpoint) for name, token, endpoint in rows}

    def credential(self, name: str) -> Credential | None:
        """The secret with its server, if there is one. Raises SecretUnreadable."""
        if kind_of(name).name not in self._stored:
            return None
        token, endpoint = self._stored[name]
        context = secret_context(self._org, name, endpoint)
        return Credential(unseal(token, context=context), endpoint)

    def reveal(self, name: str) -> str:
        """The plain text of the credential, "" without one; no query. Raises SecretUnreadable."""
        credential = self.credential(name)
        return credential.value if credential else ""


@transaction.atomic
def clear_secret(org: Organization, *, name: str, actor: User | None) -> None:
    """Delete the credential; does nothing without one."""
    name = kind_of(name).name
    deleted, _rows = OrganizationSecret.objects.filter(org=org, name=name).delete()
    if deleted:
        record(org, actor=actor, action="secret.cleared", target=name)
