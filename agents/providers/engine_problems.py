"""Why an engine could not answer, in words for pages: never the provider's own, see the log."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from voicex.errors import EngineReason

WORDS: Final[Mapping[EngineReason, str | Promise]] = {
    EngineReason.KEY_REFUSED: _("The provider does not accept the key."),
    EngineReason.KEY_UNUSABLE: _(
        "This is no key of the provider’s kind. Expected is the whole JSON file of a service "
        "account, with an unencrypted RSA key of 2,048 to 4,096 bits."
    ),
    EngineReason.LIMIT: _("The provider was asked too often, or its account has no credit left."),
    EngineReason.MODEL_UNKNOWN: _("The provider does not have the model that was asked for."),
    EngineReason.VOICE_UNKNOWN: _("The provider does not have the voice that was asked for."),
    EngineReason.REQUEST_REFUSED: _("The provider refused the request."),
    EngineReason.ADDRESS_REFUSED: _("This server may not send requests to the provider’s address."),
    EngineReason.UNREACHABLE: _("The provider could not be reached."),
    EngineReason.TIMED_OUT: _("The provider did not answer in time."),
    EngineReason.UNREADABLE: _("The provider’s answer could not be read."),
    EngineReason.EMPTY: _("The provider answered with nothing."),
    EngineReason.MISSING: _("A package, model or program that the engine needs is not installed."),
    EngineReason.FAILED: _("The provider could not answer."),
}


def in_words(reason: EngineReason) -> str:
    """The sentence for `reason`, in the reader's language."""
    return str(WORDS[reason])
