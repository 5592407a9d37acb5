"""`manage.py reencrypt`: seal everything stored with the current key."""

from pathlib import Path

from accounts.management.key_rotation import KeyRotationCommand
from accounts.secrets.reencryption import reencrypt


class Command(KeyRotationCommand):
    """Seals everything that is sealed with another key with the first of FIELD_ENCRYPTION_KEYS."""

    help = (
        "Encrypt credentials, API keys and second factors with the first of FIELD_ENCRYPTION_KEYS. "
        "Put the new key first, restart, run this, remove the former key and restart."
    )

    def handle(
        self, *_args: object, former_key_file: Path | None, as_json: bool, **_options: object
    ) -> None:
        """Re-encrypt, and print the result."""
        progress = reencrypt(former=self.former_keys(former_key_file))
        self.print_progress(
            progress,
            as_json=as_json,
            advice="The former keys are no longer used. Remove them from FIELD_ENCRYPTION_KEYS.",
        )
