"""Google Cloud: voices."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.secrets.kinds import SecretKind
from agents.engines.spec import LOCALE, EngineSpec, ListPrice, OptionSpec

# The first eight Chirp 3 HD voices, which every locale has
# (https://cloud.google.com/text-to-speech/docs/chirp3-hd).
_CHIRP: Final = ("Aoede", "Charon", "Fenrir", "Kore", "Leda", "Orus", "Puck", "Zephyr")

SPEC: Final = EngineSpec(
    tts="agents.engines.google.tts",
    title=_("Google Cloud"),
    needs="`GOOGLE_APPLICATION_CREDENTIALS`",
    voices=tuple(f"{LOCALE}-Chirp3-HD-{name}" for name in _CHIRP),
    options=(
        OptionSpec("audio_encoding", "`mulaw` or `mp3`", default="`mulaw`"),
        OptionSpec(
            "streaming",
            "whether audio is sent while it is generated",
            default="depends on the voice",
        ),
        OptionSpec("speaking_rate", "0.25 to 2.0", default="1.0", bounds=(0.25, 2)),
    ),
    secret=SecretKind(
        name="google_credentials",
        label=_("Google credentials (JSON)"),
        help_text=_(
            "The full content of the JSON key file of a service account. Create one in Google "
            "Cloud’s console, under IAM and admin."
        ),
        json_expected=_("Google credentials must be the JSON of a service account"),
    ),
    check="agents.engines.google.tts",
    key_setting="GOOGLE_APPLICATION_CREDENTIALS",
    address_setting="GOOGLE_TTS_ENDPOINT",
    # Near the public list price of early 2026. Chirp 3 HD: $30 a million.
    prices=(ListPrice("tts", 30_000_000, per=1_000_000),),
)
