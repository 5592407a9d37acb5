"""Engine problems in words for pages; providers' own messages are only in the log."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from voicex.errors import EngineReason

WORDS: Final[Mapping[EngineReason, str | Promise]] = {
    EngineReason.KEY_REFUSED: _("The provider rejected the key."),
    EngineReason.KEY_UNUSABLE: _(
        "This isn’t a key of this provider. Paste the whole JSON file of a service account, with "
        "an unencrypted RSA key of 2,048 to 4,096 bits."
    ),
    EngineReason.LIMIT: _(
        "The provider’s rate limit is reached, or the account there has no credit left."
    ),
    EngineReason.MODEL_UNKNOWN: _("The provider doesn’t have this model."),
    EngineReason.VOICE_UNKNOWN: _("The provider doesn’t have this voice."),
    EngineReason.REQUEST_REFUSED: _("The provider refused the request."),
    EngineReason.ADDRESS_REFUSED: _(
        "This server isn’t allowed to send requests to the provider’s address."
    ),
    EngineReason.UNREACHABLE: _("The provider couldn’t be reached."),
    EngineReason.TIMED_OUT: _("The provider took too long to respond."),
    EngineReason.UNREADABLE: _("The provider’s response couldn’t be read."),
    EngineReason.EMPTY: _("The provider sent an empty response."),
    EngineReason.MISSING: _("A package, model or program that the engine needs isn’t installed."),
    EngineReason.FAILED: _("The provider couldn’t respond."),
}


def in_words(reason: EngineReason) -> str:
    """The sentence for `reason`, in the reader's language."""
    return str(WORDS[reason])
