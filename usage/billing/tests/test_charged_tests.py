"""A test without a conversation is charged as a test call without turns."""

import pytest

from agents.engines.base import Usage
from testing.scene import NOW, after
from usage.billing.charged_tests import post_test
from usage.billing.settlement import settle
from usage.models import Call, LedgerEntry
from voicex.reasons.ends import EndReason

pytestmark = pytest.mark.django_db


def test_it_is_an_ended_call_with_its_usage_and_its_lines(scene):
    used = Usage(stt_ms=900, llm_tokens_in=300, llm_tokens_out=40, tts_characters=90)
    post_test(
        scene.agent.published,
        used,
        channel=Call.Channel.TYPED,
        reason=EndReason.SAVED_TESTS,
        actor=None,
        began=NOW,
        now=after(3),
    )
    call = Call.objects.get()
    assert (call.state, call.end_reason, call.is_test) == (Call.State.ENDED, "saved_tests", True)
    assert (call.turns.count(), call.usage.llm_tokens_in, call.usage.is_final) == (0, 300, True)
    assert settle(call.pk, now=after(4))
    components = set(LedgerEntry.objects.filter(call=call).values_list("component", flat=True))
    assert components == {"stt", "llm_in", "llm_out", "tts"}
