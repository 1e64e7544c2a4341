// Replacements: the list of voids, reserves, fresh draws and exchanged officers, repeated by their rules.

import { some } from "./bytes.js";
import { freshNumber } from "./commitment.js";
import { Deal, DealFailed } from "./deal.js";
import { ticketOf } from "./lottery.js";
import { secondsOf } from "./beacon.js";
import { same } from "./canonical.js";
import { entryFits } from "./shape.js";

const VOID_REASONS = new Map([
  ["deregistered", "名录时点前已注销"], ["duplicate", "与另一户重复"], ["wrong_jurisdiction", "不属本机关管辖"],
  ["court_order", "法院裁定"],
]);
const OFFICER_REASONS = new Map([["recusal_requested", "回避"], ["not_available", "不能到岗"]]);
const MIN_OFFICERS = 2; // 细则第十条
const HASH = /^[0-9a-f]{64}$/;
const repeats = (list) => new Set(list).size !== list.length;

/** The state of a draw after its replacements; `problems` holds what is wrong, by the check's name. */
export class Replay {
  /** `key` of the tickets; `scan` may be null; classes are known where `opened`. */
  constructor(cert, key = "", scan = null, opened = false) {
    this.cert = cert;
    this.key = key;
    this.scan = scan;
    this.opened = opened;
    this.teams = new Map(cert.assignments.map(([id, team]) => [id, [...team]]));
    this.stratum = new Map(cert.selected.map(([id, stratum]) => [id, stratum]));
    this.used = new Set(this.stratum.keys());
    this.barred = new Set(cert.commit.replaces?.without ?? []);
    this.voids = new Map(); // n → id
    this.open = new Set(); // voids that nothing replaces yet
    this.off = new Map(); // id → officers who were taken off its team
    this.gone = new Set(); // officers who are not available
    this.story = new Map(); // id → what became of it, in words
    this.problems = new Map();
    this.kinds = new Set();
    this.deal = null;
  }

  /** Check the choice of officers too: by officers.json, under the steps that the draw had taken. */
  knowOfficers(file, key) {
    const deal = new Deal([], file, key);
    this.cert.escalated.forEach(() => deal.escalate(""));
    deal.home = new Map([...this.scan.rows].map(([id, cells]) => [id, cells[0]]));
    this.officers = new Map(deal.officers.map((officer) => [officer.name, officer]));
    this.deal = deal;
    for (const team of this.teams.values()) this.hold(team, 1);
  }

  hold(team, by) {
    if (!this.deal) return;
    for (const name of team) if (this.officers.has(name)) this.deal.count(this.officers.get(name), by);
  }

  wrong(name, number, what) {
    this.problems.set(name, [...(this.problems.get(name) ?? []), `第 ${number} 条${what}`]);
  }

  tell(id, words) {
    this.story.set(id, [...(this.story.get(id) ?? []), words]);
  }

  run() {
    let before = "";
    for (const [at, entry] of this.cert.replacements.entries()) {
      const number = at + 1;
      if (!entryFits(entry) || entry.n !== number || Number.isNaN(secondsOf(entry.at))) {
        this.wrong("replacements", number, "的序号、类别或内容不对");
        return;
      }
      if (entry.at < before) this.wrong("replacements", number, "的时间早于前一条");
      before = entry.at;
      this.kinds.add(entry.kind);
      this[entry.kind](number, entry);
    }
  }

  void(number, { subject, reason, evidence }) {
    const name = "replacements.void";
    if (!VOID_REASONS.has(reason)) this.wrong(name, number, "的作废原因不在清单中");
    if (!evidence.length || repeats(evidence) || !evidence.every((one) => HASH.test(one))) {
      this.wrong(name, number, "没有证据材料的摘要");
    }
    const team = this.teams.get(subject);
    if (!team) {
      this.wrong(name, number, "作废的不是在查的户");
      return;
    }
    this.teams.delete(subject);
    this.hold(team, -1);
    this.voids.set(number, subject);
    this.open.add(number);
    this.tell(subject, `已作废（${VOID_REASONS.get(reason) ?? reason}）`);
  }

