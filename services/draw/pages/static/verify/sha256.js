// SHA-256 (FIPS 180-4). Tickets are one block each and hundreds of thousands of them: a call of
// crypto.subtle.digest for every one takes longer than the hash itself. Long data goes to WebCrypto (digest).

import { hex, utf8 } from "./bytes.js";

const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
const BLOCK = 64;
const LENGTH_BYTES = 8;

const schedule = new Int32Array(64);

/** Mix the 64 bytes of `block` from `at` into `state` (8 words). */
function compress(state, block, at) {
  const w = schedule;
  for (let i = 0, p = at; i < 16; i += 1, p += 4) {
    w[i] = (block[p] << 24) | (block[p + 1] << 16) | (block[p + 2] << 8) | block[p + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15];
    const y = w[i - 2];
    const small = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const large = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + small + w[i - 7] + large) | 0;
  }
  let a = state[0] | 0, b = state[1] | 0, c = state[2] | 0, d = state[3] | 0;
  let e = state[4] | 0, f = state[5] | 0, g = state[6] | 0, h = state[7] | 0;
  for (let i = 0; i < 64; i += 1) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + sum1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0;
    d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

function bytesOf(state) {
  const out = new Uint8Array(32);
  const view = new DataView(out.buffer);
  for (let i = 0; i < 8; i += 1) view.setUint32(i * 4, state[i]);
  return out;
}

/** The 32 bytes of SHA-256 of some bytes. */
export function sha256(bytes) {
  const state = Uint32Array.from(START);
  const whole = bytes.length - (bytes.length % BLOCK);
  for (let at = 0; at < whole; at += BLOCK) compress(state, bytes, at);
  const rest = bytes.subarray(whole);
  const tail = new Uint8Array(rest.length + 1 + LENGTH_BYTES > BLOCK ? 2 * BLOCK : BLOCK);
  tail.set(rest);
  tail[rest.length] = 0x80;
  const view = new DataView(tail.buffer);
  view.setUint32(tail.length - 8, Math.floor(bytes.length / 0x20000000));
  view.setUint32(tail.length - 4, (bytes.length << 3) >>> 0);
  for (let at = 0; at < tail.length; at += BLOCK) compress(state, tail, at);
  return bytesOf(state);
}

/** The SHA-256 of a text's UTF-8 bytes, in hexadecimal. */
export const sha256Hex = (text) => hex(sha256(utf8(text)));

/** SHA-256 of long data: WebCrypto where the address is secure (HTTPS), else the code above. */
export async function digest(bytes) {
  if (globalThis.crypto?.subtle) return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return sha256(bytes);
}

/** Tickets of one draw: SHA-256(key ‖ "|" ‖ id), one block each, without an allocation. */
export class Tickets {
  constructor(key) {
    this.prefix = utf8(`${key}|`);
    this.block = new Uint8Array(BLOCK);
    this.block.set(this.prefix);
    this.words = new Uint32Array(8); // the last ticket
  }

  /** Compute the ticket of an id into `words` and return them; they are overwritten by the next call. */
  of(id) {
    const { block, prefix, words } = this;
    const length = prefix.length + id.length;
    let ascii = 0;
    for (let at = 0; at < id.length; at += 1) ascii |= id.charCodeAt(at);
    if (ascii > 0x7f || length + 1 + LENGTH_BYTES > BLOCK) {
      const view = new DataView(sha256(utf8(`${new TextDecoder().decode(prefix)}${id}`)).buffer);
      for (let i = 0; i < 8; i += 1) words[i] = view.getUint32(i * 4);
      return words;
    }
    block.fill(0, prefix.length);
    for (let at = 0; at < id.length; at += 1) block[prefix.length + at] = id.charCodeAt(at);
    block[length] = 0x80;
    block[62] = (length << 3) >>> 8;
    block[63] = (length << 3) & 0xff;
    words.set(START);
    compress(words, block, 0);
    return words;
  }

  /** The last ticket in hexadecimal. */
  hex() {
    return hex(bytesOf(this.words));
  }
}

/** Prove this file against WebCrypto, if there is one, and a vector of FIPS 180-4; throws when it is wrong. */
export async function selfTest() {
  const right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const long = utf8("sunlot".repeat(99));
  if (sha256Hex("abc") !== right || hex(sha256(long)) !== hex(await digest(long))) {
    throw new Error("此浏览器计算 SHA-256 的结果不正确，请换用 verify.py 复核");
  }
}
