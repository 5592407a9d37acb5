"""How django-allauth stores what we would not store in clear."""

from typing import Final

from allauth.mfa.adapter import DefaultMFAAdapter

from accounts.secrets import seal, unseal

# Second factors are sealed for this, whoever's they are.
MFA_CONTEXT: Final = "mfa"


class SealedMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors (TOTP secrets, recovery seeds) are sealed before they are stored."""

    CONTEXT = MFA_CONTEXT

    def encrypt(self, text: str) -> str:
        """The sealed form of a second factor's secret."""
        return seal(text, context=self.CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again. Raises SecretUnreadable."""
        return unseal(encrypted_text, context=self.CONTEXT)