  /** A firm comes in: it was never drawn, is in the pool, may be drawn, and is of the right stratum. */
  take(name, number, [id, told], stratum) {
    if (this.used.has(id) || this.barred.has(id)) this.wrong(name, number, `补入的 ${id} 抽中过`);
    if (told !== stratum) this.wrong(name, number, "补入的户与作废的户不属同一分类");
    if (this.scan) {
      const cells = this.scan.rows.get(id);
      if (!cells) this.wrong(name, number, `补入的 ${id} 不在名录中`);
      else if (cells[5] !== "-" && (cells[5] !== "1" || ![cells[4], "*"].includes(told))) {
        this.wrong(name, number, `补入的 ${id} 不可抽取，或不属该分类`);
      }
    }
    this.used.add(id);
    this.stratum.set(id, told);
  }

  /** The firm of a stratum with the smallest ticket that was never drawn: [ticket, id]; undefined if none. */
  next(stratum) {
    return (this.scan.low.get(stratum) ?? []).filter(([, id]) => !this.used.has(id))
      .sort((one, other) => (one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]) ? -1 : 1))[0];
  }

  reserve(number, { for: place, taken, officers }) {
    const name = "replacements.reserve";
    if (!this.open.has(place)) {
      this.wrong(name, number, "补的不是空缺");
      return;
    }
    if (this.cert.commit.rule.strata.cells) this.wrong(name, number, "：分格等距抽取没有候补");
    const out = this.voids.get(place);
    const [id, , ticket] = taken;
    if (ticketOf(this.key, id) !== ticket) this.wrong(name, number, "补入户的号码不对");
    const row = this.opened && this.scan.rows.get(out);
    if (row && !same(this.next(row[4]) ?? null, [ticket, id])) {
      this.wrong("replacements.next", number, "补入的不是本分类的下一户");
    }
    this.take(name, number, taken, this.stratum.get(out));
    this.open.delete(place);
    const { seats } = this.cert.commit.officers;
    if (officers.length !== Math.max(seats, MIN_OFFICERS) || repeats(officers)) {
      this.wrong("replacements.officers", number, "的检查人员人数不足或重复");
    } else if (this.deal?.home.has(id)) {
      const right = this.teamFor(id, officers.length);
      if (!same(right, officers)) {
        this.wrong("replacements.officers", number, `的检查人员应为 ${some(right) || "无人可派"}`);
      }
    }
    this.hold(officers, 1);
    this.teams.set(id, [...officers]);
    this.tell(out, `由 ${id} 补入`);
    this.tell(id, `作为候补补入，替换 ${out}`);
  }

  teamFor(id, size) {
    const team = [];
    while (team.length < size) {
      const officer = this.choose(id, new Set(team));
      if (officer === null) break;
      team.push(officer);
      this.hold([officer], 1);
    }
    this.hold(team, -1);
    return team;
  }

  /** The next in line by the load as it is now; takes committed steps when nobody is left; null at the end. */
  choose(id, refused) {
    for (;;) {
      const officer = this.deal.first(id, ({ name }) => refused.has(name) || this.gone.has(name));
      if (officer) return officer.name;
      try {
        this.deal.escalate(id);
      } catch (error) {
        if (error instanceof DealFailed) return null;
        throw error;
      }
    }
  }

  officer(number, { subject, seat, out, in: into, reason }) {
    const name = "replacements.officers";
    const team = this.teams.get(subject);
    if (!team || seat < 1 || team[seat - 1] !== out) {
      this.wrong(name, number, "换下的不是该户该席位的检查人员");
      return;
    }
    if (!OFFICER_REASONS.has(reason)) this.wrong(name, number, "的更换原因不在清单中");
    const off = (this.off.get(subject) ?? new Set()).add(out);
    this.off.set(subject, off);
    if (reason === "not_available") this.gone.add(out);
    const refused = new Set([...team, ...off]);
    if (refused.has(into) || this.gone.has(into)) this.wrong(name, number, "换上的人员在该户组内、已被换下或不能到岗");
    if (this.deal?.home.has(subject)) {
      const right = this.choose(subject, refused);
      if (right !== into) this.wrong(name, number, `换上的人员应为 ${right ?? "无人可派"}`);
    }
    this.hold([out], -1);
    this.hold([into], 1);
    team[seat - 1] = into;
    this.tell(subject, `检查人员 ${out} 换为 ${into}（${OFFICER_REASONS.get(reason) ?? reason}）`);
  }

  fresh(number, entry) {
    const name = "replacements.fresh";
    const { for: places, taken, teams, draw_id: id } = entry;
    const rising = places.every((place, at) => at === 0 || places[at - 1] < place);
    if (!places.length || !rising || !places.every((place) => this.open.has(place))) {
      this.wrong(name, number, "补的不是空缺");
      return;
    }
    const base = freshNumber(this.cert.commit.draw_id, places, 1);
    if (!id.startsWith(base) || !/^(-([2-9]|[1-9][0-9]+))?$/.test(id.slice(base.length))) {
      this.wrong(name, number, "的补抽编号不对");
    }
    if (!HASH.test(entry.certificate_sha256)) this.wrong(name, number, "没有补抽凭证的摘要");
    const room = places.map((place) => this.stratum.get(this.voids.get(place)));
    for (const [, stratum] of taken) {
      const at = room.indexOf(stratum);
      if (at >= 0) room.splice(at, 1);
      else this.wrong(name, number, "补入的户与作废的户不属同一分类");
    }
    if (!same(taken.map(([one]) => one), teams.map(([one]) => one))) {
      this.wrong(name, number, "补入的户与派员名单不对应");
    }
    if (teams.some(([, team]) => repeats(team) || team.length < MIN_OFFICERS)) {
      this.wrong("replacements.officers", number, "的检查人员人数不足或重复");
    }
    for (const row of taken) {
      this.take(name, number, row, row[1]);
      this.tell(row[0], `由补抽 ${id} 抽中，检查人员和以后的变化见补抽的凭证`);
    }
    for (const place of places) this.tell(this.voids.get(place), `由补抽 ${id} 补入`);
    for (const [, team] of teams) this.hold(team, 1);
    places.forEach((place) => this.open.delete(place));
  }
}

