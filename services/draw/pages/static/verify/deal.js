// deal/1: who inspects whom, dealt again from officers.json and the officer key.

import { byCodePoint, some } from "./bytes.js";
import { digestOf, same } from "./canonical.js";
import { sha256Hex } from "./sha256.js";

const MIN_OFFICERS = 2; // 细则第十条

/** The committed officers can't cover the drawn firms. */
export class DealFailed extends Error {}

const pair = (one, other) => `${one}\n${other}`; // no cell has a line end
const allowedFor = (file) => file.officers.filter(([, , items]) => file.items.every((item) => items.includes(item)));

/** Say whether officer `one` comes before `other`: by (g, hash, number). */
function before(one, other) {
  if (one.g !== other.g) return one.g < other.g;
  if (one.rank !== other.rank) return one.rank < other.rank;
  return byCodePoint(one.name, other.name) < 0;
}

/** deal/1 step by step. An officer is an object, so that the inner loop looks nothing up. */
export class Deal {
  /** `drawn`: [ticket, id, county]; `file`: officers.json; `key`: the officer key. */
  constructor(drawn, file, key) {
    this.key = key;
    this.ofCounty = new Map();
    this.officers = allowedFor(file).map(([name, county, , cap, load0]) => {
      const officer = { name, cap, g: load0, load: 0, rank: "", slots: new Map() };
      this.rank(officer);
      if (!this.ofCounty.has(county)) this.ofCounty.set(county, []);
      this.ofCounty.get(county).push(officer);
      return officer;
    });
    this.recused = new Map(); // id → the officers who may not inspect it
    for (const [officer, id] of file.recusals) this.recused.set(id, (this.recused.get(id) ?? new Set()).add(officer));
    this.steps = [...file.escalation.entries()];
    this.taken = [];
    this.opened = new Set();
    this.reached = new Map();
    this.home = new Map(drawn.map(([, id, county]) => [id, county]));
    this.queue = drawn
      .map(([ticket, id]) => [this.able(id).length, ticket, id])
      .sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : Number(a[1] > b[1])) || (a[2] < b[2] ? -1 : 1))
      .map(([, , id]) => id);
    this.place = new Map(this.queue.map((id, place) => [id, place]));
    this.teams = new Map(this.queue.map((id) => [id, []])); // id → officer by seat
  }

  rank(officer) {
    officer.rank = sha256Hex(`${this.key}|${officer.name}|${officer.g}`);
  }

  /** The officers who may go to a county; kept, because it is asked for every seat. */
  reach(county) {
    if (!this.reached.has(county)) {
      const counties = [...new Set([county, ...this.opened])];
      this.reached.set(county, counties.flatMap((one) => this.ofCounty.get(one) ?? []));
    }
    return this.reached.get(county);
  }

  /** The officers who may inspect a firm at all. */
  able(id) {
    const recused = this.recused.get(id);
    const everybody = this.reach(this.home.get(id));
    return recused ? everybody.filter((officer) => !recused.has(officer.name)) : everybody;
  }

  /** Those of them who are not on its team yet, the next in line first. */
  candidates(id) {
    const team = this.teams.get(id);
    return this.able(id).filter((one) => !team.includes(one)).sort((one, other) => (before(one, other) ? -1 : 1));
  }

  /** The next in line who is below the cap and not refused, in one pass; undefined if there is none. */
  first(id, refused) {
    let best;
    for (const officer of this.able(id)) {
      if (officer.load < officer.cap && (best === undefined || before(officer, best)) && !refused(officer)) {
        best = officer;
      }
    }
    return best;
  }

  seat(officer, seat, id) {
    const slot = `${seat} ${id}`;
    this.teams.get(id)[seat]?.slots.delete(slot);
    this.teams.get(id)[seat] = officer;
    officer.slots.set(slot, [seat, id]);
  }

  count(officer, by = 1) {
    officer.g += by;
    officer.load += by;
    this.rank(officer);
  }

  slots(officer) {
    return [...officer.slots.values()].sort((a, b) => a[0] - b[0] || this.place.get(a[1]) - this.place.get(b[1]));
  }

  /** Find the shortest chain of hand-overs that ends at an officer below the cap, and make it. */
  path(seat, id) {
    const line = this.candidates(id);
    const links = new Map(line.map((officer) => [officer, null]));
    for (let at = 0; at < line.length; at += 1) {
      const holder = line[at];
      for (const slot of this.slots(holder)) {
        for (const officer of this.candidates(slot[1])) {
          if (links.has(officer)) continue;
          links.set(officer, [holder, slot]);
          if (officer.load < officer.cap) {
            this.handOver(officer, links, seat, id);
            return true;
          }
          line.push(officer);
        }
      }
    }
    return false;
  }

  handOver(last, links, seat, id) {
    this.count(last);
    let taker = last;
    for (let link = links.get(taker); link !== null; link = links.get(taker)) {
      const [giver, [passedSeat, passedId]] = link;
      this.seat(taker, passedSeat, passedId);
      taker = giver;
    }
    this.seat(taker, seat, id);
  }

  fill(seat, id) {
    for (;;) {
      const team = this.teams.get(id);
      const officer = this.first(id, (one) => team.includes(one));
      if (officer !== undefined) {
        this.seat(officer, seat, id);
        this.count(officer);
        return;
      }
      if (this.path(seat, id)) return;
      this.taken.push([this.escalate(id), id, seat + 1]);
    }
  }

  /** Take the next committed step; return its index. */
  escalate(id) {
    if (!this.steps.length) throw new DealFailed(id);
    const [index, [what, value]] = this.steps.shift();
    if (what === "cap") this.officers.forEach((officer) => { officer.cap += value; });
    else if (what === "pool") this.opened.add(value);
    else throw new DealFailed(what);
    this.reached.clear();
    return index;
  }

  /** Deal all seats; return the officers' numbers by firm. Throws DealFailed. */
  run(seats) {
    for (let seat = 0; seat < seats; seat += 1) for (const id of this.queue) this.fill(seat, id);
    return new Map([...this.teams].map(([id, team]) => [id, team.map(({ name }) => name)]));
  }
}

