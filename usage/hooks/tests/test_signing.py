"""What we sign is verified by the package that receivers use."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from usage.hooks.signing import SECRET_BYTES, headers_of, secret_of

ONE, OTHER = secret_of(b"1" * SECRET_BYTES), secret_of(b"2" * SECRET_BYTES)
BODY = json.dumps({"type": "call.ended", "data": {"name": "Zoë"}}, ensure_ascii=False).encode()


def headers(*secrets: str, ago: int = 0) -> dict[str, str]:
    now = int(datetime.now(UTC).timestamp())
    return headers_of("msg_1", timestamp=now - ago, body=BODY, secrets=secrets)


def test_a_receiver_verifies_it_and_reads_what_was_sent():
    assert Webhook(ONE).verify(BODY, headers(ONE))["data"]["name"] == "Zoë"


@pytest.mark.parametrize("secret", [ONE, OTHER])
def test_during_a_rotation_either_secret_verifies(secret):
    signed = headers(ONE, OTHER)
    assert len(signed["webhook-signature"].split(" ")) == 2
    Webhook(secret).verify(BODY, signed)


@pytest.mark.parametrize("changed", [{"webhook-id": "msg_2"}, {"webhook-timestamp": "1"}])
def test_what_was_changed_on_the_way_is_refused(changed):
    with pytest.raises(WebhookVerificationError):
        Webhook(ONE).verify(BODY, headers(ONE) | changed)


def test_another_secret_another_body_and_an_old_one_are_refused():
    for secret, body, ago in ((OTHER, BODY, 0), (ONE, BODY + b" ", 0), (ONE, BODY, 301)):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers(ONE, ago=ago))
