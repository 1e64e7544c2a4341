// The page: starts a check, lists what it finds, and says at the end what it means.

const SIGN = {
  passed: ["✓", "通过", "good"],
  failed: ["✗", "未通过", "bad"],
  skipped: ["－", "未核", ""],
};

const box = document.querySelector("[data-verify]");
const find = (name) => box.querySelector(`[data-${name}]`);
const made = (tag, text, kind = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  return element;
};

function listed({ name, label, state, problem }) {
  const [sign, word, tone] = SIGN[state];
  const item = document.createElement("li");
  item.dataset.check = name;
  item.dataset.state = state;
  const about = document.createElement("div");
  about.append(`${label} `, made("span", name, "code note"));
  if (problem) about.append(made("p", problem, "hint"));
  item.append(about, made("span", `${sign} ${word}`, `tag ${tone}`.trim()));
  return item;
}

class Run {
  constructor(options) {
    this.options = options;
    this.status = find("status");
    this.checks = find("checks");
    this.words = find("words");
    this.bar = find("progress");
    this.counts = { passed: 0, failed: 0, skipped: 0 };
    this.checks.replaceChildren();
    this.words.replaceChildren();
    find("result").hidden = false;
    this.status.className = "notice";
    this.status.textContent = options.whole ? "正在下载名录并逐户重算……" : "正在核对……";
    this.bar.hidden = !options.whole;
    this.turn(true);
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this[data.kind](data);
    this.worker.onerror = () => this.broken({ text: "此浏览器不能运行复核程序，请用 verify.py 复核" });
    this.worker.postMessage({ base: box.dataset.base, options });
  }

  turn(busy) {
    box.querySelectorAll("button").forEach((button) => { button.disabled = busy; });
    find("result").setAttribute("aria-busy", String(busy));
  }

  check(event) {
    this.counts[event.state] += 1;
    this.checks.append(listed(event));
  }

  say({ text }) {
    this.words.append(made("li", text));
  }

  progress({ done, total }) {
    const bar = this.bar.querySelector("progress");
    bar.max = Math.max(total, 1);
    bar.value = done;
    this.bar.querySelector("span").textContent = `${done.toLocaleString()} / ${total.toLocaleString()} 户`;
  }

  end({ failed, draw, rows, seconds }) {
    const { passed, skipped } = this.counts;
    const left = skipped ? `，${skipped} 项未核` : "";
    if (failed.length) {
      this.finish("bad", `核验未通过：${failed.join("、")}。请保存本页，并向公布单位和执法监督机构反映。`);
    } else if (this.options.whole) {
      const time = seconds.toFixed(1);
      this.finish("good", `核验通过：抽取 ${draw} 的 ${rows.toLocaleString()} 户已在本浏览器中逐户重算，` +
        `${passed} 项一致${left}，用时 ${time} 秒。`);
    } else {
      this.finish("good", `这一户的结果与抽取凭证一致：${passed} 项通过${left}。`);
    }
  }

  broken({ text }) {
    this.finish("bad", text);
  }

  finish(tone, text) {
    this.worker.terminate();
    this.status.className = `notice ${tone}`;
    this.status.textContent = text;
    this.turn(false);
    find("result").dataset.done = tone;
  }
}

const noted = () => ({ commit: find("commit").value.trim(), logKey: find("log-key").value.trim() });

find("whole").addEventListener("submit", (event) => {
  event.preventDefault();
  start({ whole: true, company: "", salt: "", ...noted() });
});

find("one").addEventListener("submit", (event) => {
  event.preventDefault();
  const company = event.target.uscc.value.trim().toUpperCase();
  const wrong = !/^[0-9A-Z]{8,22}$/.test(company);
  event.target.uscc.setAttribute("aria-invalid", String(wrong));
  find("one-problem").textContent = wrong ? "请填写 8 至 22 位数字或字母的统一社会信用代码" : "";
  if (wrong) event.target.uscc.focus();
  else start({ whole: false, company, salt: find("salt")?.value.trim().toLowerCase() ?? "", ...noted() });
});

function start(options) {
  delete find("result").dataset.done;
  return new Run(options);
}

box.querySelectorAll("button").forEach((button) => { button.disabled = false; });
