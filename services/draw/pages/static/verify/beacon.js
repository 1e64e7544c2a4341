// A drand beacon: its chain, its time and its BLS signature (on G1, key on G2); and Ed25519 for the log's checkpoint.

import { hex, joined, sameBytes, unhex, utf8 } from "./bytes.js";
import { sha256 } from "./sha256.js";

const SCHEME = "bls-unchained-g1-rfc9380";
const QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"; // drand's public chain
const TAG = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
const KEY_BYTES = 96;
const SIGNATURE_BYTES = 48;

// Only draws with a beacon or with a key to check need the curves.
const curves = () => import("./vendor/noble-curves.js");

function bigEndian(number, size) {
  const bytes = new Uint8Array(size);
  let rest = BigInt(number);
  for (let at = size - 1; at >= 0; at -= 1, rest >>= 8n) bytes[at] = Number(rest & 0xffn);
  return bytes;
}

/** Unix seconds of `2026-11-22T01:00:00Z`; NaN for anything else. */
export const secondsOf = (text) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) / 1000 : Number.NaN;

function pointOf(group, text, size) {
  const bytes = unhex(text);
  if (bytes.length !== size) throw new Error("长度不对");
  const point = group.fromBytes(bytes); // checks curve and subgroup
  if (point.is0()) throw new Error("无穷远点");
  return point;
}

async function signatureProblem(publicKey, round, signature) {
  const { bls12_381: curve } = await curves();
  let key;
  let signed;
  try {
    key = pointOf(curve.G2.Point, publicKey, KEY_BYTES);
    signed = pointOf(curve.G1.Point, signature, SIGNATURE_BYTES);
  } catch (error) {
    return `公钥或签名无效：${error.message}`;
  }
  const message = curve.shortSignatures.hash(sha256(bigEndian(round, 8)), TAG);
  return curve.shortSignatures.verify(signed, message, key) ? "" : "签名不是该公钥对该轮次的签名";
}

function chainProblem(beacon) {
  if (beacon.scheme !== SCHEME) return `不认识的签名方案 ${beacon.scheme}`;
  const parts = [bigEndian(beacon.period, 4), bigEndian(beacon.genesis, 8), unhex(beacon.public_key)];
  const id = beacon.beacon_id === "default" ? "" : beacon.beacon_id;
  const found = hex(sha256(joined(...parts, unhex(beacon.group_hash), utf8(id))));
  return found === beacon.chain ? "" : `公钥等参数算出的链哈希是 ${found}`;
}

/** When the round came, in Unix seconds. */
export const timeOf = (beacon) => beacon.genesis + (beacon.round - 1) * beacon.period;

/** Check that the key belongs to the chain, that the round came in time, and the round's signature. */
export async function checkBeacon(report, cert) {
  const { beacon, reveal_deadline: after } = cert.commit.seed_plan;
  report.check("beacon.chain", "信标链", chainProblem(beacon));
  if (beacon.chain !== QUICKNET) {
    const why = `链 ${beacon.chain} 不是本程序认得的公共链，请向其运营方核对`;
    report.skip("beacon.source", "信标链的来历", why);
  }
  const at = timeOf(beacon);
  const timely = beacon.round >= 1 && secondsOf(after) <= at && at < secondsOf(cert.commit.result_deadline);
  report.check("beacon.time", "信标轮次的时间", timely ? "" : "不在揭示截止之后、结果截止之前");
  const signature = cert.seed.beacon?.signature ?? "";
  report.check("beacon.signature", "信标签名", await signatureProblem(beacon.public_key, beacon.round, signature));
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

async function signedBy(note, vkey) {
  const { ed25519 } = await curves();
  const [name, number, ...encoded] = vkey.trim().split("+");
  const key = fromBase64(encoded.join("+"));
  if (key.length !== 33 || key[0] !== 1) return "日志公钥不是 Ed25519 公钥";
  const id = sha256(joined(utf8(`${name}\n`), key)).slice(0, 4);
  if (hex(id) !== number) return "日志公钥与其编号不符";
  const end = note.lastIndexOf("\n\n");
  const text = utf8(note.slice(0, end + 1));
  for (const row of note.slice(end + 2).split("\n")) {
    if (!row.startsWith(`\u2014 ${name} `)) continue;
    const raw = fromBase64(row.split(" ")[2]);
    const right = sameBytes(raw.slice(0, 4), id) && raw.length === 68;
    if (right && ed25519.verify(raw.slice(4), text, key.slice(1), { zip215: false })) return "";
  }
  return "检查点没有该日志公钥的有效签名";
}

/** Check a C2SP signed note against a key `name+hash+base64`; "" when its signature holds. */
export async function noteProblem(note, vkey) {
  try {
    return await signedBy(note, vkey);
  } catch {
    return "日志公钥或签名的格式不对";
  }
}
