// The big screen cannot be scrolled from the meeting room: a list longer than the screen turns its pages by itself.
"use strict";

const SECONDS = 12; // to read a page aloud

function write(line, text) {
  if (line.textContent !== text) line.textContent = text;
}

function turn() {
  const list = document.querySelector("[data-turn]");
  const line = document.querySelector("[data-turned]");
  if (!list || !line) return;
  const rows = Array.from(list.children);
  rows.forEach((row) => (row.hidden = false));
  list.start = 1;
  if (window.matchMedia("(max-width: 700px)").matches) return write(line, ""); // a phone is scrolled
  const bottom = window.innerHeight - 2 * line.offsetHeight - window.scrollY;
  const over = rows.findIndex((row) => row.getBoundingClientRect().bottom > bottom);
  const fit = over < 0 ? rows.length : Math.max(over, 1);
  const pages = Math.ceil(rows.length / fit);
  const page = Math.floor(Date.now() / 1000 / SECONDS) % pages;
  rows.forEach((row, place) => (row.hidden = Math.floor(place / fit) !== page));
  list.start = page * fit + 1;
  const last = Math.min(rows.length, (page + 1) * fit);
  write(line, pages < 2 ? "" : `第 ${page * fit + 1}–${last} 户，本屏共列 ${rows.length} 户，每 ${SECONDS} 秒翻页`);
}

turn();
setInterval(turn, 1000);
window.addEventListener("resize", turn);
document.addEventListener("htmx:afterSettle", turn);
