#!/usr/bin/env python3
"""核验一次随机抽取：python3 verify.py 凭证 名录 [--officers 人员文件]，只用 Python 3.8+ 标准库。

Checks a `sunlot-draw/1` certificate against its pool, independently of the service that drew:

    verify.py CERT POOL --officers OFFICERS     the whole draw, officers included
    verify.py CERT POOL --company ID            and what became of one firm
    verify.py CERT --company ID                 one firm against the certificate alone
    verify.py CERT POOL --company ID --salt S   masked profile: a firm opens its own row
    verify.py CERT POOL --private POOL MASTER   masked profile: an auditor opens every row

MASTER is a file with 64 hexadecimal digits. `--commit SHA256` compares the commitment with one noted before
the draw. Exit code: 0 every check passed, 1 a check failed (it is named), 2 a file can't be read.
Signatures (the log's checkpoint, a beacon's BLS) are not checked here: they need more than the standard library.
"""

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
import unicodedata
from collections import deque
from typing import Any, Dict, List, Optional, Set, Tuple

FORMAT = "sunlot-draw/1"
PAGE_ROWS = 256
COLUMNS = ["id", "county", "industry", "size", "type", "class", "eligible"]
FILTER_COLUMNS = {"county": 0, "industry": 1, "size": 2, "type": 3, "class": 4}
MIN_OFFICERS = 2  # 细则第十条
HEX64 = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9A-Z]{8,22}")
REFUSED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\\\\\u2028\u2029]")
PASSED, FAILED, SKIPPED = "✓", "✗", "－"


class Unreadable(Exception):
    """A file is missing or is not what it should be."""


