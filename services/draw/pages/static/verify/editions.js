// Editions of a certificate, and the fresh draws that took replacements in it.

import { hex } from "./bytes.js";
import { parseBytes, same } from "./canonical.js";
import { Replay } from "./replay.js";
import { sha256 } from "./sha256.js";
import { certificateOf } from "./shape.js";

const HASH = /^[0-9a-f]{64}$/;
const LATER = ["edition", "previous_sha256", "replacements"];
const editionOf = (cert) => cert.edition ?? 1;
const drawOf = (cert) => Object.fromEntries(Object.entries(cert).filter(([name]) => !LATER.includes(name)));

/** The SHA-256 of a file, in hexadecimal. */
export const hashOf = (bytes) => hex(sha256(bytes));

/** Check the chain of editions as far as they are given; return the hashes of the earlier ones that are known. */
export function checkEditions(report, cert, previous) {
  const { edition, previous_sha256: before, replacements } = cert;
  if (edition === undefined && before === undefined && !replacements.length) return [];
  const right = edition >= 2 && edition <= replacements.length + 1 && HASH.test(before ?? "");
  report.check("edition", "凭证版本", right ? "" : "有替换的凭证必须写明版本和前一版的摘要，每版至少一条替换");
  const known = [before];
  if (!previous.length) {
    report.skip("edition.previous", "前一版凭证", "没有取到前一版");
    return known;
  }
  let current = cert;
  let problem = "";
  const earlier = previous.map((bytes) => [certificateOf(parseBytes(bytes)), hashOf(bytes)]);
  for (const [one, found] of earlier.sort(([a], [b]) => editionOf(b) - editionOf(a))) {
    const kept = one.replacements;
    const name = `第 ${editionOf(one)} 版`;
    if (current.previous_sha256 !== found || current.edition !== editionOf(one) + 1) problem ||= `${name}不是前一版`;
    else if (!same(drawOf(one), drawOf(cert))) problem ||= `${name}的抽取内容不同`;
    else if (!same(kept, current.replacements.slice(0, kept.length)) || kept.length >= current.replacements.length) {
      problem ||= `${name}的替换被改动`;
    }
    current = one;
    known.push(current.previous_sha256);
  }
  report.check("edition.previous", "前一版凭证", problem);
  return known;
}

const countBy = (list) => list.reduce((counts, one) => counts.set(one, (counts.get(one) ?? 0) + 1), new Map());
const total = (strata, at) => strata.reduce((sum, row) => sum + row[at], 0);

function parentProblem(parent, commit) {
  const { replaces } = commit;
  const before = parent.commit;
  const replay = new Replay(parent);
  replay.run();
  const without = [...new Set([...replay.used, ...(before.replaces?.without ?? [])])].sort();
  const alike = ["profile", "task", "policy", "pool", "rule"].every((part) => same(before[part], commit[part]));
  if (before.draw_id !== replaces.draw_id) return "原抽取编号不同";
  if (!alike) return "名录或规则与原抽取不同";
  if (!replaces.n.every((number) => replay.open.has(number))) return "补的不是原抽取的空缺";
  if (!same(replaces.without, without)) return "没有排除原抽取抽中过的所有户";
  if (!same(commit.strata.map(([name]) => name), before.strata.map(([name]) => name))) return "分类与原抽取不同";
  if (commit.profile === "masked") {
    const right = total(commit.strata, 1) === total(before.strata, 1) - replay.used.size;
    return right && total(commit.strata, 2) <= replaces.n.length ? "" : "户数与原抽取的空缺不符";
  }
  const gone = countBy([...replay.used].map((id) => replay.stratum.get(id)));
  const voids = countBy(replaces.n.map((number) => replay.stratum.get(replay.voids.get(number))));
  const expected = before.strata.map(([name, n]) => {
    const left = n - (gone.get(name) ?? 0);
    return [name, left, Math.min(voids.get(name) ?? 0, left)];
  });
  return same(expected, commit.strata) ? "" : "各分类户数与原抽取的空缺不符";
}

/** A fresh draw: check that it replaces what its parent lacks, over the same pool. `parents`: whole certificates. */
export function checkReplaces(report, cert, parents) {
  const { certificate_sha256: wanted } = cert.commit.replaces;
  const found = parents.find(({ sha256: one }) => one === wanted);
  if (found) report.check("replaces", "原抽取", parentProblem(found.cert, cert.commit));
  else if (parents.length) report.check("replaces", "原抽取", "所给的凭证不是承诺所写的那一版");
  else report.skip("replaces", "原抽取", "没有取到原抽取的凭证");
}

/** What a fresh draw's certificate has to do with the entry that repeats it; "" when they agree. */
export function freshProblem(entry, told, used, known) {
  const { replaces } = told.commit;
  if (told.commit.draw_id !== entry.draw_id || !same(replaces?.n ?? null, entry.for)) return "补抽的编号或所补空缺不同";
  if (!same(told.selected, entry.taken) || !same(told.assignments, entry.teams)) return "补入的户或人员与补抽的结果不同";
  const without = new Set(replaces.without);
  if (![...used].every((id) => without.has(id))) return "补抽没有排除原抽取抽中过的所有户";
  return known === null || known.includes(replaces.certificate_sha256) ? "" : "补抽承诺的不是原抽取的前一版";
}