/** Repeat every replacement by its rule; `file` (officers.json) may be null. */
export function checkReplacements(report, replay, file, officerKey) {
  if (file && replay.scan) {
    try {
      replay.knowOfficers(file, officerKey);
    } catch (error) {
      if (!(error instanceof DealFailed)) throw error;
      replay.problems.set("replacements.officers", ["凭证所列的人员不足处理步骤不在承诺中"]);
    }
  }
  replay.run();
  const told = (name) => (replay.problems.get(name) ?? []).slice(0, 5).join("；");
  report.check("replacements", "替换", told("replacements"));
  const table = [
    ["void", "作废", ["void"], ""],
    ["reserve", "候补补入", ["reserve"], ""],
    ["next", "候补是本分类的下一户", ["reserve"], replay.opened ? "" : "需要名录（遮蔽名录需 verify.py --private）"],
    ["officers", "替换的检查人员", ["reserve", "officer"], replay.deal ? "" : "没有名录或执法检查人员名录"],
    ["fresh", "补抽", ["fresh"], ""],
  ];
  for (const [which, label, needed, unable] of table) {
    const name = `replacements.${which}`;
    const problem = told(name);
    if (problem) report.check(name, label, problem);
    else if (!needed.some((kind) => replay.kinds.has(kind))) continue;
    else if (unable) report.skip(name, label, unable);
    else report.check(name, label);
  }
}
