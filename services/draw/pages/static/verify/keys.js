// Every key that a certificate may have, by where it stands: whoever adds one may mean something that nobody checks.

const RECEIPT = "reference index leaf_hash tree_size root_hash inclusion checkpoint entry";
const LIST = "file page_rows pages root rows";
const KNOWN = {
  "": "type commit commit_sha256 seed keys strata selected assignments escalated direct replacements log result_log " +
    "result_sha256 edition previous_sha256",
  commit: "type profile draw_id attempt supersedes authority task policy pool rule strata officers recusals_root " +
    "seed_plan result_deadline code replaces",
  "commit.supersedes": "draw_id commit_sha256 reason",
  "commit.pool": "root rows pages page_rows columns as_of excluded",
  "commit.rule": "filter strata",
  "commit.rule.strata": "by ratio min rounding cells",
  "commit.officers": "root count seats method",
  "commit.seed_plan": "parties beacon dice reveal_deadline seal",
  "commit.seed_plan.beacon": "beacon_id chain genesis group_hash period public_key round scheme",
  "commit.code": "name version",
  "commit.replaces": "draw_id certificate_sha256 n without",
  seed: "txt sha256 beacon",
  "seed.beacon": "signature",
  log: RECEIPT,
  result_log: RECEIPT,
  selected: LIST,
  assignments: LIST,
};

/** The keys of a certificate that the format does not have. */
export function unknownKeys(cert) {
  return Object.entries(KNOWN).flatMap(([where, names]) => {
    const part = (where ? where.split(".") : []).reduce((found, step) => found?.[step], cert);
    if (part === null || typeof part !== "object" || Array.isArray(part)) return [];
    const known = new Set(names.split(" "));
    const prefix = where && `${where}.`;
    return Object.keys(part).filter((name) => !known.has(name)).map((name) => `${prefix}${name}`);
  });
}
