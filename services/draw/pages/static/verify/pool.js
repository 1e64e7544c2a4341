// The pool (待抽名录) as it streams in: pages, root, order, rows, filter, and who has a ticket up to the limits.

import { byCodePoint, hex } from "./bytes.js";
import { leafBytes, root } from "./merkle.js";
import { cellsOf, PAGE_ROWS } from "./commitment.js";
import { digest, Tickets } from "./sha256.js";

const LF = 10;
const ID = /^[0-9A-Z]{8,22}$/;
const COUNTY = /^[0-9]{6}$/;
const HIDDEN = /^[0-9A-Za-z_-]{22}$/;
// eslint-disable-next-line no-control-regex -- these are what the format refuses
const REFUSED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\\\u2028\u2029]/;
const COLUMN = { county: 0, industry: 1, size: 2, type: 3, class: 4 };
const CLASS = 4;
const ELIGIBLE = 5;

/** Cut a stream of bytes into pages of 256 lines; `unended` tells afterwards whether the last line had no LF. */
export class Pages {
  constructor(stream, progress) {
    this.stream = stream;
    this.progress = progress;
    this.unended = false;
  }

  async *[Symbol.asyncIterator]() {
    const reader = this.stream.getReader();
    let kept = new Uint8Array();
    let read = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      read += part.value.length;
      const bytes = new Uint8Array(kept.length + part.value.length);
      bytes.set(kept);
      bytes.set(part.value, kept.length);
      let start = 0;
      let lines = 0;
      for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
        lines += 1;
        if (lines === PAGE_ROWS) {
          yield bytes.subarray(start, at + 1);
          start = at + 1;
          lines = 0;
        }
      }
      kept = bytes.slice(start);
      this.progress(read);
    }
    const last = kept.lastIndexOf(LF) + 1;
    this.unended = last < kept.length;
    if (last) yield kept.subarray(0, last);
  }
}

/** Apply the committed filter to the cells after an id; the class of a masked row can't be seen. */
export function accepts(conditions, cells, masked) {
  return conditions.every((condition) => {
    if (masked && condition.col === "class") return true;
    const cell = cells[COLUMN[condition.col]];
    if (condition.in) return condition.in.includes(cell);
    if (condition.prefix) return condition.prefix.some((start) => cell.startsWith(start));
    return byCodePoint(condition.ge, cell) <= 0 && byCodePoint(cell, condition.le) <= 0;
  });
}

const wordsOf = (ticket) => Uint32Array.from(ticket.match(/.{8}/g), (part) => parseInt(part, 16));

function atMost(words, limit) {
  for (let at = 0; at < 8; at += 1) if (words[at] !== limit[at]) return words[at] < limit[at];
  return true;
}

/** One pass over a pool. */
export class Scan {
  /** `limits`: stratum → the ticket up to which rows are kept; `wanted`: ids whose rows are kept anyway. */
  constructor(commit, limits, wanted, key) {
    this.masked = commit.profile === "masked";
    this.conditions = commit.rule.filter;
    this.counts = new Map(commit.strata.map(([name]) => [name, 0]));
    this.low = new Map(commit.strata.map(([name]) => [name, []])); // stratum → [ticket, id] up to the limit
    this.limits = new Map([...limits].map(([name, ticket]) => [name, wordsOf(ticket)]));
    this.without = new Set(commit.replaces?.without ?? []); // what the parent of a fresh draw took
    this.wanted = new Set([...wanted, ...this.without]);
    this.cells = cellsOf(commit)?.map((name) => COLUMN[name]) ?? null;
    this.even = new Map(commit.strata.map(([name]) => [name, []])); // stratum → [cell, ticket, id], for cells
    this.tickets = new Tickets(key);
    this.rows = new Map(); // id → the other cells, of the wanted and of the low
    this.ineligible = 0;
    this.total = 0;
    this.previous = "";
    this.known = new Map();
    this.leaves = [];
    this.problems = { bytes: "", order: "", format: "", filter: "" };
  }

