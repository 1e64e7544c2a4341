// An even draw over cells: equal steps through the rows in the order of their cells, from a start that the key decides.

import { byCodePoint } from "./bytes.js";
import { sha256Hex } from "./sha256.js";

const SPACE = 1n << 256n;

/** The unbiased integer below `below`: 256-bit blocks, those at or above its largest multiple rejected. */
export function unbiased(key, below) {
  const n = BigInt(below);
  for (let block = 0; ; block += 1) {
    const found = BigInt(`0x${sha256Hex(`${key}|${block}`)}`);
    if (found < SPACE - (SPACE % n)) return Number(found % n);
  }
}

const order = (one, other) =>
  byCodePoint(one[0], other[0]) || (one[1] < other[1] ? -1 : Number(one[1] > other[1])) || (one[2] < other[2] ? -1 : 1);

/** Who is drawn: [ticket, id, stratum], in no order. */
export function evenlyDrawn(cert, scan, key) {
  return cert.strata.flatMap(({ stratum, k }) => {
    const rows = [...scan.even.get(stratum)].sort(order);
    if (!rows.length || !k) return [];
    const start = unbiased(sha256Hex(`${key}|${stratum}`).slice(0, 32), rows.length);
    return Array.from({ length: k }, (_, step) => {
      const [, ticket, id] = rows[Math.floor((start + step * rows.length) / k)];
      return [ticket, id, stratum];
    });
  });
}
