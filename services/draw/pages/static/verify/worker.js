// Fetches the published files and checks them away from the page, so that the page stays awake.

import { Unreadable } from "./canonical.js";
import { Malformed } from "./shape.js";
import { Report, verifyCompany, verifyDraw } from "./verify.js";

const STEP = 100; // milliseconds between two reports of progress

async function open(address, needed) {
  const answer = await fetch(address);
  if (answer.ok) return answer;
  if (!needed && answer.status === 404) return null;
  throw new Unreadable(`${address} 取不到（${answer.status}），请稍后重试`);
}

const bytesOf = async (answer) => answer && new Uint8Array(await answer.arrayBuffer());

async function run({ base, options }) {
  const report = new Report((event) => postMessage(event));
  let last = 0;
  const progress = (done, total) => {
    const now = performance.now();
    if (now - last < STEP && done < total) return;
    last = now;
    postMessage({ kind: "progress", done, total });
  };
  const certificate = await bytesOf(await open(`${base}/certificate.json`, true));
  let cert;
  if (options.whole) {
    const [pool, officers] = await Promise.all([open(`${base}/pool.tsv`, true), open(`${base}/officers.json`, false)]);
    const files = { certificate, pool: pool.body, officers: await bytesOf(officers) };
    cert = await verifyDraw(files, options, report, progress);
  } else {
    const proof = await bytesOf(await open(`${base}/proof/${options.company}.json`, false));
    cert = await verifyCompany({ certificate, proof }, options, report);
  }
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
