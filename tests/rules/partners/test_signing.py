"""Signatures of webhooks are those of Standard Webhooks."""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256

from services.partners.domain.signing import headers_of, secret_text, signature
from services.partners.secrets import WebhookSecrets

# As it is published, with its signature, under "verifying webhooks by hand" (Svix, who wrote the
# specification); the secret is what stands behind `whsec_`, decoded.
SECRET = b64decode("plJ3nmyCDGBKInavdOK15jsl")
ID, TIMESTAMP = "msg_loFOjxBNrRLzqYUf", 1731705121
BODY = b'{"event_type":"ping","data":{"success":true}}'
SIGNED = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_the_published_example_comes_out_as_published():
    assert signature(SECRET, ID, TIMESTAMP, BODY) == SIGNED
    assert secret_text(SECRET) == "whsec_" + "plJ3nmyCDGBKInavdOK15jsl"  # no secret, to who looks


def test_with_two_secrets_there_are_two_signatures_the_newest_first():
    other = b"another secret of 24 byt"
    by_hand = hmac.new(other, f"{ID}.{TIMESTAMP}.".encode() + BODY, sha256).digest()
    assert headers_of([other, SECRET], ID, TIMESTAMP, BODY) == {
        "webhook-id": ID,
        "webhook-timestamp": "1731705121",
        "webhook-signature": f"v1,{b64encode(by_hand).decode()} {SIGNED}",
    }


def test_every_endpoint_and_version_has_a_secret_of_its_own_that_stays():
    made = WebhookSecrets("a secret of the platform")
    all_ = [made.of("e1", 1), made.of("e1", 2), made.of("e2", 1), made.of("e1\x001", 1)]
    other = WebhookSecrets("another platform's secret").of("e1", 1)
    assert len({*all_, other}) == 5
    assert {len(one) for one in all_} == {24}
    assert WebhookSecrets("a secret of the platform").of("e1", 2) == all_[1]
    assert "secret of the platform" not in repr(made)
