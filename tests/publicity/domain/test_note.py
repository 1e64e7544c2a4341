import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.publicity.domain.note import (
    Checkpoint,
    NoteKeyWrong,
    NoteNotVerified,
    Signer,
    open_note,
    parse_checkpoint,
    parse_verifier,
)

# The example of the signed-note specification.
KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_example_of_the_specification_opens() -> None:
    assert open_note(NOTE, parse_verifier(KEY)) == "This is an example message.\n"


def test_a_changed_note_does_not_open() -> None:
    for changed in (
        NOTE.replace("example m", "Example m"),
        NOTE.replace("Uw2QOkn8", "Uw2QOkn9"),
        NOTE.split("\n\n", maxsplit=1)[0],
    ):
        with pytest.raises(NoteNotVerified):
            open_note(changed, parse_verifier(KEY))


def test_another_keys_line_is_passed_over() -> None:
    signer = Signer.from_seed("sunlot/log", bytes(32))
    note = signer.sign("a\n") + NOTE.rpartition("\n\n")[2]
    assert open_note(note, signer.verifier) == "a\n"


@settings(deadline=None)  # a busy machine is not a fault
@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**50), st.binary(min_size=32, max_size=32))
def test_what_is_signed_opens_with_the_printed_key(seed: bytes, size: int, root: bytes) -> None:
    signer = Signer.from_seed("sunlot/log", seed)
    assert Signer.parse(signer.export()) == signer
    head = Checkpoint("sunlot/log", size, root)
    text = open_note(signer.sign(head.text()), parse_verifier(str(signer.verifier)))
    assert parse_checkpoint(text) == head


def test_a_key_with_another_hash_is_refused() -> None:
    for wrong in (KEY.replace("530d903a", "530d903b"), "a+b+c", "name", KEY.replace("Aeky", "Beky")):
        with pytest.raises(NoteKeyWrong):
            parse_verifier(wrong)
    with pytest.raises(NoteKeyWrong):
        Signer.from_seed("a name with spaces", bytes(32))
