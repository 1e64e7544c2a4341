"""Draws with beacon, seal, cells, replacements and long lists, made from the text of ADR 0019, not by the service."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from libs.common import merkle
from libs.common.canonical import canonical, digest, sha256_hex
from services.draw.public import verify
from tests.draw.domain.samples import DICE, REVEALS, rows, whole_draw
from tests.draw.published import Documents

FORMAT = "sunlot-draw/1"
PAGE_ROWS = 256
QUICKNET: Documents = {
    "beacon_id": "quicknet",
    "chain": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "genesis": 1692803367,
    "group_hash": "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
    "period": 3,
    "public_key": "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    "scheme": "bls-unchained-g1-rfc9380",
}
# Rounds of the real chain.
ROUNDS = {
    1000: "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
    1001: "b33bf3667cbd5a82de3a24b4e0e9fe5513cc1a0e840368c6e31f5fcfa79bea03f73896b25883abf2853d10337fb8fa41",
}
TIMES = {1000: "2023-08-23T15:59:24Z", 1100: "2023-08-23T16:04:24Z"}
EVIDENCE = sha256_hex(b"notice of deregistration")


@dataclass
class Files:
    """What is published with a draw: its certificate and earlier editions, pool, officers, lists, fresh draws."""

    certificate: Documents
    pool: list[bytes]
    officers: Documents
    previous: list[Documents] = field(default_factory=list)
    fresh: list["Files"] = field(default_factory=list)
    lists: dict[str, list[bytes]] = field(default_factory=dict)

    def write(self, folder: Path) -> list[str]:
        """Write everything to a folder; the arguments with which verify.py checks it."""
        folder.mkdir(exist_ok=True)
        for path in folder.glob("certificate-*.json"):
            path.unlink()
        names = {"certificate.json": canonical(self.certificate), "officers.json": canonical(self.officers)}
        names["pool.tsv"] = b"".join(self.pool)
        earlier = {f"certificate-{one.get('edition', 1)}.json": canonical(one) for one in self.previous}
        lists = {f"{name}.tsv": b"".join(lines) for name, lines in self.lists.items()}
        for name, content in {**names, **earlier, **lists}.items():
            (folder / name).write_bytes(content)
        arguments = [
            str(folder / "certificate.json"),
            str(folder / "pool.tsv"),
            "--officers",
            str(folder / "officers.json"),
        ]
        if earlier:
            arguments += ["--previous", *(str(folder / name) for name in earlier)]
        for one in self.fresh:
            inner = folder / one.certificate["commit"]["draw_id"]
            one.write(inner)
            (inner / "certificate-1.json").write_bytes(canonical(one.certificate))
            arguments += ["--fresh", str(inner / "certificate.json"), str(inner / "officers.json")]
        return arguments


@cache
def _plain() -> tuple[bytes, bytes, bytes]:
    drawn = whole_draw(rows(700))
    return drawn.certificate.bytes, drawn.pool, drawn.officers


def plain() -> Files:
    """An ordinary open draw of 700 firms."""
    certificate, pool, officers = _plain()
    return Files(json.loads(certificate), pool.splitlines(keepends=True), json.loads(officers))


def key_of(label: str, seed: str) -> str:
    """The key of a label, 32 digits."""
    return sha256_hex(f"{FORMAT}\n{label}\n{sha256_hex(seed.encode())}\n".encode())[:32]


def receipt(reference: str, kind: str, named: str, at: str = "2023-08-23T15:00:00Z") -> Documents:
    """A log of five entries in which that of a commitment or result, or another that names its hash, is the third."""
    data = {"result_sha256" if kind == "draw-result" else "commit_sha256": named}
    entry = canonical({"type": "sunlot-log/1", "kind": kind, "reference": reference, "at": at, "data": data}).decode()
    leaves = [merkle.leaf_hash(text.encode()) for text in ("a", "b", entry, "d", "e")]
    return {
        "checkpoint": "", "entry": entry, "inclusion": [node.hex() for node in merkle.inclusion_path(2, leaves)],
        "index": 2, "leaf_hash": leaves[2].hex(), "reference": reference, "root_hash": merkle.root(leaves).hex(),
        "tree_size": 5,
    }  # fmt: skip


def seed_of(commit: Documents, signature: str) -> str:
    """seed.txt of two parties and dice, with the beacon's line where the plan has one."""
    lines = [f"{FORMAT} seed", f"commit {digest(commit)}"]
    beacon = commit["seed_plan"]["beacon"]
    if beacon is not None:
        lines.append(f"beacon {beacon['chain']} {beacon['round']} {sha256_hex(bytes.fromhex(signature))}")
    for number, (name, promise) in enumerate(commit["seed_plan"]["parties"], 1):
        lines.append(f"reveal {number} {name} {promise} {REVEALS[name].hex()}")
    return "".join(f"{line}\n" for line in [*lines, f"dice {DICE}"])


