"""`manage.py rotate_pepper`: digest every API key with the current pepper."""

from pathlib import Path

from accounts.management.key_rotation import KeyRotationCommand
from accounts.secrets.reencryption import rotate_pepper


class Command(KeyRotationCommand):
    """Digests the API keys of other peppers with the first of API_KEY_PEPPER."""

    help = (
        "Digest every API key again with the first pepper in API_KEY_PEPPER. Put the new pepper "
        "first, followed by a comma, restart, run this, remove the former pepper and restart."
    )

    def handle(
        self, *_args: object, former_key_file: Path | None, as_json: bool, **_options: object
    ) -> None:
        """Compute the digests, and print the result."""
        progress = rotate_pepper(former=self.former_keys(former_key_file))
        self.print_progress(
            progress,
            as_json=as_json,
            advice="The former peppers are no longer used. Remove them from API_KEY_PEPPER.",
        )
