// The public log's receipts: for the commitment, and for the result of a sealed draw.

import { noteProblem } from "./beacon.js";
import { hex, unhex, utf8 } from "./bytes.js";
import { included, leafBytes } from "./merkle.js";
import { sha256 } from "./sha256.js";

async function checkReceipt(report, cert, which, named, label, logKey) {
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
  if (!log.entry) {
    const why = `凭证没有附条目原文，请到公开日志第 ${log.index} 条核对`;
    report.skip(`${which}.entry`, `日志条目即${label}`, why);
    return;
  }
  const bound = hex(sha256(leafBytes(utf8(log.entry)))) === log.leaf_hash.toLowerCase();
  const right = bound && log.entry.includes(named);
  report.check(`${which}.entry`, `日志条目即${label}`, right ? "" : `条目原文不是${label}，或与叶哈希不符`);
}

/** Check that the commitment, and a sealed draw's result, were in the public log; `logKey` may be "". */
export async function checkLog(report, cert, logKey) {
  await checkReceipt(report, cert, "log", cert.commit_sha256, "本承诺", logKey);
  const sealed = cert.commit.seed_plan.seal === true;
  if (sealed && !cert.result_log) {
    report.check("result_log", "本结果的公开日志回执", "封存的抽取必须有结果的日志回执");
  } else if (!sealed && cert.result_log !== undefined) {
    report.check("result_log", "本结果的公开日志回执", "承诺没有封存，凭证却有结果的日志回执");
  } else if (sealed) {
    await checkReceipt(report, cert, "result_log", cert.result_sha256, "本结果", logKey);
  }
}
