"""The Message-ID of a mail: known to whoever got it, and to nobody who knows the message's id."""

from services.notifications.domain.header_ids import header_id, ours_in

ID = "0b9d6a52-1c2d-5e3f-8a4b-5c6d7e8f9a0b"
# printf 'header\000<id>' | openssl dgst -sha256 -hmac secret, the first 16 digits
OURS = f"<{ID}.6c0c6e38c0446c98@learn.example>"


def test_it_is_made_of_the_message_s_id_and_of_the_secret() -> None:
    assert header_id(ID, "secret", "learn.example") == OURS
    assert ours_in(f"In-Reply-To: {OURS.upper()}", "secret", "learn.example") == [ID]


def test_what_whoever_got_no_mail_can_write_names_none() -> None:
    for said in (
        f"<{ID}@learn.example>",
        f"<{ID}.0000000000000000@learn.example>",
        OURS.replace("learn", "learn.evil"),
        header_id(ID, "another secret", "learn.example"),
    ):
        assert ours_in(said, "secret", "learn.example") == [], said
