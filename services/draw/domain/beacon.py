"""The beacon: a future round of a drand chain, when it comes, and whether a signature is really that round's."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from py_arkworks_bls12381 import GT, G1Point, G2Point

from libs.common.errors import Invalid, OutOfOrder

SCHEME: Final = "bls-unchained-g1-rfc9380"
_TAG: Final = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"  # drand's; RFC 9380, section 3.1
_SIGNATURE = re.compile(r"[0-9a-f]{96}")
_PUBLIC_KEY = re.compile(r"[0-9a-f]{192}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ANSWER_BYTES = 4096  # a round is 200 bytes; whoever pastes more pastes something else
_UINT32, _INT64 = 2**32, 2**53  # the commitment's integers stay below 2^53


class ChainInvalid(Invalid):
    """The parts of a chain contradict one another or have the wrong form."""


class BeaconRefused(Invalid):
    """What was handed over is not the round that the commitment names."""


class BeaconTooEarly(OutOfOrder):
    """The round's time has not come, so nothing that is handed over now can be it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A drand chain: key on G2, Unix second of round 1, seconds a round, group hash, name. Raises ChainInvalid."""

    beacon_id: str
    public_key: str
    genesis: int
    period: int
    group_hash: str

    def __post_init__(self) -> None:
        if not (_NAME.fullmatch(self.beacon_id) and _HEX64.fullmatch(self.group_hash)):
            raise ChainInvalid("信标链的名称或组摘要格式不正确，请按信标运营方公布的参数改正。")
        if not (0 < self.period < _UINT32 and 0 <= self.genesis < _INT64):
            raise ChainInvalid("信标链的起始时间或间隔不正确，请按信标运营方公布的参数改正。")
        if not _PUBLIC_KEY.fullmatch(self.public_key) or _on_g2(self.public_key) is None:
            raise ChainInvalid("信标链的公钥不是有效的 BLS12-381 公钥，请按信标运营方公布的参数改正。")

    @property
    def hash(self) -> str:
        """The chain's hash as drand computes it, in hexadecimal; a name of `default` is left out."""
        parts = (
            self.period.to_bytes(4, "big"),
            self.genesis.to_bytes(8, "big"),
            bytes.fromhex(self.public_key),
            bytes.fromhex(self.group_hash),
            b"" if self.beacon_id == "default" else self.beacon_id.encode(),
        )
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def round_at_or_after(self, moment: datetime) -> int:
        """The first round (from 1) whose time is not before `moment` (aware)."""
        microseconds = round((moment - datetime.fromtimestamp(self.genesis, UTC)).total_seconds() * 1_000_000)
        return max(1, -(-microseconds // (self.period * 1_000_000)) + 1)

    def time_of(self, number: int) -> datetime:
        """When a round comes, in UTC."""
        return datetime.fromtimestamp(self.genesis + (number - 1) * self.period, UTC)


@dataclass(frozen=True, slots=True)
class Beacon:
    """One round of a chain, as a commitment names it."""

    chain: Chain
    round: int

    def __post_init__(self) -> None:
        if not 0 < self.round < _INT64:
            raise ChainInvalid(f"信标轮次 {self.round} 不存在。")

    @property
    def due(self) -> datetime:
        """When the round comes, in UTC."""
        return self.chain.time_of(self.round)

    def document(self) -> dict[str, object]:
        """The beacon as in the commitment."""
        return {
            "beacon_id": self.chain.beacon_id,
            "chain": self.chain.hash,
            "genesis": self.chain.genesis,
            "group_hash": self.chain.group_hash,
            "period": self.chain.period,
            "public_key": self.chain.public_key,
            "round": self.round,
            "scheme": SCHEME,
        }

    def check(self, signature: str) -> None:
        """Refuse anything but this round's signature (96 lower-case hexadecimal digits). Raises BeaconRefused."""
        if not _SIGNATURE.fullmatch(signature):
            raise BeaconRefused("信标签名应为 96 位十六进制数（小写），请核对后重新提供。")
        key, signed = _on_g2(self.chain.public_key), _on_g1(signature)
        message = hashlib.sha256(self.round.to_bytes(8, "big")).digest()
        hashed = G1Point.hash_to_curve(message, _TAG)
        if key is None or signed is None or not GT.pairing_check([signed, -hashed], [G2Point(), key]):
            raise BeaconRefused(
                f"签名不是信标链 {self.chain.hash[:12]}… 第 {self.round} 轮的签名，不予采用；请提供该轮的结果。"
            )


def beacon_from(document: Mapping[str, Any]) -> Beacon:
    """Read back a beacon. Raises ChainInvalid, KeyError, TypeError; what stands there beside it is not looked at."""
    chain = Chain(
        document["beacon_id"], document["public_key"], document["genesis"], document["period"], document["group_hash"]
    )
    return Beacon(chain, document["round"])


def signature_in(answer: bytes, beacon: Beacon) -> str:
    """Return the signature in a relay's JSON for `beacon`, not yet checked.

    Raises BeaconRefused when it is no such JSON, of another round, or its randomness is not its signature's.
    """
    try:
        document: Any = json.loads(answer[: _ANSWER_BYTES + 1])  # cut, a longer one is no JSON any more
        number, signature = document["round"], document["signature"]
        randomness = document.get("randomness")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BeaconRefused("内容不是信标结果：应为含 round 和 signature 的 JSON，请原样提供该轮的结果。") from error
    if type(number) is not int or number != beacon.round:
        said = number if type(number) is int and 0 < number < _INT64 else "其他"
        raise BeaconRefused(f"这是第 {said} 轮的结果，承诺登记的是第 {beacon.round} 轮，请提供第 {beacon.round} 轮。")
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise BeaconRefused("信标签名应为 96 位十六进制数（小写），请核对后重新提供。")
    if randomness is not None and randomness != randomness_of(signature):
        raise BeaconRefused("结果中的随机数不是其签名的摘要，不予采用；请原样提供该轮的结果。")
    return signature


def randomness_of(signature: str) -> str:
    """A round's randomness: the SHA-256 of its signature (hexadecimal), in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(signature)).hexdigest()


# The point at infinity would make every signature, or every key, right.
def _on_g1(text: str) -> G1Point | None:
    try:
        point = G1Point.from_compressed_bytes(bytes.fromhex(text))
    except ValueError:
        return None
    return None if point == G1Point.identity() else point


def _on_g2(text: str) -> G2Point | None:
    try:
        point = G2Point.from_compressed_bytes(bytes.fromhex(text))
    except ValueError:
        return None
    return None if point == G2Point.identity() else point
