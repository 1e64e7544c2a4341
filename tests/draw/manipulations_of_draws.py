"""Manipulations of beacon, seal, cells and long lists (ADR 0019), each with the check that has to name it.

Every forger is careful: whatever follows from the change is computed again, so that only the named check can tell.
"""

from collections.abc import Callable, Sequence

from libs.common.canonical import digest, sha256_hex
from services.draw.public import verify
from tests.draw.additions import (
    ROUNDS,
    TIMES,
    Files,
    describe,
    finish,
    long_lists,
    plain,
    receipt,
    sealed,
    with_beacon,
    with_cells,
)

Forgery = Callable[[], Files]


def redrawn(files: Files, signature: str = "") -> Files:
    """The whole draw again by the changed commitment, under the receipt of the honest one."""
    log = files.certificate["log"]
    changed = finish(files, files.certificate["commit"], signature)
    changed.certificate["log"] = log
    return changed


# --- beacon ---


def signature_of_another_round() -> Files:
    """信标签名换成另一轮的"""
    files = with_beacon(1000)
    return redrawn(files, ROUNDS[1001])


def forged_signature() -> Files:
    """信标签名改一位"""
    files = with_beacon(1000)
    return redrawn(files, ROUNDS[1000][:-1] + "8")


def signature_at_infinity() -> Files:
    """信标签名用无穷远点"""
    return redrawn(with_beacon(1000), "c0" + "00" * 47)


def signature_outside_the_group() -> Files:
    """信标签名用子群以外的点"""
    return redrawn(with_beacon(1000), f"{4 | 1 << 383:096x}")


def forged_key_under_a_known_chain() -> Files:
    """在公认的信标链名下换成自己的公钥"""
    files = with_beacon(1000)
    beacon = files.certificate["commit"]["seed_plan"]["beacon"]
    (real, other), _ = verify.G2_NEGATED  # the secret key 1, whose signature is the hashed message itself
    larger = 0 if 2 * (verify.P381 - verify.G2_NEGATED[1][1]) < verify.P381 else 1 << 381
    beacon["public_key"] = f"{other | 1 << 383 | larger:096x}{real:096x}"
    point = verify.hash_to_g1(bytes.fromhex(sha256_hex((1000).to_bytes(8, "big"))))
    assert point is not None
    (x, _), (y, _) = point
    return finish(files, files.certificate["commit"], f"{x | 1 << 383 | (1 << 381 if 2 * y > verify.P381 else 0):096x}")


def beacon_before_the_deadline() -> Files:
    """信标轮次早于揭示截止"""
    files = with_beacon(1000)
    files.certificate["commit"]["seed_plan"]["reveal_deadline"] = "2023-08-23T15:59:25Z"
    return finish(files, files.certificate["commit"], ROUNDS[1000])


def beacon_after_the_result() -> Files:
    """信标轮次晚于结果截止"""
    files = with_beacon(1000)
    files.certificate["commit"]["result_deadline"] = TIMES[1000]
    return finish(files, files.certificate["commit"], ROUNDS[1000])


def beacon_of_another_scheme() -> Files:
    """信标改用不核验的签名方案"""
    files = with_beacon(1000)
    files.certificate["commit"]["seed_plan"]["beacon"]["scheme"] = "pedersen-bls-chained"
    return finish(files, files.certificate["commit"], ROUNDS[1000])


def beacon_left_out() -> Files:
    """事后去掉承诺的信标"""
    files = with_beacon(1000)
    files.certificate["commit"]["seed_plan"]["beacon"] = None
    return redrawn(files)


def committed_with_the_beacon_in_hand() -> Files:
    """信标公布之后才登入公开日志的承诺"""
    files = with_beacon(1000)
    commit = files.certificate["commit"]
    files.certificate["log"] = receipt(commit["draw_id"], "draw-commit", digest(commit), TIMES[1000])
    return files


def single_source() -> Files:
    """只用一个随机来源"""
    files = plain()
    plan = files.certificate["commit"]["seed_plan"]
    plan |= {"parties": [], "dice": True}
    return finish(files, files.certificate["commit"])


# --- the public log ---


def receipt_of_the_seed() -> Files:
    """用种子的日志条目冒充承诺的"""
    files = plain()
    commit = files.certificate["commit"]  # the seed's entry names its hash too, but when everything was known
    files.certificate["log"] = receipt(commit["draw_id"], "draw-seed", digest(commit))
    return files


def receipt_without_its_entry() -> Files:
    """隐去日志条目原文"""
    files = plain()
    files.certificate["log"]["entry"] = ""
    return files


# --- seal, unknown keys ---


