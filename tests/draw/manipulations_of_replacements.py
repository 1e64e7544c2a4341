"""Manipulations of editions, replacements and fresh draws (ADR 0019), each with the check that has to name it."""

from collections.abc import Callable, Sequence

from libs.common.canonical import digest
from tests.draw.additions import EVIDENCE, Files, Office, finish, key_of, plain, refreshed, replaced, ticket
from tests.draw.manipulations_of_draws import Forgery
from tests.draw.published import Documents


def entry_changed(kind: str, change: Callable[[Documents, Office], None], place: int = 0) -> Files:
    """Change one entry of the newest edition, its earlier editions left out as a forger would."""
    files = replaced()
    office = Office(files)
    entry = [one for one in files.certificate["replacements"] if one["kind"] == kind][place]
    files.previous = []
    change(entry, office)
    return files


def honest_until(number: int) -> tuple[Files, Office]:
    """The replaced draw with its first entries only, and an office that can go on from there."""
    files = replaced()
    files.certificate["replacements"] = files.certificate["replacements"][:number]
    files.certificate["edition"] = 2
    files.previous = []
    return files, Office(files)


def added(files: Files, office: Office) -> Files:
    """The certificate with what the office wrote, without the earlier editions."""
    office.publish()
    files.previous = []
    return files


def reserve_skipped() -> Files:
    """候补跳过下一户"""
    files, office = honest_until(2)
    [_, skipped, *_] = office.next_of(office.rows[office.all[0]["subject"]][5])
    team = office.ranked(skipped[0], set())[:1]
    team += office.ranked(skipped[0], set(team), team)[:1]
    office.write("reserve", **{"for": 1, "taken": skipped, "officers": team})
    return added(files, office)


def reserve_from_another_stratum() -> Files:
    """候补取自另一分类"""
    files, office = honest_until(2)
    own = office.rows[office.all[0]["subject"]][5]
    taken = office.next_of("A" if own != "A" else "B")[0]
    team = office.ranked(taken[0], set())[:1]
    team += office.ranked(taken[0], set(team), team)[:1]
    office.write("reserve", **{"for": 1, "taken": taken, "officers": team})
    return added(files, office)


def reserve_with_chosen_officers() -> Files:
    """候补户的检查人员不按规则选派"""
    return entry_changed("reserve", lambda entry, _: entry["officers"].reverse())


def void_replaced_twice() -> Files:
    """同一空缺补两次"""
    files, office = honest_until(3)
    office.reserve(1)
    return added(files, office)


def void_without_evidence() -> Files:
    """作废没有证据"""
    return entry_changed("void", lambda entry, _: entry.update(evidence=[]))


def void_for_a_reason_of_its_own() -> Files:
    """作废原因不在清单中"""
    return entry_changed("void", lambda entry, _: entry.update(reason="not_found"), 1)


def void_of_an_undrawn_firm() -> Files:
    """作废没有抽中的户"""
    files, office = honest_until(2)
    office.write("void", subject=office.next_of("B")[0][0], reason="duplicate", evidence=[EVIDENCE])
    return added(files, office)


def officer_out_of_turn() -> Files:
    """换上的检查人员不是规则选中的"""

    def change(entry: Documents, office: Office) -> None:
        later = Office(honest_until(3)[0])
        entry["in"] = later.ranked(entry["subject"], {*later.teams()[entry["subject"]]})[1]

    return entry_changed("officer", change)


def recused_officer_back() -> Files:
    """换上已申请回避的人员"""
    files, office = honest_until(4)
    told = files.certificate["replacements"][-1]
    back = {"subject": told["subject"], "seat": told["seat"], "out": told["in"], "in": told["out"]}
    office.write("officer", **back, reason="not_available")
    return added(files, office)


def absent_officer_back() -> Files:
    """不能到岗的人员又被派上"""
    files, office = honest_until(5)
    gone = files.certificate["replacements"][4]["out"]
    subject = next(
        one for one, team in office.teams().items() if office.rows[one][1] == gone.split("-")[0] and gone not in team
    )
    office.write(
        "officer",
        **{"subject": subject, "seat": 1, "out": office.teams()[subject][0], "in": gone, "reason": "recusal_requested"},
    )
    return added(files, office)


def officer_who_was_not_there() -> Files:
    """换下不在该席位的人员"""
    return entry_changed("officer", lambda entry, _: entry.update(seat=3 - entry["seat"]))


def backdated_entry() -> Files:
    """倒填替换的时间"""
    return entry_changed("reserve", lambda entry, _: entry.update(at="2026-11-30T02:00:00Z"))


def entry_dropped() -> Files:
    """新版凭证删去一条替换"""
    files = replaced()
    told = files.certificate["replacements"]
    del told[1]
    told[1]["n"] = 2
    for number, entry in enumerate(told, 1):
        entry["n"] = number
    return files


