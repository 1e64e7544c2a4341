// What a certificate and officers.json are made of; anything else is refused before a check can stumble over it.

/** A document lacks something or has something of another kind. */
export class Malformed extends Error {}

const text = (value) => typeof value === "string";
const whole = (value) => Number.isSafeInteger(value);
const flag = (value) => typeof value === "boolean";
const anything = (value) => value !== undefined;
const optional = (kind) => (value) => value === undefined || kind(value);
const maybe = (kind) => (value) => value === null || kind(value);
const list = (kind) => (value) => Array.isArray(value) && value.every(kind);
const row = (...kinds) => (value) =>
  Array.isArray(value) && value.length === kinds.length && kinds.every((kind, at) => kind(value[at]));
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const mapping = (kind) => (value) => isObject(value) && Object.values(value).every(kind);
const object = (name, fields) => (value) => {
  if (!isObject(value)) return false;
  for (const [field, kind] of Object.entries(fields)) {
    if (!kind(value[field])) throw new Malformed(`${name}.${field}`);
  }
  return true;
};

const count = (value) => whole(value) && value >= 0;
const hashed = (value) => text(value) && /^([0-9a-fA-F]{2})*$/.test(value);
const ticket = (value) => text(value) && /^[0-9a-f]{64}$/.test(value);
const condition = (value) =>
  isObject(value) && ["county", "industry", "size", "type", "class"].includes(value.col) &&
  (list(text)(value.in) || list(text)(value.prefix) || (text(value.ge) && text(value.le)));

const COMMIT = object("commit", {
  type: text, profile: text, draw_id: text, attempt: whole, supersedes: anything, task: text,
  pool: object("commit.pool", {
    root: text, rows: whole, pages: whole, page_rows: whole, columns: list(text), excluded: list(row(text, whole)),
  }),
  rule: object("commit.rule", {
    filter: list(condition),
    strata: object("commit.rule.strata", {
      by: text, ratio: mapping(row(whole, whole)), min: whole, rounding: text, cells: optional(list(text)),
    }),
  }),
  strata: list(row(text, whole, whole)),
  officers: object("commit.officers", { root: text, count: whole, seats: whole, method: text }),
  recusals_root: text,
  seed_plan: object("commit.seed_plan", {
    parties: list(row(text, text)), dice: flag, seal: optional(flag), reveal_deadline: text,
    beacon: maybe(object("commit.seed_plan.beacon", {
      beacon_id: text, chain: text, genesis: count, group_hash: hashed, period: count, public_key: hashed,
      round: count, scheme: text,
    })),
  }),
  result_deadline: text,
  replaces: optional(object("commit.replaces", {
    draw_id: text, certificate_sha256: text, n: list(whole), without: list(text),
  })),
});

const either = (one, other) => (value) => one(value) || other(value);
const paged = (name) => object(name, { file: text, page_rows: whole, pages: whole, root: text, rows: whole });
const receipt = (name) => object(name, {
  reference: text, index: whole, leaf_hash: hashed, tree_size: whole, root_hash: hashed, inclusion: list(hashed),
  checkpoint: optional(text), entry: optional(text),
});

const CERTIFICATE = object("certificate", {
  type: text, commit: COMMIT, commit_sha256: text,
  seed: object("seed", { txt: text, sha256: text, beacon: maybe(object("seed.beacon", { signature: hashed })) }),
  keys: mapping(text),
  strata: list(object("strata", {
    stratum: text, n: whole, k: whole, threshold: maybe(ticket), reserve: list(row(text, ticket)),
  })),
  selected: either(list(row(text, text, text)), paged("selected")),
  assignments: either(list(row(text, list(text))), paged("assignments")),
  edition: optional(whole), previous_sha256: optional(text),
  escalated: list(anything), direct: optional(anything), replacements: list(anything),
  log: receipt("log"), result_log: optional(receipt("result_log")),
  result_sha256: text,
});

const OFFICERS = object("officers.json", {
  items: list(text), officers: list(row(text, text, list(text), whole, whole)),
  recusals: list(row(text, text)), escalation: list(row(text, (value) => whole(value) || text(value))),
});

const taken = row(text, text, text);
const ENTRIES = {
  void: { subject: text, reason: text, evidence: list(text) },
  reserve: { for: whole, taken, officers: list(text) },
  fresh: {
    for: list(whole), draw_id: text, certificate_sha256: text, taken: list(taken), teams: list(row(text, list(text))),
  },
  officer: { subject: text, seat: whole, out: text, in: text, reason: text },
};

/** Say whether a replacement has all the keys of its kind, of the right kinds, and no others. */
export function entryFits(entry) {
  if (!isObject(entry) || !Object.hasOwn(ENTRIES, entry.kind) || !text(entry.at)) return false;
  const fields = Object.entries(ENTRIES[entry.kind]);
  const whole = Object.keys(entry).length === fields.length + 3 && "n" in entry;
  return whole && fields.every(([field, kind]) => kind(entry[field]));
}

const PROOF = object("proof", {
  uscc: text, present: flag, pages: list(object("proof.pages", { index: whole, page: text, path: list(hashed) })),
});

function hold(kind, name, document) {
  if (!kind(document)) throw new Malformed(name);
  return document;
}

/** Return the certificate, whose parts are of the right kinds; throws Malformed. */
export const certificateOf = (document) => hold(CERTIFICATE, "certificate", document);
/** Return officers.json, likewise. */
export const officersOf = (document) => hold(OFFICERS, "officers.json", document);
/** Return the proof of one firm, likewise. */
export const proofOf = (document) => hold(PROOF, "proof", document);
