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
_FINGERPRINT = "fingerprint"  # the entry of the setting that encrypts nothing


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
        self._keys = {name: key for name, key in keys.items() if name != _FINGERPRINT}
        if not self._keys or "" in keys or any(len(key) != _KEY for key in keys.values()):
            raise BrokenKeys("SUNLOT_FIELD_KEYS：请提供 JSON {密钥编号: 32 字节的 base64}")
        first = next(iter(self._keys.values()))
        self.newest = list(self._keys)[-1]  # the id of the key that encrypts
        # Hashes can't be made anew without the text, so what they are made with stays when the first key goes.
        self.has_fingerprint = _FINGERPRINT in keys
        self._prints = keys.get(_FINGERPRINT) or hmac.digest(first, b"sunlot complainant", "sha256")

    @classmethod
    def from_setting(cls, setting: SecretStr) -> "Vault":
        """Read the setting; raises BrokenKeys."""
        try:
            raw = json.loads(secret(setting))
            return cls({str(name): base64.b64decode(value, validate=True) for name, value in raw.items()})
        except (ValueError, AttributeError, TypeError, binascii.Error):
            raise BrokenKeys("SUNLOT_FIELD_KEYS：请提供 JSON {密钥编号: 32 字节的 base64}") from None

    @property
    def key_ids(self) -> list[str]:
        """The ids of the keys, the newest last."""
        return list(self._keys)

    def seal(self, owner: str, field: str, text: str) -> Sealed:
        """Encrypt `text` so that it opens only as this field of this owner."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._keys[self.newest]).encrypt(nonce, text.encode(), _bound_to(owner, field))
        return Sealed(self.newest, nonce + sealed)

    def open(self, owner: str, field: str, sealed: Sealed) -> str:
        """Decrypt; raises cryptography's InvalidTag when the value was moved or changed, KeyError without its key."""
        nonce, data = sealed.data[:_NONCE], sealed.data[_NONCE:]
        return AESGCM(self._keys[sealed.key_id]).decrypt(nonce, data, _bound_to(owner, field)).decode()

    def mark(self, text: bytes) -> str:
        """A keyed fingerprint by which equal contents are recognised but not guessed."""
        return f"{_FINGERPRINT}:{_mark(self._prints, text)}"

    def marked(self, mark: str, text: bytes) -> bool:
        """Whether `mark` is the fingerprint of `text`; older ones were made with the key that they name."""
        maker, _, known = mark.rpartition(":")
        key = self._prints if maker == _FINGERPRINT else self._keys.get(maker)
        return key is not None and hmac.compare_digest(known, _mark(key, text))

    def person(self, known_by: str) -> str:
        """A keyed hash by which one person's complaints are known to be one person's; empty for nobody."""
        return hmac.digest(self._prints, known_by.encode(), "sha256").hex() if known_by else ""

    def fingerprint_entry(self) -> str:
        """The entry for the setting with which hashes stay the same when the first key is taken out; a secret."""
        return json.dumps({_FINGERPRINT: base64.b64encode(self._prints).decode()})


def _mark(key: bytes, text: bytes) -> str:
    # A key of its own, derived, so that one key never serves two purposes.
    return hmac.digest(hmac.digest(key, b"sunlot content mark", "sha256"), text, "sha256").hex()


def _bound_to(owner: str, field: str) -> bytes:
    return f"{owner}\n{field}".encode()