def earlier_entry_changed() -> Files:
    """新版凭证改动以前的替换"""
    files = replaced()
    files.certificate["replacements"][0]["reason"] = "court_order"
    return files


def edition_chain_broken() -> Files:
    """前一版凭证的摘要不符"""
    files = replaced()
    files.certificate["previous_sha256"] = "0" * 64
    return files


def edition_skipped() -> Files:
    """凭证版本号跳过一版"""
    files = replaced()
    files.certificate["edition"] = 9
    files.previous = []
    return files


def team_changed_in_a_new_edition() -> Files:
    """新版凭证直接改动派员"""
    files = replaced()
    team = files.certificate["assignments"][0]
    team[1] = team[1][::-1]
    files.certificate["result_sha256"] = digest([files.certificate["selected"], files.certificate["assignments"]])
    return files


# --- fresh draws ---


def fresh_changed(change: Callable[[Files, Office, list[int]], Files]) -> Files:
    """Two voids, filled by a fresh draw that somebody arranged."""
    office = Office(plain())
    drawn = [row[0] for row in office.certificate["selected"]]
    voids = [office.void(drawn[1]), office.void(drawn[7])]
    office.publish()
    office.fresh(voids, change(plain(), office, voids))
    office.publish()
    return office.files


def fresh_subject_exchanged() -> Files:
    """补抽抽中的户被换掉"""
    files = refreshed()
    entry = files.certificate["replacements"][-1]
    _, stratum, _ = entry["taken"][0]
    other = Office(files).next_of(stratum)[3][0]
    key = files.fresh[0].certificate["keys"]["subject"]
    entry["taken"][0] = [other, stratum, ticket(key, other)]
    entry["teams"][0][0] = other
    return files


def fresh_team_exchanged() -> Files:
    """补抽的检查人员被换掉"""
    files = refreshed()
    files.certificate["replacements"][-1]["teams"][0][1].reverse()
    return files


def fresh_subject_struck_off_by_the_parent() -> Files:
    """在原凭证中作废补抽抽中的户"""
    office = Office(refreshed())
    office.void(office.all[-1]["taken"][0][0])
    office.publish()
    return office.files


def fresh_draw_for_one_more() -> Files:
    """补抽多抽一户"""

    def change(files: Files, office: Office, voids: list[int]) -> Files:
        commit = office.replaces(voids)
        next(row for row in commit["strata"] if not row[2])[2] = 1
        return finish(files, commit)

    return fresh_changed(change)


def fresh_draw_that_spares_a_firm() -> Files:
    """补抽时把没抽中过的户排除在外"""

    def change(files: Files, office: Office, voids: list[int]) -> Files:
        commit = office.replaces(voids)
        spared = next(row for row in office.next_of("B") if row[0] not in commit["replaces"]["without"])
        commit["replaces"]["without"] = sorted([*commit["replaces"]["without"], spared[0]])
        commit["strata"] = [[name, n - (name == "B"), k] for name, n, k in commit["strata"]]
        return finish(files, commit)

    return fresh_changed(change)


def fresh_draw_by_another_key() -> Files:
    """补抽不用规定的密钥"""

    def change(files: Files, office: Office, voids: list[int]) -> Files:
        drawn = finish(files, office.replaces(voids))
        drawn.certificate["keys"]["subject"] = key_of("subject", drawn.certificate["seed"]["txt"])
        return drawn

    return fresh_changed(change)


OF_REPLACEMENTS: Sequence[tuple[Forgery, str]] = (
    (reserve_skipped, "replacements.next"),
    (reserve_from_another_stratum, "replacements.reserve"),
    (reserve_with_chosen_officers, "replacements.officers"),
    (void_replaced_twice, "replacements.reserve"),
    (void_without_evidence, "replacements.void"),
    (void_for_a_reason_of_its_own, "replacements.void"),
    (void_of_an_undrawn_firm, "replacements.void"),
    (officer_out_of_turn, "replacements.officers"),
    (recused_officer_back, "replacements.officers"),
    (absent_officer_back, "replacements.officers"),
    (officer_who_was_not_there, "replacements.officers"),
    (backdated_entry, "replacements"),
    (entry_dropped, "edition.previous"),
    (earlier_entry_changed, "edition.previous"),
    (edition_chain_broken, "edition.previous"),
    (edition_skipped, "edition"),
    (team_changed_in_a_new_edition, "edition.previous"),
    (fresh_subject_exchanged, "fresh"),
    (fresh_team_exchanged, "fresh"),
    (fresh_subject_struck_off_by_the_parent, "replacements.void"),
    (fresh_draw_for_one_more, "fresh.replaces"),
    (fresh_draw_that_spares_a_firm, "fresh.replaces"),
    (fresh_draw_by_another_key, "fresh.keys"),
)
