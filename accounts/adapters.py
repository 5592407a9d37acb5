"""How django-allauth stores what we would not store in clear."""

from allauth.mfa.adapter import DefaultMFAAdapter

from accounts.secrets import seal, unseal


class SealedMfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Second factors (TOTP secrets, recovery seeds) are sealed before they are stored."""

    CONTEXT = "mfa"

    def encrypt(self, text: str) -> str:
        """The sealed form of a second factor's secret."""
        return seal(text, context=self.CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again. Raises SecretUnreadable."""
        return unseal(encrypted_text, context=self.CONTEXT)
