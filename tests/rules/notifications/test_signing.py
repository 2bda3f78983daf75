"""DKIM: what we sign is found good, and nothing can be added or changed.

`FOUND_GOOD` was signed by us and found good by dkimpy 1.1.8, which is no wheel and so not among the
packages of the tests; PKCS #1 v1.5 signs the same in the same way for ever.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from services.notifications.api.samples import sample_case
from services.notifications.commands.case import Sender
from services.notifications.envelope import mail_of
from services.notifications.signing import CannotSign, Dkim
from services.notifications.wire import WIRE_UTF8
from tests.stage import SECRET

SENDER = Sender("https://courses.example", SECRET, "courses@praxis.example")
PRIMES = (
    int(
        "ffdb4c47afa40f7a0e04411c64cee1af5966c3255be4f73cd605e6e5873451d164725b3c870bd933"
        "b898a0745b0400fc0e66bc1ddff00ddf1a9ae35251ad3683fe0041a5140e9b89b7929ec8a1ac00cb"
        "56dbc69dd08f679c0fc3a3739620307f5f923deed4ed529fa14c820d20ddb3d32123a0cc4c9dbe68"
        "bc4092678db133a5",
        16,
    ),
    int(
        "e383a04e983a3d4bfce77d20d20688e02f6d11dced77bb556877d8cb9921f0e002a364226cdc35fd"
        "672c8380f534c90dfd12a1f6b3f89e8ca545407985a966ed3f3b5fcf2b46b1a976945eb64116781c"
        "913e5f2dff2ab1671b6853ed532f39eaf74c5a9781faf306015c6578ffe6817bfcec1c694cd2267d"
        "3b4aa21747719a7d",
        16,
    ),
)
MAIL = (
    b"From: Praxis <courses@praxis.example>\r\n"
    b"To: Ada <ada@learners.example>\r\n"
    b"Subject:  Your\r\n"
    b" credit\tends \r\n"
    b"List-Unsubscribe: <https://courses.example/u/1>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"X-Other: 1\r\n"
    b"\r\n"
    b"Hello  Ada, \r\n"
    b"\r\n"
    b"\tbye\r\n"
    b"\r\n"
    b"\r\n"
)
FOUND_GOOD = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=praxis.example; "
    b"s=autumn; h=from:from:to:to:subject:subject:date:message-id:reply-to:auto-submit"
    b"ted:list-unsubscribe:list-unsubscribe:list-unsubscribe-post:list-unsubscribe-pos"
    b"t:mime-version:content-type:content-transfer-encoding; "
    b"bh=m0Vw92zgMcq27crqxTqpDLFwIuYSmngYadSqg1uRBIo=; b=\r\n"
    b" 0EA63oyqIVdIA+7hY68DworPYxcFG3LWUK7pduA23lg1PNR+dA4/sVkJgm/IKdm+rPUCRG\r\n"
    b" Tnc8WPslwVUFvcnB0ctwotyuS83uia/UXfVCp507DsGo2drbrkHTgA7PNlZA0d+X+ErmiD\r\n"
    b" tqKrtZ4tdyWgU1lXX9e2Dq68R093YBPlKoJHLtrA43kcnXWyw/AgyaaanJGGCSxDPxGbMJ\r\n"
    b" 7dJLdIGy53hYPaCp19QE80/ldqfXspFoWLGHym9/5Km/kMGV4b1yw45SxB5HH/CFEnNgiD\r\n"
    b" KUzxoLQyQvV69Tcre7J8ScmztCP8M7+LXDKHYr9mzAH23L6arrL75OjEPNWiRg==\r\n"
)


def _key(p: int, q: int) -> rsa.RSAPrivateKey:
    d = pow(65537, -1, (p - 1) * (q - 1))
    parts = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *parts, rsa.RSAPublicNumbers(65537, p * q)).private_key()


KEY = _key(*PRIMES)


def written(path: Path, key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, word: str = "") -> Path:
    coat: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if word:
        coat = serialization.BestAvailableEncryption(word.encode())
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, coat))
    return path


@pytest.fixture
def signer(tmp_path: Path) -> Dkim:
    return Dkim(written(tmp_path / "dkim.pem", KEY), "autumn", "praxis.example")


def is_good(sealed: bytes) -> bool:
    """As a receiving server finds it by our public key: RFC 6376 §6.1.3, written anew."""
    head, _, body = sealed.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
    fields = [(name.lower(), value) for name, _, value in (line.partition(b":") for line in lines)]
    signature = next(value for name, value in fields if name == b"dkim-signature")
    tags = dict(tag.strip().split(b"=", 1) for tag in signature.split(b";"))
    plain = re.sub(rb"[ \t]+(?=\r\n)", b"", re.sub(rb"[ \t]+", b" ", body))
    plain = re.sub(rb"(\r\n)*$", b"", plain) + b"\r\n" if plain.strip(b"\r\n") else b""
    if b64encode(sha256(plain).digest()) != tags[b"bh"]:
        return False
    left, signed = [one for one in fields if one[0] != b"dkim-signature"], b""
    for name in tags[b"h"].split(b":"):
        last = [place for place, one in enumerate(left) if one[0] == name]
        if last:
            signed += name + b":" + squeezed(left.pop(last[-1])[1]) + b"\r\n"
    unsigned = re.sub(rb"; b=.*", b"; b=", signature)
    signed += b"dkim-signature:" + squeezed(unsigned)
    given = b64decode(tags[b"b"].replace(b" ", b""))
    try:
        KEY.public_key().verify(given, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def squeezed(value: bytes) -> bytes:
    return re.sub(rb"[ \t]+", b" ", value).strip()


def mail(template: str, **wide: bool) -> bytes:
    made = mail_of(sample_case(template), SENDER)
    return made.as_bytes(policy=WIRE_UTF8) if wide else made.as_bytes()


def test_another_implementation_found_it_good(signer: Dkim) -> None:
    assert signer.sealed(MAIL) == FOUND_GOOD + MAIL
    assert is_good(FOUND_GOOD + MAIL)


@pytest.mark.parametrize("template", ["registration_confirmed", "credit_expiring", "join_1h"])
def test_what_we_sign_is_found_good(signer: Dkim, template: str) -> None:
    assert is_good(signer.sealed(mail(template)))
    assert is_good(signer.sealed(mail(template, wide=True)))


def test_it_is_good_however_it_is_folded_on_its_way(signer: Dkim) -> None:
    sealed = signer.sealed(mail("credit_expiring"))
    assert is_good(sealed.replace(b"Subject: ", b"SUBJECT:\r\n \t"))
    assert is_good(sealed + b"\r\n\r\n")
    assert max(map(len, sealed.split(b"\r\n"))) < 998


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"Subject: ", b"Subject: x "),
        (b"List-Unsubscribe: <https://courses.example", b"List-Unsubscribe: <https://evil.example"),
        (b"List-Unsubscribe-Post: ", b"X-Nothing: "),
        (b"From: ", b"From: x@evil.example\r\nFrom: "),
        (b"MIME-Version", b"Reply-To: x@evil.example\r\nMIME-Version"),
        (b"Your credit", b"My credit"),
        (b"</html>", b"</html><!-- -->"),
    ],
)
def test_what_was_changed_or_added_is_not(signer: Dkim, said: bytes, instead: bytes) -> None:
    sealed = signer.sealed(mail("credit_expiring"))
    assert said in sealed
    assert is_good(sealed)
    assert not is_good(sealed.replace(said, instead, 1))


def test_nobody_adds_a_way_to_unsubscribe_to_an_operational_mail(signer: Dkim) -> None:
    sealed = signer.sealed(mail("join_1h"))
    assert not is_good(b"List-Unsubscribe: <https://evil.example>\r\n" + sealed)


def test_an_empty_body_is_signed_too(signer: Dkim) -> None:
    assert is_good(signer.sealed(b"From: a@praxis.example\r\n\r\n"))


def test_what_cannot_sign_says_what_to_do(tmp_path: Path) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    bad = [
        tmp_path / "none.pem",
        written(tmp_path / "short.pem", short),
        written(tmp_path / "curve.pem", ed25519.Ed25519PrivateKey.generate()),
        written(tmp_path / "locked.pem", KEY, "a word"),
    ]
    (tmp_path / "junk.pem").write_text("junk")
    for path in [*bad, tmp_path / "junk.pem"]:
        with pytest.raises(CannotSign, match="NOTIFICATIONS_DKIM_KEY"):
            Dkim(path, "autumn", "praxis.example")
    with pytest.raises(CannotSign, match="SELECTOR"):
        Dkim(written(tmp_path / "good.pem", KEY), "", "praxis.example")