class Report:
    """Prints every check as it is made and remembers the names of those that failed."""

    def __init__(self) -> None:
        self.failed: List[str] = []

    def check(self, name: str, chinese: str, problem: str = "") -> bool:
        print("{} {} [{}]{}".format(FAILED if problem else PASSED, chinese, name, "：" + problem if problem else ""))
        if problem and name not in self.failed:
            self.failed.append(name)
        return not problem

    def skip(self, name: str, chinese: str, why: str) -> None:
        print("{} {} [{}]：{}".format(SKIPPED, chinese, name, why))


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def plain_json(value: Any) -> Any:
    """Sort keys as RFC 8785 does (by UTF-16 units); refuse floats and numbers of 2^53 or more."""
    if isinstance(value, dict):
        return {key: plain_json(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [plain_json(item) for item in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise Unreadable("数字 {} 不能规范化".format(value))
    return value


def canonical(value: Any) -> bytes:
    return json.dumps(plain_json(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def digest(value: Any) -> str:
    return sha(canonical(value))


def unique_keys(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable("重复的键 {}".format(key))
        found[key] = value
    return found


def read_bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unreadable("{}: {}".format(path, error.strerror)) from error


def read_json(path: str) -> Any:
    try:
        return json.loads(read_bytes(path).decode("utf-8"), object_pairs_hook=unique_keys)
    except ValueError as error:
        raise Unreadable("{} 不是 JSON：{}".format(path, error)) from error


# --- RFC 9162 tree -----------------------------------------------------------------------------------------


def merkle_root(leaves: List[bytes]) -> bytes:
    """Fold level by level; an odd last node moves up unchanged, which is the same tree."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = leaves
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def included(leaf: bytes, index: int, size: int, path: List[bytes], root: bytes) -> bool:
    """Recompute the root from a leaf, going down from the top by halves (RFC 9162 2.1.3)."""

    def climb(low: int, high: int, rest: List[bytes]) -> bytes:
        if high - low == 1:
            if rest:
                raise ValueError
            return leaf
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if not rest:
            raise ValueError
        if index < middle:
            return hashlib.sha256(b"\x01" + climb(low, middle, rest[:-1]) + rest[-1]).digest()
        return hashlib.sha256(b"\x01" + rest[-1] + climb(middle, high, rest[:-1])).digest()

    try:
        return 0 <= index < size and climb(0, size, path) == root
    except ValueError:
        return False


# --- commitment, log, seed ---------------------------------------------------------------------------------


def check_commit(report: Report, cert: Any, expected: Optional[str]) -> None:
    commit = cert["commit"]
    wrong = []
    if cert["type"] != FORMAT + "/certificate" or commit["type"] != FORMAT + "/commit":
        wrong.append("格式版本")
    if commit["draw_id"] != "{}-{}".format(commit["task"], commit["attempt"]):
        wrong.append("抽取编号")
    if (commit["attempt"] > 1) != (commit["supersedes"] is not None):
        wrong.append("重抽说明")
    if commit["pool"]["columns"] != COLUMNS or commit["pool"]["page_rows"] != PAGE_ROWS:
        wrong.append("名录格式")
    if commit["profile"] not in ("open", "masked") or commit["rule"]["strata"]["by"] != "class":
        wrong.append("公开方式或分层方式")
    report.check("format", "凭证格式", "、".join(wrong))
    found = digest(commit)
    problem = "" if found == cert["commit_sha256"] else "承诺内容的摘要是 {}".format(found)
    if expected is not None and found != expected.lower():
        problem = "与事先记下的承诺摘要不同（{}）".format(found)
    report.check("commit", "承诺摘要", problem)


def check_log(report: Report, cert: Any) -> None:
    log = cert["log"]
    if not log.get("inclusion") and log.get("tree_size") != 1:
        report.check("log", "公开日志回执", "凭证中没有包含证明")
        return
    leaf, problem = bytes.fromhex(log["leaf_hash"]), ""
    path, root = [bytes.fromhex(node) for node in log["inclusion"]], bytes.fromhex(log["root_hash"])
    if log["reference"] != cert["commit"]["draw_id"]:
        problem = "回执属于 {}".format(log["reference"])
    elif not included(leaf, log["index"], log["tree_size"], path, root):
        problem = "包含证明不成立"
    elif log.get("checkpoint"):
        lines = log["checkpoint"].split("\n")
        if lines[1:3] != [str(log["tree_size"]), base64.b64encode(root).decode()]:
            problem = "签名检查点与证明的树不同"
    report.check("log", "公开日志包含证明", problem)
    if not log.get("entry"):
        report.skip(
            "log.entry", "日志条目即本承诺", "凭证没有附条目原文，请到公开日志第 {} 条核对".format(log["index"])
        )
        return
    entry = log["entry"].encode("utf-8")
    bound = hashlib.sha256(b"\x00" + entry).digest() == leaf and cert["commit_sha256"] in log["entry"]
    report.check("log.entry", "日志条目即本承诺", "" if bound else "条目原文不是本承诺，或与叶哈希不符")


def seed_problem(cert: Any) -> str:
    """Rebuild seed.txt from the commitment's plan and the published lines; say what is wrong."""
    commit, plan, text = cert["commit"], cert["commit"]["seed_plan"], cert["seed"]["txt"]
    lines = text.split("\n")
    if lines.pop() != "" or lines[:1] != [FORMAT + " seed"]:
        return "首行或结尾不对"
    if len(lines) < 2 or lines[1] != "commit " + digest(commit):
        return "所用承诺不是本凭证的承诺"
    wanted, revealed, rest = len(plan["parties"]), 0, lines[2:]
    if plan["beacon"] is not None:
        beacon = rest.pop(0).split(" ") if rest else []
        if len(beacon) != 4 or beacon[:3] != ["beacon", plan["beacon"]["chain"], str(plan["beacon"]["round"])]:
            return "缺少承诺的信标轮次"
        proof = cert["seed"]["beacon"] or {}
        if sha(bytes.fromhex(proof.get("signature", ""))) != beacon[3]:
            return "信标随机数不是其签名的摘要"
    for number, (name, promise) in enumerate(plan["parties"], 1):
        cells = rest.pop(0).split(" ") if rest else []
        if len(cells) != 5 or cells[:4] != ["reveal", str(number), name, promise]:
            return "参与方 {} 的揭示行与承诺的计划不符".format(name)
        if cells[4] == "ABSENT":
            continue
        preimage = "{} party {} ".format(FORMAT, name).encode()
        if not HEX64.fullmatch(cells[4]) or sha(preimage + bytes.fromhex(cells[4])) != promise:
            return "参与方 {} 的揭示与其承诺不符".format(name)
        revealed += 1
    if revealed < wanted and plan["beacon"] is None and (not plan["dice"] or not revealed):
        return "有参与方缺席而没有其他来源"
    if plan["dice"] and not (rest and re.fullmatch(r"dice [0-9]{6,64}", rest.pop(0))):
        return "缺少掷骰结果"
    return "多出的行：" + rest[0] if rest else ""


def derived_key(label: str, seed: bytes) -> str:
    return sha("{}\n{}\n{}\n".format(FORMAT, label, sha(seed)).encode())[:32]


def check_seed(report: Report, cert: Any) -> Tuple[str, str]:
    """Check seed and keys; return the true keys, whatever the certificate says."""
    seed = cert["seed"]["txt"].encode("utf-8")
    report.check("seed", "随机种子", seed_problem(cert) or ("" if sha(seed) == cert["seed"]["sha256"] else "摘要不符"))
    if cert["commit"]["seed_plan"]["beacon"] is not None:
        report.skip("seed.beacon", "信标签名", "BLS 签名需用其他工具核验")
    keys = derived_key("subject", seed), derived_key("officer", seed)
    right = cert["keys"] == {"subject": keys[0], "officer": keys[1]}
    report.check("keys", "抽取密钥", "" if right else "不是由种子导出的密钥")
    return keys


# --- pool --------------------------------------------------------------------------------------------------


def check_pool_bytes(report: Report, pool: Any, data: bytes) -> List[str]:
    """Check format, order, size and root of the published pool; return its lines."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        report.check("pool.format", "名录格式", "不是 UTF-8")
        return []
    problem = "最后一行没有换行" if data and not data.endswith(b"\n") else ""
    if REFUSED.search(text) or not (text.isascii() or unicodedata.is_normalized("NFC", text)):
        problem = "含有不允许的字符"
    lines = text.split("\n")
    lines.pop()
    report.check("pool.format", "名录格式", problem)
    raw = data.split(b"\n")
    raw.pop()
    leaves = [
        hashlib.sha256(b"\x00" + b"\n".join(raw[start : start + PAGE_ROWS]) + b"\n").digest()
        for start in range(0, len(raw), PAGE_ROWS)
    ]
    size = len(lines) == pool["rows"] and len(leaves) == pool["pages"]
    report.check("pool.size", "名录户数", "" if size else "{} 户 {} 页，与承诺不同".format(len(lines), len(leaves)))
    root = merkle_root(leaves).hex()
    report.check("pool.root", "名录根", "" if root == pool["root"] else "算得 {}".format(root))
    return lines


def accepts(conditions: List[Any], cells: List[str], masked: bool) -> bool:
    """Apply the committed filter to a row's cells after the id; the class of a masked row can't be seen."""
    for condition in conditions:
        if masked and condition["col"] == "class":
            continue
        cell = cells[FILTER_COLUMNS[condition["col"]]]
        if "in" in condition:
            right = cell in condition["in"]
        elif "prefix" in condition:
            right = cell.startswith(tuple(condition["prefix"]))
        else:
            right = condition["ge"] <= cell <= condition["le"]
        if not right:
            return False
    return True


class Scan:
    """One pass over a pool: what it holds, who has a ticket up to the limits, and what is wrong with it."""

    def __init__(self, commit: Any, limits: Dict[str, str], masked: bool, wanted: Set[str]) -> None:
        self.conditions = commit["rule"]["filter"]
        self.strata = {name for name, _, _ in commit["strata"]}
        self.limits = {name: bytes.fromhex(limit) for name, limit in limits.items()}
        self.masked = masked
        self.wanted = wanted
        self.counts: Dict[str, int] = dict.fromkeys(self.strata, 0)
        self.ineligible = 0
        self.low: Dict[str, List[Tuple[str, str]]] = {name: [] for name in self.strata}
        self.rows: Dict[str, List[str]] = {}  # id → the other cells, of the wanted and of the drawn
        self.order = self.format = self.filter = ""

    def kind(self, identity: str, rest: str) -> Tuple[Optional[str], Optional[bytes]]:
        """Check the cells after an id once for all rows that share them; return stratum and limit."""
        cells = rest.split("\t")
        if len(cells) != 6 or not re.fullmatch(r"[0-9]{6}", cells[0]):
            self.format = self.format or "{} 一行的列不对".format(identity)
            return None, None
        if self.masked:
            if cells[5] != "-" or not re.fullmatch(r"[0-9A-Za-z_-]{22}", cells[4]):
                self.format = self.format or "{} 一行的遮蔽值不对".format(identity)
        elif cells[5] not in ("0", "1") or cells[4] not in self.strata:
            self.format = self.format or "{} 一行的分类或标记不对".format(identity)
            return None, None
        if not accepts(self.conditions, cells, self.masked):
            self.filter = self.filter or "{} 不符合承诺的抽取条件".format(identity)
        if self.masked:
            return "*", None
        return (cells[4], self.limits.get(cells[4])) if cells[5] == "1" else (None, None)

    def run(self, lines: List[str], key: str) -> None:
        known: Dict[str, Tuple[Optional[str], Optional[bytes]]] = {}
        prefix, sha256, wanted = (key + "|").encode(), hashlib.sha256, self.wanted
        is_id, counts, previous, ineligible = ID.fullmatch, self.counts, "", 0
        counts.setdefault("*", 0)
        for line in lines:
            identity, _, rest = line.partition("\t")
            if identity <= previous:
                self.order = self.order or "{} 重复或次序不对".format(identity)
            previous = identity
            kind = known.get(rest)
            if kind is None:
                kind = self.kind(identity, rest)
                if not self.masked:
                    known[rest] = kind
            if not is_id(identity):
                self.format = self.format or "编号 {} 的格式不对".format(identity)
            if identity in wanted:
                self.rows[identity] = rest.split("\t")
            stratum, limit = kind
            if stratum is None:
                ineligible += 1
                continue
            counts[stratum] += 1
            if limit is not None:
                found = sha256(prefix + identity.encode()).digest()
                if found <= limit:
                    self.low[stratum].append((found.hex(), identity))
                    self.rows[identity] = rest.split("\t")
        counts.pop("*")
        self.ineligible = ineligible

    def tell(self, report: Report) -> None:
        report.check("pool.order", "名录次序和重复", self.order)
        report.check("pool.rows", "名录各行", self.format)
        report.check("pool.filter", "抽取条件", self.filter)


# --- strata and selection ----------------------------------------------------------------------------------


def quota(n: int, rule: Any, stratum: str) -> int:
    if n == 0:
        return 0
    num, den = map(int, rule["ratio"][stratum])
    share = -(-n * num // den) if rule["rounding"] == "ceil" else n * num // den
    return min(n, max(int(rule["min"]), share))


def check_quota(report: Report, cert: Any) -> None:
    commit, wrong = cert["commit"], []
    rule, excluded = commit["rule"]["strata"], sum(count for _, count in commit["pool"]["excluded"])
    names = [name for name, _, _ in commit["strata"]]
    if names != sorted(set(names)) or set(names) != set(rule["ratio"]) or rule["rounding"] not in ("ceil", "floor"):
        wrong.append("分类与比例方案不一致")
    for name, n, k in commit["strata"]:
        if name in rule["ratio"] and quota(n, rule, name) != k:
            wrong.append("{} 类 {} 户应抽 {} 户，承诺写 {} 户".format(name, n, quota(n, rule, name), k))
    if sum(n for _, n, _ in commit["strata"]) + excluded != commit["pool"]["rows"]:
        wrong.append("可抽取户数加排除户数不等于名录户数")
    report.check("strata.quota", "各分类抽取户数", "；".join(wrong))
    drawn = [[part["stratum"], part["n"], part["k"]] for part in cert["strata"]]
    report.check("strata.listed", "凭证与承诺的分类一致", "" if drawn == commit["strata"] else "户数与承诺不同")


def check_counts(report: Report, cert: Any, scan: Scan) -> None:
    wrong = [
        "{} 类名录中 {} 户，承诺 {} 户".format(name, scan.counts.get(name, 0), n)
        for name, n, _ in cert["commit"]["strata"]
        if scan.counts.get(name, 0) != n
    ]
    excluded = sum(count for _, count in cert["commit"]["pool"]["excluded"])
    if scan.ineligible != excluded:
        wrong.append("名录中不可抽取 {} 户，承诺排除 {} 户".format(scan.ineligible, excluded))
    report.check("strata.counts", "各分类户数", "；".join(wrong))


def check_tickets(report: Report, cert: Any, key: str) -> None:
    """What the certificate alone shows: every ticket, the order, the number drawn, the largest threshold."""
    wrong, selected = [], cert["selected"]
    for identity, _, ticket in selected:
        if sha("{}|{}".format(key, identity).encode()) != ticket:
            wrong.append("{} 的号码不对".format(identity))
    report.check("tickets", "中签号码", "；".join(wrong[:5]))
    pairs = [(ticket, identity) for identity, _, ticket in selected]
    in_order = all(left < right for left, right in zip(pairs, pairs[1:]))  # noqa: B905, RUF007 - Python 3.8 has neither
    report.check("selected.order", "名单次序", "" if in_order else "没有按号码排列，或有重复")
    total = sum(k for _, _, k in cert["commit"]["strata"])
    report.check("selected.count", "抽中户数", "" if len(selected) == total else "{} 户".format(len(selected)))
    thresholds = [part["threshold"] for part in cert["strata"] if part["threshold"] is not None]
    tickets = {ticket for _, _, ticket in selected}
    problem = ""
    if any((part["threshold"] is None) != (part["k"] == 0) for part in cert["strata"]):
        problem = "有抽中户的分类必须有门槛"
    elif not tickets.issuperset(thresholds):
        problem = "门槛不是任何中签户的号码"
    elif tickets and max(tickets) > max(thresholds, default=""):
        problem = "有号码大于最大门槛"
    report.check("thresholds", "门槛", problem)


def check_selection(report: Report, cert: Any, scan: Scan) -> None:
    """With every class known: exactly the k smallest tickets of each stratum are drawn, the next are reserve."""
    masked = cert["commit"]["profile"] == "masked"
    thresholds: List[str] = []
    reserves: List[str] = []
    right: List[Tuple[str, str, str]] = []
    for part in cert["strata"]:
        name, k = part["stratum"], part["k"]
        low = sorted(scan.low.get(name, []))
        drawn, following = low[:k], low[k:]
        if (drawn[-1][0] if drawn else None) != part["threshold"] or len(drawn) != k:
            thresholds.append("{} 类的第 {} 小号码不是门槛".format(name, k))
        if [[identity, ticket] for ticket, identity in following] != part["reserve"]:
            place = reserves if part["reserve"] else thresholds
            place.append("{} 类的号码不大于门槛的户数应为 {}，实为 {}".format(name, k, len(low)))
        right += [(ticket, identity, "*" if masked else name) for ticket, identity in drawn]
    report.check("thresholds.strata", "各分类门槛", "；".join(thresholds))
    report.check("reserve", "候补次序", "；".join(reserves))
    expected = [[identity, stratum, ticket] for ticket, identity, stratum in sorted(right)]
    listed = cert["selected"]
    due, told = set(map(tuple, expected)), set(map(tuple, listed))
    missing = [row[0] for row in expected if tuple(row) not in told]
    extra = [row[0] for row in listed if tuple(row) not in due]
    problem = ""
    if expected != listed:
        problem = "应抽中而没有：{}；不应抽中而有：{}".format(
            "、".join(missing[:5]) or "无", "、".join(extra[:5]) or "无"
        )
    report.check("selected", "抽中名单", problem)


# --- officers: deal/1 --------------------------------------------------------------------------------------


class DealFailed(Exception):
    """The committed officers can't cover the drawn subjects."""


class Deal:
    """deal/1 step by step on plain dictionaries."""

    def __init__(self, drawn: List[Tuple[str, str, str]], file: Any, key: str) -> None:
        """Take drawn (ticket, id, county), officers.json and the officer key."""
        items = set(file["items"])
        officers = [row for row in file["officers"] if items <= set(row[2])]
        self.key = key
        self.county = {row[0]: row[1] for row in officers}
        self.cap: Dict[str, int] = {row[0]: row[3] for row in officers}
        self.g = {row[0]: row[4] for row in officers}
        self.load = dict.fromkeys(self.cap, 0)
        self.recused = {(officer, subject) for officer, subject in file["recusals"]}
        self.steps = list(enumerate(file["escalation"]))
        self.taken: List[List[Any]] = []
        self.opened: Set[str] = set()
        self.of_county: Dict[str, List[str]] = {}
        for name, county in self.county.items():
            self.of_county.setdefault(county, []).append(name)
        self.home = {identity: county for _, identity, county in drawn}
        self.queue = [
            identity
            for _, _, identity in sorted((len(self.able(identity)), ticket, identity) for ticket, identity, _ in drawn)
        ]
        self.place = {identity: place for place, identity in enumerate(self.queue)}
        self.seat: Dict[Tuple[int, str], str] = {}  # (seat, subject) → officer

    def able(self, subject: str) -> List[str]:
        counties = {self.home[subject]} | self.opened
        return [
            officer
            for county in counties
            for officer in self.of_county.get(county, [])
            if (officer, subject) not in self.recused
        ]

    def candidates(self, subject: str, seats: int) -> List[str]:
        team = {self.seat.get((seat, subject)) for seat in range(seats)}
        rank = [
            (self.g[o], sha("{}|{}|{}".format(self.key, o, self.g[o]).encode()), o)
            for o in self.able(subject)
            if o not in team
        ]
        return [officer for _, _, officer in sorted(rank)]

    def free(self, officer: str) -> bool:
        return self.load[officer] < self.cap[officer]

    def path(self, seat: int, subject: str, seats: int) -> bool:
        """Find the shortest chain of hand-overs that ends at an officer below the cap, and make it."""
        before: Dict[str, Optional[Tuple[str, Tuple[int, str]]]] = {}
        line = deque(self.candidates(subject, seats))
        for officer in line:
            before[officer] = None
        while line:
            holder = line.popleft()
            held = [slot for slot, officer in self.seat.items() if officer == holder]
            for slot in sorted(held, key=lambda slot: (slot[0], self.place[slot[1]])):
                for officer in self.candidates(slot[1], seats):
                    if officer in before:
                        continue
                    before[officer] = (holder, slot)
                    if self.free(officer):
                        self.g[officer] += 1
                        self.load[officer] += 1
                        taker, link = officer, before[officer]
                        while link is not None:
                            giver, passed = link
                            self.seat[passed] = taker
                            taker, link = giver, before[giver]
                        self.seat[seat, subject] = taker
                        return True
                    line.append(officer)
        return False

    def fill(self, seat: int, subject: str, seats: int) -> None:
        while True:
            for officer in self.candidates(subject, seats):
                if self.free(officer):
                    self.seat[seat, subject] = officer
                    self.g[officer] += 1
                    self.load[officer] += 1
                    return
            if self.path(seat, subject, seats):
                return
            if not self.steps:
                raise DealFailed(subject)
            index, (what, value) = self.steps.pop(0)
            self.taken.append([index, subject, seat + 1])
            if what == "cap":
                self.cap = {officer: cap + value for officer, cap in self.cap.items()}
            elif what == "pool":
                self.opened.add(value)
            else:
                raise DealFailed(what)

    def run(self, seats: int) -> None:
        for seat in range(seats):
            for subject in self.queue:
                self.fill(seat, subject, seats)


def check_officers(report: Report, cert: Any, path: Optional[str], scan: Optional[Scan], key: str) -> None:
    commit, seats = cert["commit"], cert["commit"]["officers"]["seats"]
    teams, order = cert["assignments"], [row[0] for row in cert["selected"]]
    wrong = [subject for subject, team in teams if len(set(team)) != len(team) or len(team) < max(seats, MIN_OFFICERS)]
    problem = "人数不足或重复：" + "、".join(wrong[:5]) if wrong else ""
    if [subject for subject, _ in teams] != order:
        problem = "派员名单与抽中名单不对应"
    report.check("assignments.seats", "每户检查人员", problem)
    if path is None or scan is None:
        report.skip("assignments", "派员重算", "未提供名录和 officers.json（--officers）")
        return
    file = read_json(path)
    part = {name: value for name, value in file.items() if name != "recusals"}
    same = digest(part) == commit["officers"]["root"] and len(file["officers"]) == commit["officers"]["count"]
    report.check("officers.root", "执法人员名录", "" if same else "与承诺的人员名录不同")
    same = digest(file["recusals"]) == commit["recusals_root"]
    report.check("officers.recusals", "回避名单", "" if same else "与承诺的回避名单不同")
    recused = set(map(tuple, file["recusals"]))
    met = [s for s, team in teams for officer in team if (officer, s) in recused]
    report.check("assignments.recusal", "无应回避人员", "、".join(met[:5]))
    drawn = [(row[2], row[0], scan.rows[row[0]][0]) for row in cert["selected"] if row[0] in scan.rows]
    if commit["officers"]["method"] == "direct":
        check_direct(report, cert, file, drawn)
        return
    if len(drawn) != len(order):
        report.check("assignments", "派员重算", "抽中名单中有名录以外的户")
        return
    deal = Deal(drawn, file, key)
    try:
        deal.run(seats)
    except DealFailed as failure:
        report.check("assignments", "派员重算", "{} 派不足人员".format(failure))
        return
    expected = [[subject, [deal.seat[seat, subject] for seat in range(seats)]] for subject in order]
    differ = [row[0] for row, told in zip(expected, teams) if row != told]  # noqa: B905 - Python 3.8
    report.check("assignments", "派员重算", "与重算结果不同：" + "、".join(differ[:5]) if expected != teams else "")
    report.check("escalated", "人员不足时的处理", "" if deal.taken == cert["escalated"] else "与重算结果不同")


def check_direct(report: Report, cert: Any, file: Any, drawn: List[Tuple[str, str, str]]) -> None:
    items, home = set(file["items"]), {identity: county for _, identity, county in drawn}
    county = {row[0]: row[1] for row in file["officers"] if items <= set(row[2])}
    opened = {value for what, value in file["escalation"] if what == "pool"}
    wrong = [s for s, team in cert["assignments"] for o in team if county.get(o) not in {home.get(s)} | opened]
    choice = cert.get("direct") or {}
    if not choice.get("reason") or not choice.get("approved_by") or choice["approved_by"] == choice.get("chosen_by"):
        wrong.append("缺少理由或另一人的审批")
    report.check("assignments", "直接选派（非随机）", "、".join(wrong[:5]))


# --- the whole ---------------------------------------------------------------------------------------------


def limits_of(cert: Any) -> Dict[str, str]:
    """Up to which ticket rows are collected: the last reserve of a stratum, or its threshold."""
    found = {}
    for part in cert["strata"]:
        last = part["reserve"][-1][1] if part["reserve"] else part["threshold"]
        if last is not None:
            found[part["stratum"]] = max(last, part["threshold"] or last)
    return found


def masked_class(salt: str, credit_class: str, eligible: str) -> str:
    hidden = hashlib.sha256("{}|{}|{}".format(salt, credit_class, eligible).encode()).digest()
    return base64.urlsafe_b64encode(hidden).decode()[:22]


def open_private(report: Report, public: List[str], private: str, master: str) -> List[str]:
    """Open every masked row with the auditor's secret; return the lines of the private pool."""
    secret = bytes.fromhex(read_bytes(master).decode().strip())
    lines = read_bytes(private).decode("utf-8").split("\n")
    problem = "" if lines.pop() == "" else "私有名录最后一行没有换行"
    if len(lines) != len(public):
        problem = "私有名录 {} 户，公开名录 {} 户".format(len(lines), len(public))
    for line, shown in zip(lines, public):  # noqa: B905 - Python 3.8; lengths are compared above
        cells = line.split("\t")
        salt = hmac.new(secret, cells[0].encode(), hashlib.sha256).hexdigest()
        if "\t".join([*cells[:5], masked_class(salt, *cells[5:7]), "-"]) != shown:
            problem = problem or "{} 一行打不开".format(cells[0])
    report.check("masked.opening", "逐户打开遮蔽值", problem)
    return lines


def check_pool(report: Report, cert: Any, options: argparse.Namespace, key: str) -> Optional[Scan]:
    if options.pool is None:
        report.skip("pool", "名录", "未提供名录，只核验凭证本身")
        return None
    commit, masked = cert["commit"], cert["commit"]["profile"] == "masked"
    lines = check_pool_bytes(report, commit["pool"], read_bytes(options.pool))
    wanted = {row[0] for row in cert["selected"]} | ({options.company} if options.company else set())
    scan = Scan(commit, limits_of(cert), masked, wanted)
    scan.run(lines, key)
    scan.tell(report)
    opened = None if masked else scan
    if masked and options.private:
        opened = Scan(commit, limits_of(cert), False, wanted)
        opened.run(open_private(report, lines, *options.private), key)
        opened.tell(report)
    ghosts = [row[0] for row in cert["selected"] if row[0] not in scan.rows]
    report.check("ghosts", "抽中的都在名录中", "、".join(ghosts[:5]))
    if opened is None:
        report.skip("selected", "各分类逐户核验", "分类已遮蔽，需审计人员以 --private 核验")
        return scan
    check_counts(report, cert, opened)
    check_selection(report, cert, opened)
    return opened


def tell_company(report: Report, cert: Any, options: argparse.Namespace, scan: Optional[Scan], key: str) -> None:
    """Say what became of one firm, and check it as far as the files at hand allow."""
    identity = options.company
    ticket = sha("{}|{}".format(key, identity).encode())
    print("  {} 的号码：{}".format(identity, ticket))
    strata = {part["stratum"]: part for part in cert["strata"]}
    own = next((row for row in cert["selected"] if row[0] == identity), None)
    team = next((team for subject, team in cert["assignments"] if subject == identity), None)
    print("  " + ("已抽中，检查人员：" + "、".join(team or []) if own else "未抽中"))
    cells = scan.rows.get(identity) if scan else None
    if scan is not None and cells is None:
        report.check("company", "该户", "抽中名单中有、名录中没有" if own else "")
        print("  该户不在待抽名录中")
        return
    credit_class, eligible = (cells[4], cells[5]) if cells else (own[1] if own else "", "1")
    if eligible == "-" and options.salt:
        found = [(c, e) for c in strata for e in "10" if masked_class(options.salt, c, e) == credit_class]
        report.check("company.salt", "该户盐值", "" if found else "盐值打不开该户的遮蔽值")
        credit_class, eligible = found[0] if found else ("", "-")
    if credit_class not in strata:
        for name, part in strata.items():
            under = part["threshold"] is not None and ticket <= part["threshold"]
            print("  如属 {} 类且可抽取：{}".format(name, "应抽中" if under else "不应抽中"))
        possible = not own or any(part["threshold"] and ticket <= part["threshold"] for part in strata.values())
        report.check("company", "该户", "" if possible else "号码大于所有门槛却被抽中")
        return
    threshold = strata[credit_class]["threshold"]
    due = eligible == "1" and threshold is not None and ticket <= threshold
    print("  {} 类，{}，门槛 {}".format(credit_class, "可抽取" if eligible == "1" else "不可抽取", threshold))
    report.check("company", "该户", "" if due == bool(own) else ("应抽中而未抽中" if due else "不应抽中而抽中"))


def verify(options: argparse.Namespace) -> List[str]:
    """Run every check that the given files allow; return the names of those that failed."""
    report, cert = Report(), read_json(options.certificate)
    check_commit(report, cert, options.commit)
    check_log(report, cert)
    check_quota(report, cert)
    subject_key, officer_key = check_seed(report, cert)
    check_tickets(report, cert, subject_key)
    scan = check_pool(report, cert, options, subject_key)
    check_officers(report, cert, options.officers, scan, officer_key)
    report.check("replacements", "替换", "本工具不能核验替换" if cert["replacements"] else "")
    result = digest([cert["selected"], cert["assignments"]])
    report.check("result", "结果摘要", "" if result == cert["result_sha256"] else "算得 {}".format(result))
    if options.company:
        tell_company(report, cert, options, scan, subject_key)
    return report.failed


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="核验 sunlot-draw/1 抽取凭证")
    parser.add_argument("certificate", metavar="CERT", help="certificate.json")
    parser.add_argument("pool", metavar="POOL", nargs="?", help="pool.tsv")
    parser.add_argument("--officers", metavar="OFFICERS", help="officers.json")
    parser.add_argument("--company", metavar="ID", help="统一社会信用代码")
    parser.add_argument("--salt", metavar="HEX", help="该户自己的盐值（遮蔽名录）")
    parser.add_argument("--private", metavar=("POOL", "MASTER"), nargs=2, help="私有名录和主密钥文件（审计）")
    parser.add_argument("--commit", metavar="SHA256", help="抽取前记下的承诺摘要")
    options = parser.parse_args(arguments)
    if options.pool is None and not options.company:
        parser.error("请提供名录 POOL，或用 --company 只核验一户")
    try:
        failed = verify(options)
    except Unreadable as error:
        print("{} 无法读取：{}".format(FAILED, error))
        return 2
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        print("{} 凭证或文件的结构不对 [structure]：{!r}".format(FAILED, error))
        return 1
    if failed:
        print("核验未通过：{}".format("、".join(failed)))
        return 1
    print("核验通过：抽取 {} 可由任何人重复，结果一致".format(read_json(options.certificate)["commit"]["draw_id"]))
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main())