def ticket(key: str, identity: str) -> str:
    """The ticket of a subject."""
    return sha256_hex(f"{key}|{identity}".encode())


def unbiased(key: str, below: int) -> int:
    """The unbiased integer below `below`."""
    for block in range(1000):
        found = int(sha256_hex(f"{key}|{block}".encode()), 16)
        if found < 2**256 // below * below:
            return found % below
    raise AssertionError("a thousand blocks were rejected")


def evenly(candidates: list[list[str]], cells: Sequence[str], key: str, count: int, start: int = 0) -> list[list[str]]:
    """Positions ⌊(u + j·n)/k⌋ of the rows in the order of their cells; `start` moves u."""
    columns = ["id", "county", "industry", "size", "type"]
    n = len(candidates)
    ordered = sorted(
        candidates, key=lambda row: ("\t".join(row[columns.index(cell)] for cell in cells).encode(), row[-1], row[0])
    )
    return [ordered[(start + j * n) // count] for j in range(count)] if n and count else []


def drawn_by(commit: Documents, pool: list[bytes], seed: str, moved: int = 0) -> tuple[list[Documents], list[Any]]:
    """The strata of the certificate, and `selected`."""
    replaces = commit.get("replaces")
    key = key_of(f"replace/{replaces['n'][0]}" if replaces else "subject", seed)
    without = set(replaces["without"]) if replaces else set()
    cells = None if replaces else commit["rule"]["strata"].get("cells")
    split = [line.decode().rstrip("\n").split("\t") for line in pool]
    parts, selected = [], []
    for name, n, k in commit["strata"]:
        able = [[*row, ticket(key, row[0])] for row in split if row[5:7] == [name, "1"] and row[0] not in without]
        part: Documents = {"stratum": name, "n": n, "k": k, "threshold": None, "reserve": []}
        if cells:
            start = unbiased(sha256_hex(f"{key_of('systematic', seed)}|{name}".encode())[:32], n) + moved
            chosen = evenly(able, cells, "", k, start % n)
        else:
            able.sort(key=lambda row: (row[-1], row[0]))
            chosen = able[:k]
            if k:
                part |= {"threshold": chosen[-1][-1], "reserve": [[row[0], row[-1]] for row in able[k : k + 2]]}
        parts.append(part)
        selected += [[row[0], name, row[-1]] for row in chosen]
    return parts, sorted(selected, key=lambda row: (row[2], row[0]))


def finish(files: Files, commit: Documents, signature: str = "", moved: int = 0) -> Files:
    """Run a whole draw again with this commitment over the same pool and officers."""
    seed = seed_of(commit, signature)
    replaces = commit.get("replaces")
    label = f"replace/{replaces['n'][0]}" if replaces else "subject"
    parts, selected = drawn_by(commit, files.pool, seed, moved)
    counties = {line.split(b"\t")[0].decode(): line.split(b"\t")[1].decode() for line in files.pool}
    deal = verify.Deal(
        [(row[2], row[0], counties[row[0]]) for row in selected], files.officers, key_of("officer", seed)
    )
    seats = commit["officers"]["seats"]
    deal.run(seats)
    teams = [[row[0], [deal.seat[seat, row[0]] for seat in range(seats)]] for row in selected]
    keys = {"subject": key_of(label, seed), "officer": key_of("officer", seed)}
    if commit["rule"]["strata"].get("cells") and not replaces:
        keys["systematic"] = key_of("systematic", seed)
    result = digest([selected, teams])
    certificate = {
        "type": f"{FORMAT}/certificate", "commit": commit, "commit_sha256": digest(commit),
        "seed": {"txt": seed, "sha256": sha256_hex(seed.encode()),
                 "beacon": {"signature": signature} if signature else None},
        "keys": keys, "strata": parts, "selected": selected, "assignments": teams, "escalated": deal.taken,
        "direct": None, "replacements": [], "log": receipt(commit["draw_id"], "draw-commit", digest(commit)),
        "result_sha256": result,
    }  # fmt: skip
    if commit["seed_plan"].get("seal"):
        certificate["result_log"] = receipt(commit["draw_id"], "draw-result", result)
    return Files(certificate, list(files.pool), files.officers)


def with_beacon(number: int = 1000) -> Files:
    """A draw whose seed has a round of the real chain in it."""
    files = plain()
    commit = files.certificate["commit"]
    commit["seed_plan"] |= {"beacon": {**QUICKNET, "round": number}, "reveal_deadline": TIMES[1000]}
    commit["result_deadline"] = TIMES[1100]
    return finish(files, commit, ROUNDS[number])


def sealed() -> Files:
    """A sealed draw after its end."""
    files = plain()
    files.certificate["commit"]["seed_plan"]["seal"] = True
    return finish(files, files.certificate["commit"])


def with_cells(cells: Sequence[str] = ("county", "size")) -> Files:
    """A draw that is even over cells."""
    files = plain()
    files.certificate["commit"]["rule"]["strata"]["cells"] = list(cells)
    return finish(files, files.certificate["commit"])


def order_only() -> Files:
    """A draw in which everybody eligible is drawn; officers have room for all."""
    files = plain()
    commit = files.certificate["commit"]
    for officer in files.officers["officers"]:
        officer[3] = 400
    part = {name: value for name, value in files.officers.items() if name != "recusals"}
    commit["officers"]["root"] = digest(part)
    commit["rule"]["strata"]["ratio"] = {name: [1, 1] for name, _, _ in commit["strata"]}
    commit["strata"] = [[name, n, n] for name, n, _ in commit["strata"]]
    return finish(files, commit)


def long_lists() -> Files:
    """The same draw with its lists in files beside the certificate."""
    files = plain()
    selected = ["\t".join(row) for row in files.certificate["selected"]]
    teams = ["\t".join([identity, *team]) for identity, team in files.certificate["assignments"]]
    for name, lines in (("selected", selected), ("assignments", teams)):
        files.lists[name] = [f"{line}\n".encode() for line in lines]
        describe(files, name)
    return files


def describe(files: Files, name: str) -> None:
    """Let the certificate describe a list's file as it is now."""
    lines = files.lists[name]
    pages = [b"".join(lines[at : at + PAGE_ROWS]) for at in range(0, len(lines), PAGE_ROWS)]
    files.certificate[name] = {
        "file": f"{name}.tsv", "page_rows": PAGE_ROWS, "pages": len(pages), "rows": len(lines),
        "root": merkle.root([merkle.leaf_hash(page) for page in pages]).hex(),
    }  # fmt: skip
    files.certificate["result_sha256"] = digest([files.certificate["selected"], files.certificate["assignments"]])


class Office:
    """Writes replacements into new editions, everything counted anew for every entry."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.entries: list[Documents] = []
        self.rows = {line.split(b"\t")[0].decode(): line.decode().rstrip("\n").split("\t") for line in files.pool}

    @property
    def certificate(self) -> Documents:
        return self.files.certificate

    def publish(self) -> None:
        """Make the next edition of what was written since the last."""
        old = self.certificate
        new = json.loads(canonical(old))
        new |= {"edition": old.get("edition", 1) + 1, "previous_sha256": sha256_hex(canonical(old))}
        new["replacements"] = [*old["replacements"], *self.entries]
        self.files.previous.append(old)
        self.files.certificate, self.entries = new, []

    def write(self, kind: str, **further: Any) -> int:
        """Append one entry; return its number."""
        number = len(self.all) + 1
        at = f"2026-12-{number:02d}T02:00:00Z"
        self.entries.append({"n": number, "at": at, "kind": kind, **further})
        return number

    @property
    def all(self) -> list[Documents]:
        return [*self.certificate["replacements"], *self.entries]

    def teams(self) -> dict[str, list[str]]:
        """Who inspects whom now."""
        teams = {identity: list(team) for identity, team in self.certificate["assignments"]}
        for one in self.all:
            if one["kind"] == "void":
                del teams[one["subject"]]
            elif one["kind"] == "reserve":
                teams[one["taken"][0]] = list(one["officers"])
            elif one["kind"] == "fresh":
                teams |= {identity: list(team) for identity, team in one["teams"]}
            else:
                teams[one["subject"]][one["seat"] - 1] = one["in"]
        return teams

    def used(self) -> set[str]:
        """Every subject ever drawn or taken."""
        taken = [[one["taken"]] if one["kind"] == "reserve" else one.get("taken", []) for one in self.all]
        return {row[0] for row in self.certificate["selected"]} | {row[0] for some in taken for row in some}

    def ranked(self, subject: str, barred: set[str], extra: Sequence[str] = ()) -> list[str]:
        """The officers who may sit there, the next in line first."""
        held = Counter(officer for team in self.teams().values() for officer in team) + Counter(extra)
        gone = {one["out"] for one in self.all if one["kind"] == "officer" and one["reason"] == "not_available"}
        recused = {officer for officer, whom in self.files.officers["recusals"] if whom == subject}
        key, county = self.certificate["keys"]["officer"], self.rows[subject][1]
        found = []
        for number, where, items, cap, load0 in self.files.officers["officers"]:
            allowed = where == county and set(self.files.officers["items"]) <= set(items)
            if allowed and number not in barred | gone | recused and held[number] < cap:
                g = load0 + held[number]
                found.append((g, hashlib.sha256(f"{key}|{number}|{g}".encode()).hexdigest(), number))
        return [number for _, _, number in sorted(found)]

    def void(self, subject: str) -> int:
        """Take a subject out."""
        return self.write("void", subject=subject, reason="deregistered", evidence=[EVIDENCE])

    def next_of(self, stratum: str) -> list[list[str]]:
        """The eligible rows of a stratum that were never drawn, by ticket: [id, stratum, ticket]."""
        key, used = self.certificate["keys"]["subject"], self.used()
        able = [row[0] for row in self.rows.values() if row[5:7] == [stratum, "1"] and row[0] not in used]
        return sorted(([one, stratum, ticket(key, one)] for one in able), key=lambda row: (row[2], row[0]))

    def reserve(self, void: int) -> str:
        """Put the next of the stratum in place of a void."""
        taken = self.next_of(self.rows[self.all[void - 1]["subject"]][5])[0]
        team: list[str] = []
        while len(team) < self.certificate["commit"]["officers"]["seats"]:
            team.append(self.ranked(taken[0], set(team), team)[0])
        self.write("reserve", **{"for": void, "taken": taken, "officers": team})
        return taken[0]

    def officer(self, subject: str, seat: int, reason: str = "recusal_requested") -> str:
        """Put the next in line in an officer's place; return who came."""
        team = self.teams()[subject]
        out = team[seat - 1]
        off = {one["out"] for one in self.all if one["kind"] == "officer" and one["subject"] == subject}
        into = self.ranked(subject, set(team) | off | {out})[0]
        self.write("officer", **{"subject": subject, "seat": seat, "out": out, "in": into, "reason": reason})
        return into

    def replaces(self, voids: list[int]) -> Documents:
        """The commitment of a fresh draw for these voids of the certificate as it is published now."""
        commit = json.loads(canonical(self.certificate["commit"]))
        used = self.used()
        lost = Counter(self.rows[one][5] for one in used)
        wanted = Counter(self.rows[self.all[void - 1]["subject"]][5] for void in voids)
        commit["strata"] = [
            [name, n - lost[name], min(wanted[name], n - lost[name])] for name, n, _ in commit["strata"]
        ]
        commit["draw_id"] = f"{commit['draw_id']}-r{voids[0]}"
        sha256 = sha256_hex(canonical(self.certificate))
        commit["replaces"] = {
            "draw_id": self.certificate["commit"]["draw_id"], "certificate_sha256": sha256, "n": voids,
            "without": sorted(used),
        }  # fmt: skip
        return commit  # type: ignore[no-any-return]

    def fresh(self, voids: list[int], drawn: Files) -> None:
        """Write down what a fresh draw took."""
        self.files.fresh.append(drawn)
        told = drawn.certificate
        self.write(
            "fresh",
            **{
                "for": voids, "draw_id": told["commit"]["draw_id"], "certificate_sha256": sha256_hex(canonical(told)),
                "taken": told["selected"], "teams": told["assignments"],
            },
        )  # fmt: skip


def replaced() -> Files:
    """Three editions: two voids, one of them replaced by a reserve; then three officers replaced."""
    office = Office(plain())
    drawn = [row[0] for row in office.certificate["selected"]]
    first = office.void(drawn[4])
    office.void(drawn[9])
    taken = office.reserve(first)
    office.publish()
    office.officer(taken, 1)
    office.officer(drawn[2], 2, "not_available")
    office.officer(drawn[2], 2)
    office.publish()
    return office.files


def refreshed() -> Files:
    """Two voids that a fresh draw fills."""
    office = Office(plain())
    drawn = [row[0] for row in office.certificate["selected"]]
    voids = [office.void(drawn[1]), office.void(drawn[7])]
    office.publish()
    office.fresh(voids, finish(plain(), office.replaces(voids)))
    office.publish()
    return office.files