function checkDirect(report, cert, file, drawn) {
  const home = new Map(drawn.map(([, id, county]) => [id, county]));
  const county = new Map(allowedFor(file).map(([name, of]) => [name, of]));
  const opened = file.escalation.filter(([what]) => what === "pool").map(([, value]) => value);
  const wrong = cert.assignments.flatMap(([id, team]) =>
    team.filter((officer) => ![home.get(id), ...opened].includes(county.get(officer))).map(() => id));
  const choice = cert.direct ?? {};
  if (!choice.reason || !choice.approved_by || choice.approved_by === choice.chosen_by) {
    wrong.push("缺少理由或另一人的审批");
  }
  report.check("assignments", "直接选派（非随机）", some(wrong));
}

function checkDeal(report, cert, file, drawn, key) {
  const { seats } = cert.commit.officers;
  const order = cert.selected.map(([id]) => id);
  if (drawn.length !== order.length) {
    report.check("assignments", "派员重算", "抽中名单中有名录以外的户");
    return;
  }
  const deal = new Deal(drawn, file, key);
  let teams;
  try {
    teams = deal.run(seats);
  } catch (error) {
    if (!(error instanceof DealFailed)) throw error;
    report.check("assignments", "派员重算", `${error.message} 派不足人员`);
    return;
  }
  const expected = order.map((id) => [id, teams.get(id)]);
  const differ = expected.filter((row, at) => !same(row, cert.assignments[at] ?? null)).map(([id]) => id);
  const equal = !differ.length && expected.length === cert.assignments.length;
  report.check("assignments", "派员重算", equal ? "" : `与重算结果不同：${some(differ)}`);
  report.check("escalated", "人员不足时的处理", same(deal.taken, cert.escalated) ? "" : "与重算结果不同");
}

/** Check the teams; `file` (officers.json) and `scan` may be null. */
export function checkOfficers(report, cert, file, scan, key) {
  const { officers, recusals_root: recusalsRoot } = cert.commit;
  const least = Math.max(officers.seats, MIN_OFFICERS);
  const bad = cert.assignments
    .filter(([, team]) => new Set(team).size !== team.length || team.length < least).map(([id]) => id);
  let problem = bad.length ? `人数不足或重复：${some(bad)}` : "";
  if (!same(cert.assignments.map(([id]) => id), cert.selected.map(([id]) => id))) {
    problem = "派员名单与抽中名单不对应";
  }
  report.check("assignments.seats", "每户检查人员", problem);
  if (file === null || scan === null) {
    report.skip("assignments", "派员重算", "没有名录或执法检查人员名录");
    return;
  }
  const { recusals, ...part } = file;
  const right = digestOf(part) === officers.root && file.officers.length === officers.count;
  report.check("officers.root", "执法人员名录", right ? "" : "与承诺的人员名录不同");
  report.check("officers.recusals", "回避名单", digestOf(recusals) === recusalsRoot ? "" : "与承诺的回避名单不同");
  const recused = new Set(recusals.map(([officer, id]) => pair(officer, id)));
  const met = cert.assignments.flatMap(([id, team]) => team.filter((one) => recused.has(pair(one, id))).map(() => id));
  report.check("assignments.recusal", "无应回避人员", some(met));
  const drawn = cert.selected.filter(([id]) => scan.rows.has(id))
    .map(([id, , ticket]) => [ticket, id, scan.rows.get(id)[0]]);
  if (officers.method === "direct") checkDirect(report, cert, file, drawn);
  else if (officers.method !== "deal/1") {
    report.check("assignments", "派员重算", `不认识的派员方法 ${officers.method}`);
  } else checkDeal(report, cert, file, drawn, key);
}
