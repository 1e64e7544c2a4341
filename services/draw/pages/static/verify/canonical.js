// JSON as the draw writes it (RFC 8785 without floats): a strict reader and the canonical writer.

import { sha256Hex } from "./sha256.js";

/** A file is not what it should be. */
export class Unreadable extends Error {}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?![0-9.eE])/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const DEEPEST = 64;

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(what) {
    throw new Unreadable(`第 ${this.at + 1} 个字符处：${what}`);
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return null;
    this.at = pattern.lastIndex;
    return found[0];
  }

  next(character) {
    this.take(SPACE);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  value(depth) {
    if (depth > DEEPEST) this.fail("嵌套过深");
    if (this.next("{")) return this.object(depth);
    if (this.next("[")) return this.array(depth);
    if (this.text[this.at] === '"') return this.string();
    for (const [word, meaning] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return meaning;
      }
    }
    const digits = this.take(NUMBER);
    if (digits === null) this.fail("不是整数、文本、列表或对象");
    if (!Number.isSafeInteger(Number(digits))) this.fail(`数字 ${digits} 不能规范化`);
    return Number(digits);
  }

  string() {
    const found = this.take(STRING);
    if (found === null) this.fail("文本没有结束");
    const text = JSON.parse(found);
    if (LONE.test(text)) this.fail("不完整的字符");
    return text;
  }

  array(depth) {
    const items = [];
    if (this.next("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.next(","));
    if (!this.next("]")) this.fail("列表没有结束");
    return items;
  }

  object(depth) {
    const found = Object.create(null);
    if (this.next("}")) return found;
    do {
      this.take(SPACE);
      const key = this.string();
      if (key in found) this.fail(`重复的键 ${key}`);
      if (!this.next(":")) this.fail("键后没有冒号");
      found[key] = this.value(depth + 1);
    } while (this.next(","));
    if (!this.next("}")) this.fail("对象没有结束");
    return found;
  }
}

/** Read JSON without floats, without a key twice; throws Unreadable. */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.take(SPACE);
  if (reader.at !== text.length) reader.fail("多余的内容");
  return value;
}

/** Read the UTF-8 bytes of a JSON file; throws Unreadable. */
export function parseBytes(bytes) {
  try {
    return parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (error instanceof TypeError) throw new Unreadable("不是 UTF-8");
    throw error;
  }
}

/** The canonical JSON of objects, arrays, strings, booleans, null and integers: keys by UTF-16 units, no spaces. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const pairs = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${pairs.join(",")}}`;
}

/** The SHA-256, in hexadecimal, of a value's canonical JSON. */
export const digestOf = (value) => sha256Hex(canonical(value));

/** Say whether two JSON values are the same. */
export const same = (one, other) => canonical(one) === canonical(other);