  note(kind, text) {
    this.problems[kind] ||= text;
  }

  /** Check the cells after an id once for all rows that share them; return their stratum, null if never drawn. */
  stratum(id, rest) {
    const cells = rest.split("\t");
    if (cells.length !== 6 || !COUNTY.test(cells[0])) {
      this.note("format", `${id} 一行的列不对`);
      return null;
    }
    if (this.masked) {
      if (cells[ELIGIBLE] !== "-" || !HIDDEN.test(cells[CLASS])) this.note("format", `${id} 一行的遮蔽值不对`);
    } else if (!["0", "1"].includes(cells[ELIGIBLE]) || !this.counts.has(cells[CLASS])) {
      this.note("format", `${id} 一行的分类或标记不对`);
      return null;
    }
    if (!accepts(this.conditions, cells, this.masked)) this.note("filter", `${id} 不符合承诺的抽取条件`);
    return !this.masked && cells[ELIGIBLE] === "1" ? cells[CLASS] : null;
  }

  line(text) {
    const cut = text.indexOf("\t");
    const id = cut < 0 ? text : text.slice(0, cut);
    const rest = cut < 0 ? "" : text.slice(cut + 1);
    if (id <= this.previous) this.note("order", `${id} 重复或次序不对`);
    if (!ID.test(id)) this.note("format", `编号 ${id} 的格式不对`);
    this.previous = id;
    this.total += 1;
    let stratum = this.known.get(rest);
    if (stratum === undefined) {
      stratum = this.stratum(id, rest);
      if (!this.masked) this.known.set(rest, stratum);
    }
    if (this.wanted.has(id)) {
      this.rows.set(id, rest.split("\t"));
      if (stratum !== null && this.without.has(id)) return;
    }
    if (stratum === null) {
      this.ineligible += 1;
      return;
    }
    this.counts.set(stratum, this.counts.get(stratum) + 1);
    if (this.cells) {
      const values = rest.split("\t");
      this.tickets.of(id);
      this.even.get(stratum).push([this.cells.map((place) => values[place]).join("\t"), this.tickets.hex(), id]);
      return;
    }
    const limit = this.limits.get(stratum);
    if (limit && atMost(this.tickets.of(id), limit)) {
      this.low.get(stratum).push([this.tickets.hex(), id]);
      this.rows.set(id, rest.split("\t"));
    }
  }

  /** Hash and read one page. */
  async page(bytes) {
    this.leaves.push(await digest(leafBytes(bytes)));
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      this.note("bytes", "不是 UTF-8");
      return;
    }
    if (REFUSED.test(text) || text.normalize("NFC") !== text) this.note("bytes", "含有不允许的字符");
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.line(text.slice(start, end));
      start = end + 1;
    }
  }

  /** Read a whole pool from a stream of bytes; `progress` is called with the rows read so far. */
  async run(stream, progress) {
    const pages = new Pages(stream, () => progress(this.total));
    for await (const page of pages) await this.page(page);
    if (pages.unended) this.note("bytes", "最后一行没有换行");
    progress(this.total);
  }

  /** Report what the pool's bytes and rows show. */
  tell(report, pool) {
    report.check("pool.format", "名录格式", this.problems.bytes);
    const size = this.total === pool.rows && this.leaves.length === pool.pages;
    report.check("pool.size", "名录户数", size ? "" : `${this.total} 户 ${this.leaves.length} 页，与承诺不同`);
    const found = hex(root(this.leaves));
    report.check("pool.root", "名录根", found === pool.root ? "" : `算得 ${found}`);
    report.check("pool.order", "名录次序和重复", this.problems.order);
    report.check("pool.rows", "名录各行", this.problems.format);
    report.check("pool.filter", "抽取条件", this.problems.filter);
  }
}
