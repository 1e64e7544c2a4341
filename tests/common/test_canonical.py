"""Canonical JSON: equal documents are equal bytes, and what has no canonical form is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.canonical import NotCanonical, canonical, digest, sha256_hex

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def test_keys_are_sorted_without_spaces_and_chinese_stays_chinese() -> None:
    assert canonical({"名": "洛阳", "b": [1, True, None], "a": {"z": 1, "y": 2}}) == (
        '{"a":{"y":2,"z":1},"b":[1,true,null],"名":"洛阳"}'.encode()
    )


def test_tuples_and_lists_are_the_same_array() -> None:
    assert canonical((1, ("a", ()))) == canonical([1, ["a", []]]) == b'[1,["a",[]]]'


@pytest.mark.parametrize(
    "bad", [0.5, 1.0, float("nan"), 2**53, -(2**53), {1: "a"}, b"bytes", {"a": [1.5]}, {1}, "\ud800"]
)
def test_what_has_no_canonical_form_is_refused(bad: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(bad)


def test_the_digest_is_the_hash_of_the_canonical_bytes() -> None:
    assert digest({}) == sha256_hex(b"{}")
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(DOCUMENTS)
def test_canonical_bytes_parse_back_to_the_same_document(document: object) -> None:
    encoded = canonical(document)
    assert json.loads(encoded) == document
    assert canonical(json.loads(encoded)) == encoded


@given(st.dictionaries(st.text(st.characters(max_codepoint=0xD7FF)), st.integers(0, 9)))
def test_standard_json_agrees_where_keys_have_no_surrogates(document: dict[str, int]) -> None:
    standard = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical(document) == standard.encode()
