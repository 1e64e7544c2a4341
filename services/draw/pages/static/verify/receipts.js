// The public log's receipts: for the commitment, and for the result of a sealed draw.

import { noteProblem, secondsOf, timeOf } from "./beacon.js";
import { hex, unhex, utf8 } from "./bytes.js";
import { included, leafBytes } from "./merkle.js";
import { sha256 } from "./sha256.js";

const LOGGED = { log: ["draw-commit", "commit_sha256"], result_log: ["draw-result", "result_sha256"] };

/** Why the logged text is not that of this draw's commitment, or result; any other entry may name the hash. */
function entryProblem(cert, which) {
  const log = cert[which];
  const [kind, name] = LOGGED[which];
  if (!log.entry) return "凭证没有附条目原文";
  if (hex(sha256(leafBytes(utf8(log.entry)))) !== log.leaf_hash.toLowerCase()) return "条目原文与叶哈希不符";
  let told;
  try {
    told = JSON.parse(log.entry);
  } catch {
    return "条目原文的格式不对";
  }
  if (typeof told?.data !== "object" || Number.isNaN(secondsOf(told.at))) return "条目原文的格式不对";
  if (told.kind !== kind) return `条目的种类是 ${told.kind}`;
  if (told.reference !== cert.commit.draw_id) return `条目属于 ${told.reference}`;
  return told.data?.[name] === cert[name] ? "" : "条目登记的摘要不同";
}

async function checkReceipt(report, cert, which, label, logKey) {
  const log = cert[which];
  if (!log.inclusion.length && log.tree_size !== 1) {
    report.check(which, `${label}的公开日志回执`, "凭证中没有包含证明");
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
  report.check(which, `${label}的公开日志包含证明`, problem);
  if (logKey) {
    const signed = log.checkpoint ? await noteProblem(log.checkpoint, logKey) : "凭证没有附签名检查点";
    report.check(`${which}.signature`, `${label}的日志检查点签名`, signed);
  }
  const wrong = entryProblem(cert, which);
  report.check(`${which}.entry`, `日志条目即${label}`, wrong && `不是${label}：${wrong}`);
  const { beacon } = cert.commit.seed_plan;
  if (which === "log" && beacon !== null && !wrong) {
    // Who logs the commitment with the round in hand could choose everything else to suit it.
    const late = secondsOf(JSON.parse(log.entry).at) >= timeOf(beacon);
    report.check("log.time", "承诺先于信标", late ? "公开日志收入承诺时，信标已经公布" : "");
  }
}

/** Check that the commitment, and a sealed draw's result, were in the public log; `logKey` may be "". */
export async function checkLog(report, cert, logKey) {
  await checkReceipt(report, cert, "log", "本承诺", logKey);
  const sealed = cert.commit.seed_plan.seal === true;
  if (sealed && !cert.result_log) {
    report.check("result_log", "本结果的公开日志回执", "封存的抽取必须有结果的日志回执");
  } else if (!sealed && cert.result_log !== undefined) {
    report.check("result_log", "本结果的公开日志回执", "承诺没有封存，凭证却有结果的日志回执");
  } else if (sealed) {
    await checkReceipt(report, cert, "result_log", "本结果", logKey);
  }
}
