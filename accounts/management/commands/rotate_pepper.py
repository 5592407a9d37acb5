"""`manage.py rotate_pepper`: every API key is digested with the current pepper."""

from pathlib import Path

from accounts.management.moving import MovingCommand
from accounts.secrets.reencryption import rotate_pepper


class Command(MovingCommand):
    """Digests with the first of API_KEY_PEPPER what is digested with another one."""

    help = (
        "Digest every API key with the first of API_KEY_PEPPER, from its sealed text. Put the new "
        "pepper in front, with a comma, restart, run this, then remove the former and restart."
    )

    def handle(
        self, *_args: object, former_key_file: Path | None, as_json: bool, **_options: object
    ) -> None:
        """Move, and print what was done."""
        progress = rotate_pepper(former=self.former_keys(former_key_file))
        self.tell(
            progress,
            as_json=as_json,
            advice="Nothing needs the former peppers: remove them from API_KEY_PEPPER.",
        )
