"""Protected fields at rest: AES-256-GCM, each bound to its signal and field, under a key that is named with it."""

import base64
import binascii
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from libs.common.settings import secret

_NONCE = 12  # bytes, as GCM wants them
_KEY = 32  # bytes


class BrokenKeys(ValueError):
    """SUNLOT_FIELD_KEYS is not what it should be; its content is not repeated."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted value: the id of its key, and nonce followed by ciphertext and tag."""

    key_id: str
    data: bytes


class Vault:
    """Seals and opens fields with keys that it never shows."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != _KEY for key in keys.values()):
            raise BrokenKeys("SUNLOT_FIELD_KEYS：请提供 JSON {密钥编号: 32 字节的 base64}")
        self._keys = dict(keys)
        self._current = list(self._keys)[-1]

    @classmethod
    def from_setting(cls, setting: SecretStr) -> "Vault":
        """Read the setting; raises BrokenKeys."""
        try:
            raw = json.loads(secret(setting))
            return cls({str(name): base64.b64decode(value, validate=True) for name, value in raw.items()})
        except (ValueError, AttributeError, TypeError, binascii.Error):
            raise BrokenKeys("SUNLOT_FIELD_KEYS：请提供 JSON {密钥编号: 32 字节的 base64}") from None

    def seal(self, owner: str, field: str, text: str) -> Sealed:
        """Encrypt `text` so that it opens only as this field of this owner."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, text.encode(), _bound_to(owner, field))
        return Sealed(self._current, nonce + sealed)

    def open(self, owner: str, field: str, sealed: Sealed) -> str:
        """Decrypt; raises cryptography's InvalidTag when the value was moved or changed, KeyError without its key."""
        nonce, data = sealed.data[:_NONCE], sealed.data[_NONCE:]
        return AESGCM(self._keys[sealed.key_id]).decrypt(nonce, data, _bound_to(owner, field)).decode()

    def mark(self, text: bytes) -> str:
        """A keyed fingerprint by which equal contents are recognised but not guessed."""
        return self._mark(self._current, text)

    def marked(self, mark: str, text: bytes) -> bool:
        """Whether `mark` is the fingerprint of `text`, under whichever key it was made."""
        key_id = mark.rpartition(":")[0]
        return key_id in self._keys and hmac.compare_digest(mark, self._mark(key_id, text))

    def person(self, known_by: str) -> str:
        """A keyed hash by which one person's complaints are known to be one person's; empty for nobody.

        Made with the first of the keys, so that it stays the same when a newer one is added at the end.
        """
        if not known_by:
            return ""
        derived = hmac.digest(next(iter(self._keys.values())), b"sunlot complainant", "sha256")
        return hmac.digest(derived, known_by.encode(), "sha256").hex()

    def _mark(self, key_id: str, text: bytes) -> str:
        # A key of its own, derived, so that one key never serves two algorithms.
        derived = hmac.digest(self._keys[key_id], b"sunlot content mark", "sha256")
        return f"{key_id}:{hmac.digest(derived, text, 'sha256').hex()}"


def _bound_to(owner: str, field: str) -> bytes:
    return f"{owner}\n{field}".encode()
