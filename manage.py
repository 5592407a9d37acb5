#!/usr/bin/env python
"""Django's command line for Voicex."""

import gc
import os
import sys


def main() -> None:
    """Run a management command; a setting that is wrong is told in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex.settings")
    gc.disable()  # what loads now stays: scanning it again and again took a third of the time
    import django
    from django.core.management import execute_from_command_line

    from voicex.errors import VoicexError
    from voicex.secrets.private_files import keep_private

    keep_private()
    try:
        if sys.argv[1:3] == ["run", "--reload"]:
            from voicex.processes import early_server

            early_server.begin()
        django.setup()
        gc.freeze()  # and at the end, too, nothing goes through it once more
        gc.enable()
        execute_from_command_line(sys.argv)
    except VoicexError as error:
        sys.exit(f"voicex: {error}")


if __name__ == "__main__":
    main()
