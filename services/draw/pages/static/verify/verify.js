// The whole check of a draw, in the order and under the names of verify.py.

import { some } from "./bytes.js";
import { digestOf, parseBytes } from "./canonical.js";
import { checkCommit, checkSeed } from "./commitment.js";
import { readProof, tellCompany } from "./company.js";
import { checkOfficers } from "./deal.js";
import { checkEditions, checkReplaces, freshProblem, hashOf } from "./editions.js";
import { withLists } from "./lists.js";
import { checkCounts, checkQuota, checkSelection, checkTickets, collected, named } from "./lottery.js";
import { Scan } from "./pool.js";
import { checkLog } from "./receipts.js";
import { checkReplacements, Replay } from "./replay.js";
import { selfTest } from "./sha256.js";
import { certificateOf, officersOf, proofOf } from "./shape.js";

export const PASSED = "passed";
export const FAILED = "failed";
export const SKIPPED = "skipped";

/** Hands every check on as it is made, and remembers the names of those that failed. */
export class Report {
  constructor(tell) {
    this.tell = tell;
    this.failed = new Set();
    this.prefix = ""; // before the names of a fresh draw's checks
  }

  check(name, label, problem = "") {
    const whole = `${this.prefix}${name}`;
    if (problem) this.failed.add(whole);
    this.tell({ kind: "check", name: whole, label, state: problem ? FAILED : PASSED, problem });
  }

  skip(name, label, why) {
    this.tell({ kind: "check", name: `${this.prefix}${name}`, label, state: SKIPPED, problem: why });
  }

  say(text) {
    this.tell({ kind: "say", text });
  }
}

const SILENT = new Report(() => {});

async function begin(report, source, bytes, options) {
  const told = certificateOf(parseBytes(bytes));
  checkCommit(report, told, options.commit);
  await checkLog(report, told, options.logKey);
  checkQuota(report, told);
  const keys = await checkSeed(report, told);
  const cert = await withLists(report, told, (name) => source.stream(name));
  checkTickets(report, cert, keys.subject);
  return { told, cert, keys };
}

function checkResult(report, told) {
  const found = digestOf([told.selected, told.assignments]);
  report.check("result", "结果摘要", found === told.result_sha256 ? "" : `算得 ${found}`);
}

async function checkPool(report, cert, stream, keys, company, progress) {
  const wanted = new Set([...named(cert), ...(company ? [company] : [])]);
  const scan = new Scan(cert.commit, collected(cert), wanted, keys.subject);
  await scan.run(stream, (rows) => progress(rows, cert.commit.pool.rows));
  scan.tell(report, cert.commit.pool);
  const ghosts = cert.selected.map(([id]) => id).filter((id) => !scan.rows.has(id));
  report.check("ghosts", "抽中的都在名录中", some(ghosts));
  if (scan.masked) {
    report.skip("selected", "各分类逐户核验", "分类已遮蔽，需审计人员用 verify.py --private 核验");
  } else {
    checkCounts(report, cert, scan);
    checkSelection(report, cert, scan, keys);
  }
  return scan;
}

/** The editions from the one before `newest` down to the first, as far as they are published. */
async function earlier(source, newest) {
  const found = [];
  for (let number = newest - 1; number >= 1; number -= 1) {
    const bytes = await source.bytes(`certificate-${number}.json`);
    if (bytes === null) break;
    found.push(bytes);
  }
  return found;
}

/** The edition of the parent draw that a fresh draw's commitment names, or the newest one. */
async function parentsOf(source, { draw_id: id, certificate_sha256: wanted }) {
  const parent = source.other(id);
  const newest = await parent.bytes("certificate.json");
  if (newest === null) return [];
  const told = certificateOf(parseBytes(newest));
  const all = hashOf(newest) === wanted ? [newest] : [newest, ...(await earlier(parent, told.edition ?? 1))];
  const bytes = all.find((one) => hashOf(one) === wanted) ?? newest;
  const cert = await withLists(SILENT, certificateOf(parseBytes(bytes)), (name) => parent.stream(name));
  return [{ cert, sha256: hashOf(bytes) }];
}

async function firstEdition(source, wanted) {
  for (const name of ["certificate-1.json", "certificate.json"]) {
    const bytes = await source.bytes(name);
    if (bytes !== null && hashOf(bytes) === wanted) return bytes;
  }
  return null;
}

