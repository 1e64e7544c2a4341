// A page that shows itself anew while others act: it takes nothing away that somebody types here, and it does not
// give way to an answer that is not this page, as while the service restarts or after the session has ended.
"use strict";

const LIVE = ["ceremony", "screen"];
let shown = "";

function changed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") {
    return field.selectedIndex !== Math.max(0, Array.from(field.options).findIndex((one) => one.defaultSelected));
  }
  return field.value !== field.defaultValue;
}

const inUse = (box) =>
  box.contains(document.activeElement) ||
  box.querySelector("details[open] form") !== null ||
  Array.from(box.querySelectorAll("input:not([type=hidden]), select, textarea")).some(changed);

function say(box, text) {
  let line = box.querySelector("[data-stale]");
  if (!line) {
    line = document.createElement("p");
    line.dataset.stale = "";
    line.className = "notice warn";
    line.setAttribute("role", "status");
    box.prepend(line);
  }
  if (line.textContent !== text) line.textContent = text;
}

const lost = (box) => say(box, "暂时连不上系统，正在重试；以下是中断前的情况。");

document.addEventListener("htmx:beforeRequest", (event) => {
  const box = event.detail.elt;
  if (box.id === "ceremony" && inUse(box)) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const box = event.detail.requestConfig.elt;
  if (!LIVE.includes(box.id)) return;
  const answer = event.detail.xhr;
  if (answer.responseURL.includes("/login")) {
    event.detail.shouldSwap = false;
    say(box, "登录已过期，请重新登录后打开本页。");
  } else if (answer.status !== 200 || !answer.responseText.includes('id="' + box.id + '"')) {
    event.detail.shouldSwap = false;
    lost(box);
  } else if (answer.responseText === shown || (box.id === "ceremony" && inUse(box))) {
    event.detail.shouldSwap = false;
    box.querySelector("[data-stale]")?.remove();
  } else {
    shown = answer.responseText;
  }
});
document.addEventListener("htmx:sendError", (event) => {
  if (LIVE.includes(event.detail.elt.id)) lost(event.detail.elt);
});
