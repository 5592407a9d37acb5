"""Texts that we sign ourselves, with SECRET_KEY under a salt for each kind.

So none can be used in place of another.
"""

from django.core.signing import BadSignature, Signer


def signature(kind: str, text: str) -> str:
    """The signature of `text` as this `kind`."""
    return _signer(kind).signature(text)


def signed(kind: str, text: str) -> str:
    """`text`, a dot and its signature."""
    return _signer(kind).sign(text)


def unsigned(kind: str, text: str) -> str | None:
    """What was signed, None for anything that we did not sign as this `kind`."""
    try:
        return _signer(kind).unsign(text)
    except (BadSignature, UnicodeEncodeError):  # the latter: a lone surrogate, from JSON
        return None


def _signer(kind: str) -> Signer:
    # A dot, because the text is part of a path.
    return Signer(salt=f"voicex.telephony.{kind}", sep=".")