def log_of_another_result() -> Files:
    """封存后换一份结果"""
    files = sealed()
    log = receipt(files.certificate["commit"]["draw_id"], "draw-result", "1" * 64)
    files.certificate["result_log"] = log
    return files


def sealed_without_a_logged_result() -> Files:
    """封存的结果没有登入公开日志"""
    files = sealed()
    del files.certificate["result_log"]
    return files


def seal_added_afterwards() -> Files:
    """事后补称封存"""
    files = plain()
    log = files.certificate["log"]
    files.certificate["commit"]["seed_plan"]["seal"] = True
    files = finish(files, files.certificate["commit"])
    files.certificate["log"] = log
    return files


def logged_result_without_a_seal() -> Files:
    """没有封存却附结果的日志回执"""
    files = plain()
    files.certificate["result_log"] = sealed().certificate["result_log"]
    return files


def unknown_key() -> Files:
    """承诺中夹带格式没有的内容"""
    files = plain()
    files.certificate["commit"]["rule"]["strata"]["bonus"] = {"A": 1}
    return finish(files, files.certificate["commit"])


# --- cells ---


def cells_removed() -> Files:
    """事后去掉分格等距抽取"""
    files = with_cells()
    del files.certificate["commit"]["rule"]["strata"]["cells"]
    return redrawn(files)


def cell_start_moved() -> Files:
    """挪动等距抽取的起点"""
    files = with_cells()
    return finish(files, files.certificate["commit"], moved=1)


def threshold_for_cells() -> Files:
    """给等距抽取编造门槛"""
    files = with_cells()
    files.certificate["strata"][1]["threshold"] = files.certificate["selected"][-1][2]
    return files


def cells_by_class() -> Files:
    """按分类以外的不许可列分格"""
    files = with_cells()
    files.certificate["commit"]["rule"]["strata"]["cells"] = ["county", "county"]
    return finish(files, files.certificate["commit"])


# --- long lists ---


def list_changed(name: str, change: Callable[[list[bytes]], object], described: bool) -> Files:
    """Change a list's file, and what the certificate says of it."""
    files = long_lists()
    change(files.lists[name])
    if described:
        describe(files, name)
    return files


def swap(lines: list[bytes]) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def row_moved_in_the_list() -> Files:
    """名单文件中两行对调"""
    return list_changed("selected", swap, described=False)


def row_moved_and_described_anew() -> Files:
    """名单文件中两行对调并重写摘要"""
    return list_changed("selected", swap, described=True)


def row_dropped_from_the_list() -> Files:
    """名单文件少一行"""
    return list_changed("selected", lambda lines: lines.pop(), described=False)


def officers_swapped_in_the_list() -> Files:
    """派员文件中调换检查人员"""

    def change(lines: list[bytes]) -> None:
        identity, one, other = lines[0].rstrip(b"\n").split(b"\t")
        lines[0] = b"\t".join([identity, other, one]) + b"\n"

    return list_changed("assignments", change, described=True)


def list_of_another_name() -> Files:
    """名单指向别的文件"""
    files = long_lists()
    files.certificate["selected"]["file"] = "pool.tsv"
    files.certificate["result_sha256"] = digest([files.certificate["selected"], files.certificate["assignments"]])
    return files


OF_DRAWS: Sequence[tuple[Forgery, str]] = (
    (signature_of_another_round, "beacon.signature"),
    (forged_signature, "beacon.signature"),
    (signature_at_infinity, "beacon.signature"),
    (signature_outside_the_group, "beacon.signature"),
    (forged_key_under_a_known_chain, "beacon.chain"),
    (beacon_before_the_deadline, "beacon.time"),
    (beacon_after_the_result, "beacon.time"),
    (beacon_of_another_scheme, "beacon.chain"),
    (beacon_left_out, "log.entry"),
    (committed_with_the_beacon_in_hand, "log.time"),
    (single_source, "seed"),
    (receipt_of_the_seed, "log.entry"),
    (receipt_without_its_entry, "log.entry"),
    (log_of_another_result, "result_log.entry"),
    (sealed_without_a_logged_result, "result_log"),
    (seal_added_afterwards, "log.entry"),
    (logged_result_without_a_seal, "result_log"),
    (unknown_key, "format"),
    (cells_removed, "log.entry"),
    (cell_start_moved, "selected"),
    (threshold_for_cells, "thresholds"),
    (cells_by_class, "format"),
    (row_moved_in_the_list, "selected.file"),
    (row_moved_and_described_anew, "selected.order"),
    (row_dropped_from_the_list, "selected.file"),
    (officers_swapped_in_the_list, "assignments"),
    (list_of_another_name, "selected.file"),
)
