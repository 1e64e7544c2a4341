// What the certificate shows by itself: the commitment, its place in the public log, the seed and the keys.

import { hex, joined, unhex, utf8 } from "./bytes.js";
import { digestOf, same } from "./canonical.js";
import { included, leafBytes } from "./merkle.js";
import { sha256, sha256Hex } from "./sha256.js";

export const FORMAT = "sunlot-draw/1";
export const PAGE_ROWS = 256;
const COLUMNS = ["id", "county", "industry", "size", "type", "class", "eligible"];

/** Check type, number, columns and the commitment's hash; `expected` is one noted before the draw, or "". */
export function checkCommit(report, cert, expected) {
  const { commit } = cert;
  const wrong = [];
  if (cert.type !== `${FORMAT}/certificate` || commit.type !== `${FORMAT}/commit`) wrong.push("格式版本");
  if (commit.draw_id !== `${commit.task}-${commit.attempt}`) wrong.push("抽取编号");
  if (commit.attempt > 1 !== (commit.supersedes !== null)) wrong.push("重抽说明");
  if (!same(commit.pool.columns, COLUMNS) || commit.pool.page_rows !== PAGE_ROWS) wrong.push("名录格式");
  if (!["open", "masked"].includes(commit.profile) || commit.rule.strata.by !== "class") wrong.push("公开方式或分层方式");
  report.check("format", "凭证格式", wrong.join("、"));
  const found = digestOf(commit);
  let problem = found === cert.commit_sha256 ? "" : `承诺内容的摘要是 ${found}`;
  if (expected && found !== expected.toLowerCase()) problem = `与事先记下的承诺摘要不同（${found}）`;
  report.check("commit", "承诺摘要", problem);
}

/** Check that the commitment was in the public log. */
export function checkLog(report, cert) {
  const { log } = cert;
  if (!log.inclusion.length && log.tree_size !== 1) {
    report.check("log", "公开日志回执", "凭证中没有包含证明");
    return;
  }
  const root = unhex(log.root_hash);
  const [, size, shown] = (log.checkpoint ?? "").split("\n");
  let problem = "";
  if (log.reference !== cert.commit.draw_id) problem = `回执属于 ${log.reference}`;
  else if (!included(unhex(log.leaf_hash), log.index, log.tree_size, log.inclusion.map(unhex), root)) {
    problem = "包含证明不成立";
  } else if (log.checkpoint && (size !== String(log.tree_size) || shown !== btoa(String.fromCharCode(...root)))) {
    problem = "签名检查点与证明的树不同";
  }
  report.check("log", "公开日志包含证明", problem);
  if (!log.entry) {
    report.skip("log.entry", "日志条目即本承诺", `凭证没有附条目原文，请到公开日志第 ${log.index} 条核对`);
    return;
  }
  const bound = hex(sha256(leafBytes(utf8(log.entry)))) === log.leaf_hash.toLowerCase();
  const names = log.entry.includes(cert.commit_sha256);
  report.check("log.entry", "日志条目即本承诺", bound && names ? "" : "条目原文不是本承诺，或与叶哈希不符");
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
export function checkSeed(report, cert) {
  const seed = cert.seed.txt;
  const problem = seedProblem(cert) || (sha256Hex(seed) === cert.seed.sha256 ? "" : "摘要不符");
  report.check("seed", "随机种子", problem);
  if (cert.commit.seed_plan.beacon !== null) report.skip("seed.beacon", "信标签名", "BLS 签名需用其他工具核验");
  const keys = { officer: keyOf("officer", seed), subject: keyOf("subject", seed) };
  report.check("keys", "抽取密钥", same(cert.keys, keys) ? "" : "不是由种子导出的密钥");
  return keys;
}
