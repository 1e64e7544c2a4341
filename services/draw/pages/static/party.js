// A party's random number is made here, in its own browser, and stays here until it is revealed.
// The server is sent the promise alone: SHA-256("sunlot-draw/1 party " + name + " " + 32 random bytes).
"use strict";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (text) => Uint8Array.from(text.match(/../g) || [], (pair) => parseInt(pair, 16));

async function promiseOf(party, secret) {
  const head = new TextEncoder().encode("sunlot-draw/1 party " + party + " ");
  const whole = new Uint8Array(head.length + secret.length);
  whole.set(head);
  whole.set(secret, head.length);
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", whole)));
}

async function prepare(box) {
  const key = "sunlot-draw " + box.dataset.draw + " " + box.dataset.party;
  const say = box.querySelector("[data-say]");
  if (!window.crypto || !crypto.subtle) {
    say.textContent = "此浏览器不能在当前地址生成随机数：请通过 HTTPS 访问，或用命令行生成后粘贴。";
    return;
  }
  let secret = localStorage.getItem(key);
  const field = box.querySelector("input[name=commit], input[name=reveal]");
  if (field.name === "commit") {
    if (!secret) {
      secret = hex(crypto.getRandomValues(new Uint8Array(32)));
      localStorage.setItem(key, secret);
    }
    field.value = field.defaultValue = await promiseOf(box.dataset.party, bytesOf(secret));
    say.textContent = "随机数已在本浏览器生成并保存，只登记承诺。请勿清除浏览器数据，揭示前不要换电脑。";
  } else if (secret) {
    field.value = field.defaultValue = secret;
    say.textContent = "已取出本浏览器保存的随机数，确认后揭示。";
  } else {
    say.textContent = "本浏览器没有保存随机数：请在登记承诺时所用的浏览器中揭示，或粘贴当时自行生成的随机数。";
  }
}

const prepareAll = () => document.querySelectorAll("[data-party]").forEach((box) => prepare(box));
prepareAll();
// A waiting page shows itself anew, and then it may hold the next form.
document.addEventListener("htmx:afterSettle", prepareAll);
