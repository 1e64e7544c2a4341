// The whole check of a draw, in the order and under the names of verify.py.

import { some } from "./bytes.js";
import { digestOf, parseBytes } from "./canonical.js";
import { checkCommit, checkLog, checkSeed } from "./commitment.js";
import { readProof, tellCompany } from "./company.js";
import { checkOfficers } from "./deal.js";
import { checkCounts, checkQuota, checkSelection, checkTickets, limitsOf } from "./lottery.js";
import { Scan } from "./pool.js";
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
  }

  check(name, label, problem = "") {
    if (problem) this.failed.add(name);
    this.tell({ kind: "check", name, label, state: problem ? FAILED : PASSED, problem });
  }

  skip(name, label, why) {
    this.tell({ kind: "check", name, label, state: SKIPPED, problem: why });
  }

  say(text) {
    this.tell({ kind: "say", text });
  }
}

function begin(report, bytes, expected) {
  const cert = certificateOf(parseBytes(bytes));
  checkCommit(report, cert, expected);
  checkLog(report, cert);
  checkQuota(report, cert);
  const keys = checkSeed(report, cert);
  checkTickets(report, cert, keys.subject);
  return { cert, keys };
}

function end(report, cert) {
  report.check("replacements", "替换", cert.replacements.length ? "本页不能核验替换" : "");
  const found = digestOf([cert.selected, cert.assignments]);
  report.check("result", "结果摘要", found === cert.result_sha256 ? "" : `算得 ${found}`);
}

async function checkPool(report, cert, stream, key, company, progress) {
  const wanted = new Set([...cert.selected.map(([id]) => id), ...(company ? [company] : [])]);
  const scan = new Scan(cert.commit, limitsOf(cert), wanted, key);
  await scan.run(stream, (rows) => progress(rows, cert.commit.pool.rows));
  scan.tell(report, cert.commit.pool);
  const ghosts = cert.selected.map(([id]) => id).filter((id) => !scan.rows.has(id));
  report.check("ghosts", "抽中的都在名录中", some(ghosts));
  if (scan.masked) {
    report.skip("selected", "各分类逐户核验", "分类已遮蔽，需审计人员用 verify.py --private 核验");
  } else {
    checkCounts(report, cert, scan);
    checkSelection(report, cert, scan);
  }
  return scan;
}

/**
 * Check a whole draw. `files`: certificate and officers (bytes; officers may be null), pool (a stream of bytes).
 * `options`: company, salt and commit, texts that may be empty. Throws Unreadable and Malformed.
 */
export async function verifyDraw(files, options, report, progress) {
  await selfTest();
  const { cert, keys } = begin(report, files.certificate, options.commit);
  const scan = await checkPool(report, cert, files.pool, keys.subject, options.company, progress);
  const officers = files.officers && officersOf(parseBytes(files.officers));
  checkOfficers(report, cert, officers, scan, keys.officer);
  end(report, cert);
  if (options.company) {
    const cells = scan.rows.get(options.company) ?? null;
    tellCompany(report, cert, keys.subject, options.company, cells, options.salt);
  }
  return cert;
}

/** Check one firm against the certificate and, unless `files.proof` is null, its page of the pool. */
export async function verifyCompany(files, options, report) {
  await selfTest();
  const { cert, keys } = begin(report, files.certificate, options.commit);
  checkOfficers(report, cert, null, null, keys.officer);
  end(report, cert);
  let cells;
  if (files.proof === null) {
    report.skip("proof", "名录页证明", "没有取到，只按凭证核对");
  } else {
    const proof = readProof(proofOf(parseBytes(files.proof)), options.company, cert.commit.pool);
    report.check("proof", "名录页证明", proof.problem);
    cells = proof.problem ? undefined : proof.cells;
  }
  tellCompany(report, cert, keys.subject, options.company, cells, options.salt);
  return cert;
}
