"""The curves in the browser are those that were vendored, and check what the real chain signed."""

import hashlib

from services.draw.app import SERVICE

FOLDER = SERVICE.folder / "pages" / "static" / "verify" / "vendor"


def test_the_vendored_curves_match_their_checksum_and_carry_their_licence() -> None:
    lines = [line for line in (FOLDER / "VENDORED.md").read_text("utf-8").splitlines() if line.startswith("| ")][2:]
    listed = {cells[0]: cells[-1] for line in lines if (cells := [cell.strip() for cell in line.strip("|").split("|")])}
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.js")}
    assert found == listed
    assert "The MIT License" in (FOLDER / "noble-curves.js").read_text("utf-8")[:300]
