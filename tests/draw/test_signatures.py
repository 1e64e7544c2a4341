"""verify.py's own arithmetic: rounds of the real drand chain, RFC 9380's vectors, and Ed25519 against OpenSSL."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.standins.drand import Relay
from services.draw.public import verify
from tests.draw.additions import QUICKNET

RECORDED = {number: each["signature"] for number, each in Relay().rounds.items()}
KEY = bytes.fromhex(QUICKNET["public_key"])
FIRST = "b55e7cb2d5c613ee0b2e28d6750aabbb78c39dcc96bd9d38c2c2e12198df95571de8e8e402a0cc48871c7089a2b3af4b"
# RFC 9380, appendix J.9.1: BLS12381G1_XMD:SHA-256_SSWU_RO_, message → x of the point.
RFC_TAG = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_"
RFC_VECTORS = {
    b"": 0x052926ADD2207B76CA4FA57A8734416C8DC95E24501772C814278700EED6D1E4E8CF62D9C09DB0FAC349612B759E79A1,
    b"abc": 0x03567BC5EF9C690C2AB2ECDF6A96EF1C139CC0B2F284DCA0A9A7943388A49A3AEE664BA5379A7655D3C68900BE2F6903,
}


@pytest.mark.parametrize("number", sorted(RECORDED)[:6])
def test_recorded_rounds_of_the_real_chain_hold(number: int) -> None:
    assert verify.beacon_signature_problem(KEY, number, bytes.fromhex(RECORDED[number])) == ""


def test_the_first_round_holds_for_its_own_number_only() -> None:
    assert verify.beacon_signature_problem(KEY, 1, bytes.fromhex(FIRST)) == ""
    assert "不是该公钥" in verify.beacon_signature_problem(KEY, 2, bytes.fromhex(FIRST))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 383))
def test_no_flipped_bit_is_accepted(bit: int) -> None:
    signature = bytearray.fromhex(FIRST)
    signature[bit // 8] ^= 0x80 >> bit % 8
    assert verify.beacon_signature_problem(KEY, 1, bytes(signature)) != ""


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("c0" + "00" * 47, "无穷远点"),
        ("c0" + "00" * 46 + "01", "无穷远点"),
        ("80" + "00" * 46 + "04", "子群"),
        ("80" + "00" * 46 + "01", "不在曲线上"),
        ("9a" + "ff" * 47, "不小于域的模"),
        (FIRST[:-2], "长度"),
        ("", "长度"),
    ],
)
def test_what_is_no_point_of_the_group_is_refused(signature: str, why: str) -> None:
    assert why in verify.beacon_signature_problem(KEY, 1, bytes.fromhex(signature))


def test_a_key_outside_the_group_is_refused() -> None:
    infinity = bytes.fromhex("c0" + "00" * 95)
    assert "无穷远点" in verify.beacon_signature_problem(infinity, 1, bytes.fromhex(FIRST))
    flipped = KEY[:-1] + bytes([KEY[-1] ^ 1])
    assert "无效" in verify.beacon_signature_problem(flipped, 1, bytes.fromhex(FIRST))


@pytest.mark.parametrize("message", RFC_VECTORS, ids=repr)
def test_hashing_to_the_curve_gives_the_points_of_the_rfc(monkeypatch: pytest.MonkeyPatch, message: bytes) -> None:
    monkeypatch.setattr(verify, "BLS_TAG", RFC_TAG)
    point = verify.hash_to_g1(message)
    assert point is not None
    assert point[0][0] == RFC_VECTORS[message]


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_ed25519_agrees_with_openssl(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
    assert verify.ed25519_holds(public, message, bytes(signature))
    signature[bit // 8] ^= 0x80 >> bit % 8
    assert not verify.ed25519_holds(public, message, bytes(signature))
    assert not verify.ed25519_holds(public, message + b"x", private.sign(message))


def note(name: str, private: Ed25519PrivateKey, text: str) -> tuple[str, str]:
    """A signed note as C2SP describes it, and its verifier key."""
    key = b"\x01" + private.public_key().public_bytes_raw()
    number = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    signed = base64.b64encode(number + private.sign(text.encode())).decode()
    return f"{text}\n\u2014 {name} {signed}\n", f"{name}+{number.hex()}+{base64.b64encode(key).decode()}"


def test_a_signed_checkpoint_holds_under_its_own_key_only() -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    signed, key = note("log.example", private, "log.example\n5\nAAAA\n")
    assert verify.note_problem(signed, key) == ""
    assert "没有该日志公钥" in verify.note_problem(signed.replace("\n5\n", "\n6\n"), key)
    _, other = note("log.example", Ed25519PrivateKey.from_private_bytes(bytes(32)), "x\n")
    assert "没有该日志公钥" in verify.note_problem(signed, other)
    assert "编号不符" in verify.note_problem(signed, key.replace("log.example+", "log.other+"))
    assert "格式不对" in verify.note_problem(signed, "not a key")
