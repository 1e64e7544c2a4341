"""Signed notes and checkpoints as C2SP specifies them (signed-note, tlog-checkpoint), with Ed25519 keys only."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"  # the algorithm's byte in the specification
_DASH = "\u2014 "  # a signature line begins with an em dash and a space
_NAME = re.compile(r"[^\s+]+")
_HEX8 = re.compile(r"[0-9a-f]{8}")


class NoteKeyWrong(ValueError):
    """A key does not have the form `name+hash+base64`, or its hash is another key's."""


class NoteNotVerified(ValueError):
    """The note is not one, or no signature of the wanted key holds."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half: `name+<key id>+<base64 of 0x01 and the 32-byte key>`."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_b64(ED25519 + self.public)}"


@dataclass(frozen=True, slots=True)
class Signer:
    """The private half; its text is the `PRIVATE+KEY+name+<key id>+<base64 of 0x01 and the seed>` of Go's note."""

    verifier: Verifier
    _seed: bytes = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "Signer":
        """The signer `name` with a 32-byte Ed25519 seed. Raises NoteKeyWrong for a name with spaces or "+"."""
        if not _NAME.fullmatch(name) or len(seed) != 32:
            raise NoteKeyWrong("a key name has no spaces and no plus sign, a seed has 32 bytes")
        return cls(Verifier(name, Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()), seed)

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """Read the text of a signer key. Raises NoteKeyWrong; the text itself is never repeated."""
        if not text.startswith("PRIVATE+KEY+"):
            raise NoteKeyWrong("a signer key begins with PRIVATE+KEY+")
        name, key_id, seed = _key_parts(text.removeprefix("PRIVATE+KEY+"))
        signer = cls.from_seed(name, seed)
        if signer.verifier.key_id.hex() != key_id:
            raise NoteKeyWrong("the key's hash is not that of its name and bytes")
        return signer

    def export(self) -> str:
        """The text of the signer key: a secret."""
        verifier = self.verifier
        return f"PRIVATE+KEY+{verifier.name}+{verifier.key_id.hex()}+{_b64(ED25519 + self._seed)}"

    def sign(self, text: str) -> str:
        """The note: `text` (ends with a newline), an empty line, one signature line."""
        if not text.endswith("\n") or "\n\n" in text:
            raise ValueError("a note's text ends with a newline and has no empty line")
        signature = Ed25519PrivateKey.from_private_bytes(self._seed).sign(text.encode())
        return f"{text}\n{_DASH}{self.verifier.name} {_b64(self.verifier.key_id + signature)}\n"


def parse_verifier(text: str) -> Verifier:
    """Read the text of a verifier key. Raises NoteKeyWrong."""
    name, key_id, public = _key_parts(text)
    verifier = Verifier(name, public)
    if verifier.key_id.hex() != key_id:
        raise NoteKeyWrong("the key's hash is not that of its name and bytes")
    return verifier


def open_note(note: str, verifier: Verifier) -> str:
    """The signed text of a note. Raises NoteNotVerified; lines of other keys are passed over."""
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise NoteNotVerified("a note has a text, an empty line and signatures")
    text += "\n"
    for line in signatures.splitlines():
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise NoteNotVerified("a signature line is not base64") from error
        if not line.startswith(_DASH) or (name, raw[:4]) != (verifier.name, verifier.key_id):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(verifier.public).verify(raw[4:], text.encode())
        except InvalidSignature as error:
            raise NoteNotVerified("the signature does not hold") from error
        return text
    raise NoteNotVerified("no signature of this key")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: who it is, how many entries it has, and the 32-byte root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; extension lines are passed over. Raises NoteNotVerified."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[1].isascii() or not lines[1].isdigit() or (lines[1] != "0" and lines[1][0] == "0"):
        raise NoteNotVerified("a checkpoint is origin, size and root")
    try:
        return Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    except binascii.Error as error:
        raise NoteNotVerified("the root is not base64") from error


def _key_parts(text: str) -> tuple[str, str, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteKeyWrong("the key is not base64") from error
    if not _NAME.fullmatch(name) or not _HEX8.fullmatch(key_id) or len(raw) != 33 or raw[:1] != ED25519:
        raise NoteKeyWrong("a key is name+8 hex digits+base64 of an Ed25519 key")
    return name, key_id, raw[1:]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
