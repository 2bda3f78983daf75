"""What verification says of a certificate that holds no more."""

from __future__ import annotations

import pytest

from services.certificates.domain.words import ended_why


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ("issued-in-error", "It was issued in error"),
        ("name-corrected", "The name was corrected"),
        ("more-credits", "A newer one gives more credits"),
        ("corrected", "The certificate was corrected"),
        ("a-cause-of-later", "The certificate was corrected"),
    ],
)
def test_why_a_certificate_ended_is_told_by_its_slug(cause, told):
    assert ended_why(cause) == told
