// Fetches the published files and checks them away from the page, so that the page stays awake.

import { Unreadable } from "./canonical.js";
import { Malformed } from "./shape.js";
import { Report, verifyCompany, verifyDraw } from "./verify.js";

const STEP = 100; // milliseconds between two reports of progress
const NEEDED = ["certificate.json", "pool.tsv", "selected.tsv", "assignments.tsv"];

/** What is published with one draw, by the names of the files. */
class Source {
  constructor(base) {
    this.base = base;
  }

  async open(name, needed) {
    const address = `${this.base}/${name}`;
    const answer = await fetch(address);
    if (answer.ok) return answer;
    if (!needed && answer.status === 404) return null;
    throw new Unreadable(`${address} 取不到（${answer.status}），请稍后重试`);
  }

  /** The bytes of a file; null for one that need not be there and is not. */
  async bytes(name) {
    const answer = await this.open(name, NEEDED.includes(name));
    return answer && new Uint8Array(await answer.arrayBuffer());
  }

  async stream(name) {
    return (await this.open(name, true)).body;
  }

  other(draw) {
    return new Source(`${this.base.slice(0, this.base.lastIndexOf("/"))}/${encodeURIComponent(draw)}`);
  }
}

async function run({ base, options }) {
  const report = new Report((event) => postMessage(event));
  let last = 0;
  const progress = (done, total) => {
    const now = performance.now();
    if (now - last < STEP && done < total) return;
    last = now;
    postMessage({ kind: "progress", done, total });
  };
  const source = new Source(base);
  const cert = options.whole
    ? await verifyDraw(source, options, report, progress) : await verifyCompany(source, options, report);
  return { kind: "end", failed: [...report.failed], draw: cert.commit.draw_id, rows: cert.commit.pool.rows };
}

onmessage = async ({ data }) => {
  const started = performance.now();
  try {
    const done = await run(data);
    postMessage({ ...done, seconds: (performance.now() - started) / 1000 });
  } catch (error) {
    if (error instanceof Malformed) {
      const problem = `缺少或不对：${error.message}`;
      postMessage({ kind: "check", name: "structure", label: "文件结构", state: "failed", problem });
      postMessage({ kind: "end", failed: ["structure"], seconds: (performance.now() - started) / 1000 });
      return;
    }
    const told = error instanceof Unreadable ? `无法读取：${error.message}` : `复核没有完成：${error.message}`;
    postMessage({ kind: "broken", text: told });
  }
};
