// Strata, quotas, tickets, thresholds and the drawn list.

import { some } from "./bytes.js";
import { same } from "./canonical.js";
import { evenlyDrawn } from "./cells.js";
import { cellsOf } from "./commitment.js";
import { Tickets } from "./sha256.js";

/** How many of `n` eligible firms of a stratum are drawn; integers of any size. */
export function quota(n, rule, stratum) {
  if (n === 0) return 0;
  const [num, den] = rule.ratio[stratum].map(BigInt);
  const product = BigInt(n) * num;
  const share = rule.rounding === "ceil" ? (product + den - 1n) / den : product / den;
  return Math.min(n, Math.max(rule.min, Number(share)));
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const excludedOf = (commit) => sum(commit.pool.excluded.map(([, count]) => count));

/** Check that every stratum's number follows from its ratio, and that the certificate repeats the commitment. */
export function checkQuota(report, cert) {
  const { commit } = cert;
  const rule = commit.rule.strata;
  const names = commit.strata.map(([name]) => name);
  const wrong = [];
  const sorted = names.every((name, at) => at === 0 || names[at - 1] < name);
  const agree = sorted && same(names, Object.keys(rule.ratio).sort()) && ["ceil", "floor"].includes(rule.rounding);
  if (!agree || Object.values(rule.ratio).some(([num, den]) => den < 1 || num < 0)) {
    report.check("strata.quota", "各分类抽取户数", "分类与比例方案不一致");
  } else {
    for (const [name, n, k] of commit.strata) {
      if (commit.replaces) {
        if (k < 0 || k > n) wrong.push(`${name} 类 ${n} 户不能补抽 ${k} 户`);
        continue;
      }
      const right = quota(n, rule, name);
      if (right !== k) wrong.push(`${name} 类 ${n} 户应抽 ${right} 户，承诺写 ${k} 户`);
    }
    const left = excludedOf(commit) + (commit.replaces?.without.length ?? 0);
    if (sum(commit.strata.map(([, n]) => n)) + left !== commit.pool.rows) {
      wrong.push("可抽取户数加排除户数不等于名录户数");
    }
    report.check("strata.quota", "各分类抽取户数", wrong.join("；"));
  }
  const drawn = cert.strata.map((part) => [part.stratum, part.n, part.k]);
  report.check("strata.listed", "凭证与承诺的分类一致", same(drawn, commit.strata) ? "" : "户数与承诺不同");
}

/** The ticket of one firm, in hexadecimal. */
export function ticketOf(key, id) {
  const tickets = new Tickets(key);
  tickets.of(id);
  return tickets.hex();
}

function thresholdProblem(cert) {
  if (cellsOf(cert.commit)) {
    const none = cert.strata.every(({ threshold, reserve }) => threshold === null && !reserve.length);
    return none ? "" : "分格等距抽取没有门槛和候补";
  }
  if (cert.strata.some((part) => (part.threshold === null) !== (part.k === 0))) return "有抽中户的分类必须有门槛";
  const thresholds = cert.strata.map((part) => part.threshold).filter((threshold) => threshold !== null);
  const tickets = cert.selected.map(([, , ticket]) => ticket);
  const known = new Set(tickets);
  if (!thresholds.every((threshold) => known.has(threshold))) return "门槛不是任何中签户的号码";
  const largest = thresholds.reduce((most, one) => (one > most ? one : most), "");
  return tickets.some((ticket) => ticket > largest) ? "有号码大于最大门槛" : "";
}

/** What the certificate alone shows: every ticket, the order, the number drawn, the largest threshold. */
export function checkTickets(report, cert, key) {
  const { selected } = cert;
  const tickets = new Tickets(key);
  const wrong = selected.filter(([id, , ticket]) => {
    tickets.of(id);
    return tickets.hex() !== ticket;
  });
  report.check("tickets", "中签号码", wrong.slice(0, 5).map(([id]) => `${id} 的号码不对`).join("；"));
  const inOrder = selected.every(([id, , ticket], at) => {
    if (at === 0) return true;
    const [before, , smaller] = selected[at - 1];
    return smaller < ticket || (smaller === ticket && before < id);
  });
  report.check("selected.order", "名单次序", inOrder ? "" : "没有按号码排列，或有重复");
  const total = sum(cert.commit.strata.map(([, , k]) => k));
  report.check("selected.count", "抽中户数", selected.length === total ? "" : `${selected.length} 户`);
  report.check("thresholds", "门槛", thresholdProblem(cert));
}

/** Up to which ticket a stratum's drawn and reserve go: its last reserve, or its threshold. */
export function limitsOf(cert) {
  const limits = new Map();
  for (const { stratum, threshold, reserve } of cert.strata) {
    const last = reserve.length ? reserve.at(-1)[1] : threshold;
    if (last !== null) limits.set(stratum, threshold !== null && threshold > last ? threshold : last);
  }
  return limits;
}

/** Up to which ticket rows are kept: as far as any replacement reaches, too. */
export function collected(cert) {
  const limits = limitsOf(cert);
  for (const entry of cert.replacements) {
    if (entry?.kind !== "reserve" || !/^[0-9a-f]{64}$/.test(entry.taken?.[2])) continue;
    const [, stratum, ticket] = entry.taken;
    if (!((limits.get(stratum) ?? "") > ticket)) limits.set(stratum, ticket);
  }
  return limits;
}

/** Every firm that the certificate names. */
export function named(cert) {
  const taken = cert.replacements.flatMap((entry) =>
    (entry?.kind === "reserve" ? [entry.taken] : entry?.kind === "fresh" ? entry.taken : []));
  return new Set([...cert.selected, ...taken].map(([id]) => id));
}

/** Compare the pool's numbers of firms by class with the commitment. */
export function checkCounts(report, cert, scan) {
  const wrong = [];
  for (const [name, n] of cert.commit.strata) {
    const found = scan.counts.get(name) ?? 0;
    if (found !== n) wrong.push(`${name} 类名录中 ${found} 户，承诺 ${n} 户`);
  }
  const excluded = excludedOf(cert.commit);
  if (scan.ineligible !== excluded) wrong.push(`名录中不可抽取 ${scan.ineligible} 户，承诺排除 ${excluded} 户`);
  const missing = [...scan.without].filter((id) => scan.rows.get(id)?.[5] !== "1").sort();
  if (missing.length) wrong.push(`原抽取抽中过的户不在名录中或不可抽取：${some(missing)}`);
  report.check("strata.counts", "各分类户数", wrong.join("；"));
}

const byTicket = (left, right) => (left[0] < right[0] || (left[0] === right[0] && left[1] < right[1]) ? -1 : 1);

function smallestDrawn(report, cert, scan) {
  const thresholds = [];
  const reserves = [];
  const right = [];
  const limits = limitsOf(cert);
  for (const { stratum, k, threshold, reserve } of cert.strata) {
    const low = (scan.low.get(stratum) ?? []).filter(([ticket]) => ticket <= limits.get(stratum)).sort(byTicket);
    const drawn = low.slice(0, k);
    const next = low.slice(k).map(([ticket, id]) => [id, ticket]);
    if ((drawn.at(-1)?.[0] ?? null) !== threshold || drawn.length !== k) {
      thresholds.push(`${stratum} 类的第 ${k} 小号码不是门槛`);
    }
    if (!same(next, reserve)) {
      const place = reserve.length ? reserves : thresholds;
      place.push(`${stratum} 类的号码不大于门槛的户数应为 ${k}，实为 ${low.length}`);
    }
    right.push(...drawn.map(([ticket, id]) => [ticket, id, stratum]));
  }
  report.check("thresholds.strata", "各分类门槛", thresholds.join("；"));
  report.check("reserve", "候补次序", reserves.join("；"));
  return right;
}

/** With every class known: exactly those that the tickets name are drawn, and the next are reserve. */
export function checkSelection(report, cert, scan, keys) {
  const right = cellsOf(cert.commit)
    ? evenlyDrawn(cert, scan, keys.systematic) : smallestDrawn(report, cert, scan);
  const expected = right.sort(byTicket).map(([ticket, id, stratum]) => [id, stratum, ticket]);
  const due = new Set(expected.map((row) => row.join(" ")));
  const told = new Set(cert.selected.map((row) => row.join(" ")));
  const missing = expected.filter((row) => !told.has(row.join(" "))).map(([id]) => id);
  const extra = cert.selected.filter((row) => !due.has(row.join(" "))).map(([id]) => id);
  const problem = `应抽中而没有：${some(missing) || "无"}；不应抽中而有：${some(extra) || "无"}`;
  report.check("selected", "抽中名单", same(expected, cert.selected) ? "" : problem);
}
