"""The manipulations that every verifier must catch, each with the check that has to name it."""

from collections.abc import Callable

from libs.common.canonical import digest, sha256_hex
from services.draw.domain.seed import key
from tests.draw.published import Documents

Manipulation = Callable[[Documents, list[bytes], Documents], None]


def _swap_for_undrawn(certificate: Documents) -> tuple[str, str]:
    """Replace the first drawn subject by one that is not, keeping everything else plausible."""
    out = certificate["selected"][0][0]
    into = certificate["strata"][0]["reserve"][0][0]
    return out, into


def replaced_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """抽中户换成另一户"""
    out, into = _swap_for_undrawn(certificate)
    certificate["selected"][0][0] = certificate["assignments"][0][0] = into
    assert out != into


def replaced_subject_with_its_ticket(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """抽中户换成另一户并附其号码"""
    into, ticket = certificate["strata"][1]["reserve"][0]
    drawn = [row for row in certificate["selected"] if row[1] == "B"]
    place = certificate["selected"].index(drawn[-1])
    certificate["selected"][place] = [into, "B", ticket]
    certificate["assignments"][place][0] = into


def dropped_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """删去抽中户"""
    del certificate["selected"][3], certificate["assignments"][3]


def added_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """加入没有抽中的户"""
    into, ticket = certificate["strata"][0]["reserve"][0]
    certificate["selected"].append([into, "A", ticket])
    certificate["assignments"].append([into, certificate["assignments"][0][1]])


def ghost_subject(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """抽中名录以外的户"""
    certificate["selected"][0][0] = certificate["assignments"][0][0] = "91410300GH0ST00000"


def slot_moved_between_strata(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """把名额从一类挪到另一类"""
    certificate["commit"]["strata"][0][2] -= 1
    certificate["commit"]["strata"][1][2] += 1


def higher_ratio(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """改抽取比例"""
    certificate["commit"]["rule"]["strata"]["ratio"]["A"] = [1, 2]


def ratio_and_commitment_hash(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """改抽取下限并重写承诺摘要"""
    certificate["commit"]["rule"]["strata"]["min"] = 2
    certificate["commit_sha256"] = digest(certificate["commit"])


def other_dice(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """改掷骰结果"""
    text = certificate["seed"]["txt"].replace("dice 314159", "dice 314158")
    certificate["seed"] = {"txt": text, "sha256": sha256_hex(text.encode()), "beacon": None}
    certificate["keys"] = {name: key(name, text.encode()) for name in ("subject", "officer")}


def other_reveal(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """改参与方的随机数"""
    text = certificate["seed"]["txt"].replace("07" * 32, "08" * 32)
    certificate["seed"] = {"txt": text, "sha256": sha256_hex(text.encode()), "beacon": None}


def everybody_absent(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """假称参与方缺席"""
    text = certificate["seed"]["txt"].replace("07" * 32, "ABSENT").replace("09" * 32, "ABSENT")
    certificate["seed"] = {"txt": text, "sha256": sha256_hex(text.encode()), "beacon": None}


def chosen_key(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """自选密钥"""
    certificate["keys"]["subject"] = "0" * 32


def changed_row(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """改名录中一行"""
    pool[5] = pool[5].replace("小".encode(), "微".encode()).replace(b"\t1100\t", b"\t1200\t")


def removed_row(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """删名录中一行"""
    del pool[len(pool) // 2]


def duplicated_row(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """名录中一户列两次"""
    pool.insert(9, pool[8])


def swapped_rows(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """名录中两行对调"""
    pool[2], pool[3] = pool[3], pool[2]


def protected_firm(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """把应抽中的户标为不可抽取"""
    identity = certificate["selected"][0][0].encode()
    place = next(place for place, line in enumerate(pool) if line.startswith(identity))
    pool[place] = pool[place].replace(b"\t1\n", b"\t0\n")


def foreign_county(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """名录中混入外县的户"""
    pool[0] = pool[0].replace(b"\t4103", b"\t4105")


def narrower_filter(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """收窄抽取条件"""
    certificate["commit"]["rule"]["filter"] = [{"col": "county", "in": ["410302"]}]


def reordered_selection(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """调换抽中名单次序"""
    for name in ("selected", "assignments"):
        certificate[name][0], certificate[name][1] = certificate[name][1], certificate[name][0]


def raised_threshold(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """抬高门槛"""
    certificate["strata"][1]["threshold"] = certificate["strata"][1]["reserve"][0][1]


def hidden_reserve(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """隐去候补"""
    del certificate["strata"][1]["reserve"][0]


def swapped_officers(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """调换检查人员席位"""
    certificate["assignments"][0][1].reverse()


def single_officer(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """只派一人"""
    certificate["assignments"][0][1].pop()


def same_officer_twice(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """一人占两席"""
    certificate["assignments"][0][1][1] = certificate["assignments"][0][1][0]


def dropped_officer(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """删去一名执法人员"""
    officers["officers"].pop()


def forgotten_recusal(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """删去一条回避"""
    officers["recusals"].pop()


def shuffled_escalation(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """调换人员不足时的处理次序"""
    officers["escalation"].reverse()


def invented_escalation(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """编造人员不足时的处理"""
    certificate["escalated"].append([0, certificate["selected"][0][0], 1])


def silent_replacement(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """夹带不合格式的替换"""
    certificate["replacements"].append(["x", "y"])


def forged_log_path(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """伪造日志包含证明"""
    certificate["log"]["inclusion"][0] = "00" * 32


def foreign_log_entry(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """换成别的日志条目"""
    certificate["log"]["entry"] = certificate["log"]["entry"].replace("draw-commit", "draw-other")


def another_result_hash(certificate: Documents, pool: list[bytes], officers: Documents) -> None:
    """改结果摘要"""
    certificate["result_sha256"] = "0" * 64


MANIPULATIONS: list[tuple[Manipulation, str]] = [
    (replaced_subject, "tickets"),
    (replaced_subject_with_its_ticket, "selected"),
    (dropped_subject, "selected.count"),
    (added_subject, "selected"),
    (ghost_subject, "ghosts"),
    (slot_moved_between_strata, "strata.quota"),
    (higher_ratio, "commit"),
    (ratio_and_commitment_hash, "seed"),
    (other_dice, "tickets"),
    (other_reveal, "seed"),
    (everybody_absent, "seed"),
    (chosen_key, "keys"),
    (changed_row, "pool.root"),
    (removed_row, "pool.size"),
    (duplicated_row, "pool.order"),
    (swapped_rows, "pool.order"),
    (protected_firm, "strata.counts"),
    (foreign_county, "pool.filter"),
    (narrower_filter, "commit"),
    (reordered_selection, "selected.order"),
    (raised_threshold, "thresholds"),
    (hidden_reserve, "reserve"),
    (swapped_officers, "assignments"),
    (single_officer, "assignments.seats"),
    (same_officer_twice, "assignments.seats"),
    (dropped_officer, "officers.root"),
    (forgotten_recusal, "officers.recusals"),
    (shuffled_escalation, "officers.root"),
    (invented_escalation, "escalated"),
    (silent_replacement, "replacements"),
    (forged_log_path, "log"),
    (foreign_log_entry, "log.entry"),
    (another_result_hash, "result"),
]


def forge(manipulate: Manipulation, name: str, certificate: Documents, pool: bytes, officers: Documents) -> bytes:
    """Change the documents in place as a careful forger would; return the changed pool."""
    lines = pool.splitlines(keepends=True)
    manipulate(certificate, lines, officers)
    if name != "result":  # a careful forger makes the result's hash fit
        certificate["result_sha256"] = digest([certificate["selected"], certificate["assignments"]])
    return b"".join(lines)
