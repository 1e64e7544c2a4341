"""The files that are published with a draw, written to a folder, and the verifier's answer read back."""

import json
from pathlib import Path
from typing import Any

from libs.common.canonical import canonical
from tests.draw.domain.samples import Drawn

Documents = dict[str, Any]


def write(folder: Path, certificate: Documents, pool: bytes, officers: Documents) -> list[str]:
    (folder / "certificate.json").write_bytes(canonical(certificate))
    (folder / "pool.tsv").write_bytes(pool)
    (folder / "officers.json").write_bytes(canonical(officers))
    return [str(folder / "certificate.json"), str(folder / "pool.tsv"), "--officers", str(folder / "officers.json")]


def arguments_of(folder: Path, drawn: Drawn) -> list[str]:
    return write(folder, drawn.certificate.document(), drawn.pool, json.loads(drawn.officers))


def failed_in(output: str) -> set[str]:
    return {line.split("[", 1)[1].split("]", 1)[0] for line in output.splitlines() if line.startswith("✗")}
