// What became of one firm: by its code alone, by its page of the pool, or by the whole pool.

import { unhex, utf8 } from "./bytes.js";
import { cellsOf, PAGE_ROWS } from "./commitment.js";
import { ticketOf } from "./lottery.js";
import { included, leafBytes } from "./merkle.js";
import { sha256 } from "./sha256.js";

const CELLS = 7;

function rowsOf(page) {
  const rows = page.split("\n");
  if (rows.pop() !== "" || !rows.length || rows.length > PAGE_ROWS) return null;
  const cells = rows.map((line) => line.split("\t"));
  const ordered = cells.every((row, at) => row.length === CELLS && (at === 0 || cells[at - 1][0] < row[0]));
  return ordered ? cells : null;
}

function excludes(id, pages, indexes, count) {
  const ids = pages.map((rows) => rows.map(([one]) => one));
  if (ids.some((page) => page.includes(id))) return false;
  if (ids.length === 2) {
    return indexes[1] === indexes[0] + 1 && ids[0].at(-1) < id && id < ids[1][0];
  }
  if (ids.length !== 1) return false;
  return (ids[0][0] < id || indexes[0] === 0) && (id < ids[0].at(-1) || indexes[0] === count - 1);
}

/** Check a page proof against the committed pool: its problem ("" if it holds) and the firm's cells after the id. */
export function readProof(proof, id, pool) {
  if (proof.uscc !== id) return { problem: `是 ${proof.uscc} 的证明`, cells: null };
  const expected = unhex(pool.root);
  const proven = proof.pages.every(({ index, page, path }) =>
    included(sha256(leafBytes(utf8(page))), index, pool.pages, path.map(unhex), expected));
  const pages = proof.pages.map(({ page }) => rowsOf(page));
  if (!proven || pages.some((rows) => rows === null)) return { problem: "名录页不属于承诺的名录", cells: null };
  const found = pages.flat().find(([one]) => one === id);
  if (proof.present) {
    const whole = found !== undefined && pages.length === 1;
    return { problem: whole ? "" : "名录页上没有这一户", cells: whole ? found.slice(1) : null };
  }
  const indexes = proof.pages.map(({ index }) => index);
  return { problem: excludes(id, pages, indexes, pool.pages) ? "" : "不能证明这一户不在名录中", cells: null };
}

/** The 22 characters that stand for class and eligibility in a masked row. */
export function maskedClass(salt, creditClass, eligible) {
  const bytes = sha256(utf8(`${salt}|${creditClass}|${eligible}`));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").slice(0, 22);
}

function opened(report, strata, cells, salt) {
  for (const name of strata.keys()) {
    for (const eligible of ["1", "0"]) {
      if (maskedClass(salt, name, eligible) === cells[4]) {
        report.check("company.salt", "该户盐值");
        return [name, eligible];
      }
    }
  }
  report.check("company.salt", "该户盐值", "盐值打不开该户的遮蔽值");
  return ["", "-"];
}

/**
 * Say what became of one firm, `replay` being the draw after its replacements.
 * `cells`: the firm's row, null when it is not in the pool, undefined when nobody looked.
 */
export function tellCompany(report, cert, key, id, cells, salt, replay) {
  const ticket = ticketOf(key, id);
  const strata = new Map(cert.strata.map((part) => [part.stratum, part]));
  const own = cert.selected.find(([one]) => one === id);
  const team = replay.teams.get(id);
  report.say(`${id} 的抽签号：${ticket}`);
  report.say(own ? "已抽中" : "抽取时未抽中");
  (replay.story.get(id) ?? []).forEach((words) => report.say(words));
  if (team) report.say(`检查人员（公开编号）：${team.join("、")}`);
  if (cells === null) {
    report.say("该户不在待抽名录中，不能抽中");
    report.check("company", "该户", own ? "抽中名单中有、名录中没有" : "");
    return;
  }
  if (cellsOf(cert.commit)) {
    report.skip("company", "该户", "分格等距抽取只能由整个名录重算，请复核整次抽取");
    return;
  }
  if (cert.commit.replaces?.without.includes(id)) {
    report.check("company", "该户", own ? "原抽取抽中过却又抽中" : "");
    report.say("该户在原抽取中抽中过，不再参加补抽");
    return;
  }
  let [name, eligible] = cells ? [cells[4], cells[5]] : [own?.[1] ?? "", "1"];
  if (eligible === "-" && salt) [name, eligible] = opened(report, strata, cells, salt);
  const under = (part) => part.threshold !== null && ticket <= part.threshold;
  if (!strata.has(name)) {
    for (const [one, part] of strata) report.say(`如属 ${one} 类且可抽取：${under(part) ? "必须抽中" : "不能抽中"}`);
    const possible = !own || [...strata.values()].some(under);
    report.check("company", "该户", possible ? "" : "号码大于所有界限却被抽中");
    return;
  }
  const part = strata.get(name);
  const due = eligible === "1" && under(part);
  report.say(`${name} 类，${eligible === "1" ? "可抽取" : "本次不可抽取"}，界限 ${part.threshold ?? "无"}`);
  report.say(due ? "抽签号不大于界限，必须抽中" : "不能抽中");
  report.check("company", "该户", due === Boolean(own) ? "" : due ? "应抽中而未抽中" : "不应抽中而抽中");
}
