// Lists of more than 50 000 drawn firms lie in files beside the certificate.

import { hex } from "./bytes.js";
import { Unreadable } from "./canonical.js";
import { PAGE_ROWS } from "./commitment.js";
import { leafBytes, root } from "./merkle.js";
import { Pages } from "./pool.js";
import { digest } from "./sha256.js";

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable("名单文件不是 UTF-8");
  }
}

async function rowsOf(report, name, told, stream) {
  const pages = new Pages(stream, () => {});
  const leaves = [];
  const rows = [];
  for await (const page of pages) {
    leaves.push(await digest(leafBytes(page)));
    rows.push(...textOf(page).split("\n").slice(0, -1));
  }
  let problem = pages.unended ? "最后一行没有换行" : "";
  if (rows.length !== told.rows || leaves.length !== told.pages) {
    problem ||= `${rows.length} 行 ${leaves.length} 页，与凭证不同`;
  } else if (hex(root(leaves)) !== told.root) problem ||= "与凭证的根不同";
  report.check(`${name}.file`, told.file, problem);
  return rows.map((row) => row.split("\t"));
}

async function listOf(report, name, told, open) {
  if (told.file !== `${name}.tsv` || told.page_rows !== PAGE_ROWS) {
    report.check(`${name}.file`, told.file, "文件名或每页行数不对");
    return [];
  }
  const rows = await rowsOf(report, name, told, await open(told.file));
  return name === "selected" ? rows : rows.map(([id, ...team]) => [id, team]);
}

/** The certificate with its long lists in place; `open` gives the stream of a file beside it. */
export async function withLists(report, cert, open) {
  const whole = { ...cert };
  for (const name of ["selected", "assignments"]) {
    if (!Array.isArray(cert[name])) whole[name] = await listOf(report, name, cert[name], open);
  }
  return whole;
}
