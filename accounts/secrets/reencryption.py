"""Re-encrypts stored values with a new key or pepper, while calls come in.

Each row is opened, sealed again and written only if it has not changed since it was read, so a
concurrent change is never lost: it is sealed with the new key anyway. Progress is kept, and another
run continues with the remaining rows.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from accounts.keys import key_text
from accounts.keys.api_keys import key_context
from accounts.login.adapters import MFA_CONTEXT
from accounts.models import ApiKey, HostSecret, OrganizationSecret
from accounts.secrets.host_secrets import context_of
from accounts.secrets.vault import current_seal, is_sealed_now, seal, secret_context, unseal
from voicex.errors import SecretUnreadable

BATCH: Final = 200


@dataclass(slots=True)
class Progress:
    """How many rows of each kind were moved, wait for another run, or could not be opened."""

    moved: Counter[str] = field(default_factory=Counter)
    remaining: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column `ciphertext` of sealed texts, and the context for which a row's text is sealed.

    name: in the output of the command. The model has the organization as `org`.
    """

    name: str
    model: type[Model]
    context: Callable[[Any], str]


_columns: Final = [
    SealedColumn(
        "credentials",
        OrganizationSecret,
        lambda row: secret_context(row.org, row.name, row.endpoint),
    ),
    SealedColumn("host_secrets", HostSecret, lambda row: context_of(row.org, row.name, row.host)),
    SealedColumn("api_keys", ApiKey, lambda row: key_context(row.org, row.prefix)),
]
SECOND_FACTORS: Final = "second_factors"


def add_column(column: SealedColumn) -> None:
    """Register a column of an application above. Called at start-up."""
    if column.name not in [each.name for each in _columns]:
        _columns.append(column)


def reencrypt(*, former: Sequence[str] = ()) -> Progress:
    """Re-encrypt everything with the first of FIELD_ENCRYPTION_KEYS.

    former: additional keys that open stored values but are no longer in the setting.
    """
    progress = Progress()
    for column in _columns:
        _reencrypt_column(column, former, progress)
    _reencrypt_second_factors(former, progress)
    for column in _columns:
        stale = column.model._default_manager.exclude(ciphertext__startswith=current_seal())
        progress.remaining[column.name] = stale.count()
    progress.remaining[SECOND_FACTORS] = sum(
        not _is_moved(row.data) for row in Authenticator.objects.iterator(BATCH)
    )
    return progress


def rotate_pepper(*, former: Sequence[str] = ()) -> Progress:
    """Compute the digest of every API key with the first of API_KEY_PEPPER, from its sealed text.

    former: additional keys that open sealed texts but are no longer in the setting.
    """
    progress = Progress()
    pepper = settings.API_KEY_PEPPERS[0]
    for key in _batches(ApiKey):
        try:
            text = unseal(key.ciphertext, context=key_context(key.org, key.prefix), former=former)
        except SecretUnreadable:
            # Only its text could show whether it is digested with the new pepper.
            progress.unreadable["api_keys"] += 1
            continue
        digest = key_text.digest(text, pepper=pepper)
        if digest == key.digest:
            continue
        written = ApiKey.objects.filter(pk=key.pk, digest=key.digest).update(digest=digest)
        (progress.moved if written else progress.remaining)["api_keys"] += 1
    return progress


def _batches(model: type[Model]) -> Iterator[Any]:
    """All rows by ascending key, in batches: without a long transaction or much memory."""
    last = 0
    while True:
        rows = model._default_manager.filter(pk__gt=last).order_by("pk")
        batch = list(rows.select_related("org")[:BATCH])
        if not batch:
            return
        yield from batch
        last = batch[-1].pk


def _reencrypt_column(column: SealedColumn, former: Sequence[str], progress: Progress) -> None:
    for row in _batches(column.model):
        if is_sealed_now(row.ciphertext):
            continue
        context = column.context(row)
        try:
            sealed = seal(unseal(row.ciphertext, context=context, former=former), context=context)
        except SecretUnreadable:
            progress.unreadable[column.name] += 1
            continue
        same = column.model._default_manager.filter(pk=row.pk, ciphertext=row.ciphertext)
        progress.moved[column.name] += same.update(ciphertext=sealed)


def _reencrypt_second_factors(former: Sequence[str], progress: Progress) -> None:
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is None or _is_moved(row.data):
                continue
            try:
                row.data = _moved(row.data, former)
            except SecretUnreadable:
                progress.unreadable[SECOND_FACTORS] += 1
                continue
            row.save(update_fields=["data"])
            progress.moved[SECOND_FACTORS] += 1


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("1.") and value.count(".") == 2


def _is_moved(data: Any) -> bool:
    """Whether all tokens in the JSON of a second factor are sealed with the current key."""
    if isinstance(data, dict):
        return all(_is_moved(value) for value in data.values())
    if isinstance(data, list):
        return all(_is_moved(value) for value in data)
    return not _is_token(data) or is_sealed_now(data)


def _moved(data: Any, former: Sequence[str]) -> Any:
    """The JSON of a second factor with all tokens re-encrypted. Raises SecretUnreadable."""
    if isinstance(data, dict):
        return {name: _moved(value, former) for name, value in data.items()}
    if isinstance(data, list):
        return [_moved(value, former) for value in data]
    if not _is_token(data) or is_sealed_now(data):
        return data
    return seal(unseal(data, context=MFA_CONTEXT, former=former), context=MFA_CONTEXT)
