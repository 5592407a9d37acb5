"""Writes `.env` on a new installation: the template with three fresh secrets in it.

    python -m voicex.secrets.first_env

An existing `.env` is never touched.
"""

import os
import secrets
import sys
from pathlib import Path
from typing import Final

SECRETS: Final = ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "API_KEY_PEPPER")


def write(root: Path) -> bool:
    """Make `root/.env`, readable by its owner only; False when there is one already."""
    target = root / ".env"
    text = (root / ".env.example").read_text()
    for name in SECRETS:
        text = text.replace(f"\n{name}=\n", f"\n{name}={secrets.token_urlsafe(48)}\n")
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return True


if __name__ == "__main__":
    if write(Path(__file__).resolve().parents[2]):
        sys.stdout.write("Wrote .env with fresh secrets.\n")
