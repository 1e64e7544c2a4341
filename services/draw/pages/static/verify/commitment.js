// What the certificate shows by itself: the commitment, the seed and the keys.

import { checkBeacon } from "./beacon.js";
import { hex, joined, unhex, utf8 } from "./bytes.js";
import { digestOf, same } from "./canonical.js";
import { unknownKeys } from "./keys.js";
import { sha256, sha256Hex } from "./sha256.js";

export const FORMAT = "sunlot-draw/1";
export const PAGE_ROWS = 256;
const COLUMNS = ["id", "county", "industry", "size", "type", "class", "eligible"];
const CELLS = ["county", "industry", "size", "type"];

/** The cells of an even draw, null where the tickets alone decide; a fresh draw goes by its tickets. */
export const cellsOf = (commit) => (commit.replaces ? null : commit.rule.strata.cells ?? null);

/** The number of a fresh draw. */
export const freshNumber = (parent, voids, attempt) =>
  `${parent}-r${voids.length ? Math.min(...voids) : 0}${attempt > 1 ? `-${attempt}` : ""}`;

const sortedOnce = (list) => list.every((one, at) => at === 0 || list[at - 1] < one);

function numberProblems({ draw_id: id, task, attempt, replaces }) {
  if (!replaces) return id === `${task}-${attempt}` ? [] : ["抽取编号"];
  const wrong = [];
  if (!replaces.draw_id.startsWith(`${task}-`)) wrong.push("补抽的任务");
  if (!sortedOnce(replaces.n) || !sortedOnce(replaces.without)) wrong.push("补抽的空缺或已抽名单没有排序");
  if (id !== freshNumber(replaces.draw_id, replaces.n, attempt)) wrong.push("抽取编号");
  return wrong;
}

/** Check type, number, columns and the commitment's hash; `expected` is one noted before the draw, or "". */
export function checkCommit(report, cert, expected) {
  const { commit } = cert;
  const wrong = unknownKeys(cert).map((name) => `不认识的键 ${name}`);
  if (cert.type !== `${FORMAT}/certificate` || commit.type !== `${FORMAT}/commit`) wrong.push("格式版本");
  wrong.push(...numberProblems(commit));
  if (commit.attempt > 1 !== (commit.supersedes !== null)) wrong.push("重抽说明");
  if (!same(commit.pool.columns, COLUMNS) || commit.pool.page_rows !== PAGE_ROWS) wrong.push("名录格式");
  if (!["open", "masked"].includes(commit.profile) || commit.rule.strata.by !== "class") wrong.push("公开方式或分层方式");
  const { cells } = commit.rule.strata;
  if (cells !== undefined) {
    const known = cells.length && sortedOnce(cells) && cells.every((cell) => CELLS.includes(cell));
    if (!known || commit.profile === "masked") wrong.push("等距抽取的分格");
  }
  if (![undefined, true].includes(commit.seed_plan.seal)) wrong.push("封存标记");
  report.check("format", "凭证格式", wrong.join("、"));
  const found = digestOf(commit);
  let problem = found === cert.commit_sha256 ? "" : `承诺内容的摘要是 ${found}`;
  if (expected && found !== expected.toLowerCase()) problem = `与事先记下的承诺摘要不同（${found}）`;
  report.check("commit", "承诺摘要", problem);
}

function revealProblem(line, number, name, promise) {
  const cells = line === undefined ? [] : line.split(" ");
  if (cells.length !== 5 || !same(cells.slice(0, 4), ["reveal", String(number), name, promise])) {
    return `参与方 ${name} 的揭示行与承诺的计划不符`;
  }
  if (cells[4] === "ABSENT") return "";
  const right = /^[0-9a-f]{64}$/.test(cells[4]) &&
    hex(sha256(joined(utf8(`${FORMAT} party ${name} `), unhex(cells[4])))) === promise;
  return right ? "" : `参与方 ${name} 的揭示与其承诺不符`;
}

function beaconProblem(line, plan, signature) {
  const cells = line === undefined ? [] : line.split(" ");
  if (cells.length !== 4 || !same(cells.slice(0, 3), ["beacon", plan.chain, String(plan.round)])) {
    return "缺少承诺的信标轮次";
  }
  return hex(sha256(unhex(signature))) === cells[3] ? "" : "信标随机数不是其签名的摘要";
}

/** Rebuild seed.txt from the committed plan and the published lines; say what is wrong, "" if nothing is. */
export function seedProblem(cert) {
  const plan = cert.commit.seed_plan;
  const lines = cert.seed.txt.split("\n");
  if (lines.pop() !== "" || lines.shift() !== `${FORMAT} seed`) return "首行或结尾不对";
  if (lines.shift() !== `commit ${digestOf(cert.commit)}`) return "所用承诺不是本凭证的承诺";
  if (!plan.parties.length || plan.parties.length + Number(plan.dice) + Number(plan.beacon !== null) < 2) {
    return "随机来源少于两个，或没有参与方";
  }
  if (plan.beacon !== null) {
    const problem = beaconProblem(lines.shift(), plan.beacon, cert.seed.beacon?.signature ?? "");
    if (problem) return problem;
  }
  let revealed = 0;
  for (const [at, [name, promise]] of plan.parties.entries()) {
    const line = lines.shift();
    const problem = revealProblem(line, at + 1, name, promise);
    if (problem) return problem;
    if (!line.endsWith(" ABSENT")) revealed += 1;
  }
  if (revealed < plan.parties.length && plan.beacon === null && (!plan.dice || !revealed)) {
    return "有参与方缺席而没有其他来源";
  }
  if (plan.dice && !/^dice [0-9]{6,64}$/.test(lines.shift() ?? "")) return "缺少掷骰结果";
  return lines.length ? `多出的行：${lines[0]}` : "";
}

/** The key of a label: H(format, label, H(seed.txt)), cut to 32 digits. */
export const keyOf = (label, seed) => sha256Hex(`${FORMAT}\n${label}\n${sha256Hex(seed)}\n`).slice(0, 32);

/** Check seed and keys; return the true keys, whatever the certificate says. */
export async function checkSeed(report, cert) {
  const { commit } = cert;
  const seed = cert.seed.txt;
  let problem = seedProblem(cert) || (sha256Hex(seed) === cert.seed.sha256 ? "" : "摘要不符");
  if (commit.seed_plan.beacon === null && cert.seed.beacon !== null) problem ||= "承诺没有信标，凭证却有";
  report.check("seed", "随机种子", problem);
  if (commit.seed_plan.beacon !== null) await checkBeacon(report, cert);
  const label = commit.replaces ? `replace/${Math.min(...commit.replaces.n)}` : "subject";
  const keys = { officer: keyOf("officer", seed), subject: keyOf(label, seed) };
  if (cellsOf(commit)) keys.systematic = keyOf("systematic", seed);
  report.check("keys", "抽取密钥", same(cert.keys, keys) ? "" : "不是由种子导出的密钥");
  return keys;
}
