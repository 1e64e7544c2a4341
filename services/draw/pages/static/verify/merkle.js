// The Merkle tree of RFC 9162 section 2.1.

import { joined, sameBytes } from "./bytes.js";
import { sha256 } from "./sha256.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The bytes whose SHA-256 is the leaf of an entry. */
export const leafBytes = (entry) => joined(LEAF, entry);

const node = (left, right) => sha256(joined(NODE, left, right));

/** The root over leaf hashes: level by level; an odd last node moves up unchanged, which is the same tree. */
export function root(leaves) {
  if (!leaves.length) return sha256(new Uint8Array());
  let level = leaves;
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at + 1 < level.length; at += 2) above.push(node(level[at], level[at + 1]));
    if (level.length % 2) above.push(level.at(-1));
    level = above;
  }
  return level[0];
}

/** Say whether leaf hash `leaf` stands at `index` among `size` leaves: down from the top by halves (2.1.3). */
export function included(leaf, index, size, path, expected) {
  if (!(index >= 0 && index < size)) return false;
  const rest = [...path];
  const turns = [];
  for (let low = 0, high = size; high - low > 1;) {
    let half = 1;
    while (half * 2 < high - low) half *= 2;
    const left = index < low + half;
    turns.push(left);
    if (left) high = low + half;
    else low += half;
  }
  if (turns.length !== rest.length) return false;
  let found = leaf;
  for (const sibling of rest) found = turns.pop() ? node(found, sibling) : node(sibling, found);
  return sameBytes(found, expected);
}