async function checkFresh(report, cert, context, known, editions) {
  const { source, options, progress } = context;
  const used = new Set(cert.selected.map(([id]) => id));
  for (const entry of cert.replacements) {
    if (entry.kind === "reserve") used.add(entry.taken[0]);
    if (entry.kind !== "fresh") continue;
    const label = `补抽 ${entry.draw_id}`;
    const other = source.other(entry.draw_id);
    const bytes = options.whole ? await firstEdition(other, entry.certificate_sha256) : null;
    if (bytes === null && options.whole) report.check("fresh", label, "没有公布清单所写的那一份补抽凭证");
    else if (bytes === null) report.skip("fresh", label, "只在复核整次抽取时核验");
    if (bytes === null) continue;
    const told = await withLists(SILENT, certificateOf(parseBytes(bytes)), (name) => other.stream(name));
    report.check("fresh", label, freshProblem(entry, told, used, known));
    const parents = editions.filter(({ sha256 }) => sha256 === told.commit.replaces?.certificate_sha256);
    report.prefix = "fresh.";
    const inner = { source: other, pool: source, options: { ...options, company: "", commit: "" }, progress };
    await verifyOne(report, bytes, { ...inner, parents });
    report.prefix = "";
    entry.taken.forEach(([id]) => used.add(id));
  }
}

/** Check one certificate with everything that is published beside it. */
async function verifyOne(report, bytes, context) {
  const { source, pool, options, progress } = context;
  const { told, cert, keys } = await begin(report, source, bytes, options);
  const scan = await checkPool(report, cert, await pool.stream("pool.tsv"), keys, options.company, progress);
  const file = await source.bytes("officers.json");
  const officers = file && officersOf(parseBytes(file));
  checkOfficers(report, cert, officers, scan, keys.officer);
  if (cert.commit.replaces) {
    checkReplaces(report, cert, context.parents ?? await parentsOf(source, cert.commit.replaces));
  }
  const previous = await earlier(source, told.edition ?? 1);
  const known = checkEditions(report, told, previous);
  const replay = new Replay(cert, keys.subject, scan, !scan.masked);
  checkReplacements(report, replay, officers, keys.officer);
  if (!replay.problems.has("replacements")) {
    const { selected, assignments } = cert;
    const editions = [bytes, ...previous].map((one) =>
      ({ cert: { ...certificateOf(parseBytes(one)), selected, assignments }, sha256: hashOf(one) }));
    const complete = editions.length === (told.edition ?? 1);
    await checkFresh(report, cert, context, complete ? known : null, editions);
  }
  checkResult(report, told);
  return { cert, keys, scan, replay };
}

/**
 * Check a whole draw. `source`: bytes(name) of what is published beside the certificate, null if it is not;
 * stream(name); other(draw) for another draw's. `options`: company, salt, commit and logKey, texts that may be empty.
 * Throws Unreadable and Malformed.
 */
export async function verifyDraw(source, options, report, progress) {
  await selfTest();
  const bytes = await source.bytes("certificate.json");
  const { cert, keys, scan, replay } = await verifyOne(report, bytes, { source, pool: source, options, progress });
  if (options.company) {
    const cells = scan.rows.get(options.company) ?? null;
    tellCompany(report, cert, keys.subject, options.company, cells, options.salt, replay);
  }
  return cert;
}

/** Check one firm against the certificate and, where it is published, its page of the pool. */
export async function verifyCompany(source, options, report) {
  await selfTest();
  const { told, cert, keys } = await begin(report, source, await source.bytes("certificate.json"), options);
  checkOfficers(report, cert, null, null, keys.officer);
  if (cert.commit.replaces) checkReplaces(report, cert, []);
  checkEditions(report, told, []);
  const replay = new Replay(cert, keys.subject);
  checkReplacements(report, replay, null, "");
  checkResult(report, told);
  const proof = await source.bytes(`proof/${options.company}.json`);
  let cells;
  if (proof === null) {
    report.skip("proof", "名录页证明", "没有取到，只按凭证核对");
  } else {
    const read = readProof(proofOf(parseBytes(proof)), options.company, cert.commit.pool);
    report.check("proof", "名录页证明", read.problem);
    cells = read.problem ? undefined : read.cells;
  }
  tellCompany(report, cert, keys.subject, options.company, cells, options.salt, replay);
  return cert;
}
