// The calculators of the page: read the fields, show results, keep the setting in the address
// (?planner.compute=1e25&planner.law=llama3&...). Numbers come from calculators-models.js.
(() => {
  "use strict";

  const { scalebook } = globalThis;
  if (!scalebook) return;
  const { data, parseQuantity, format, compute } = scalebook;
  const panels = new Map();
  const TOKENIZER = ["bytes_per_token", "chars_per_token", "tokens_per_word"];
  const STALE = "Not computed again: these are the results of the last values that could be used.";

  // Reading fields

  /** Return the value of a field, or say in words what is wrong with it. */
  function read(field, text, usual) {
    if (field.choices.length) {
      if (field.choices.includes(text)) return { value: text };
      return { problem: `'${text}' was given; expected one of ${field.choices.join(", ")}.` };
    }
    const value = parseQuantity(text, data.spellings[field.unit]);
    const example = `such as ${usual}`;
    const meaning = `It is the ${field.meaning}.`;
    if (Number.isNaN(value)) {
      const given = text.trim() ? `'${text}' was given` : "The field is empty";
      const comma = /\d,\d/.test(text) ? " with a point and not a comma before its decimals" : "";
      return { problem: `${given}; expected a number${comma}, ${field.bounds}, ${example}. ${meaning}` };
    }
    if (!Number.isFinite(value) || value < (field.low ?? -Infinity) || value > (field.high ?? Infinity)) {
      return { problem: `'${text}' was given; expected ${field.bounds}, ${example}. ${meaning}` };
    }
    if (field.type === "int" && !Number.isInteger(value)) {
      return { problem: `'${text}' was given; expected a whole number, ${field.bounds}. ${meaning}` };
    }
    return { value };
  }

  const entry = (value) =>
    value >= 1e3 ? format(value, "amount") : String(Number(value.toPrecision(4)));

  /** Names of values that play no part, given the others. */
  function unused(name, values) {
    if (name === "units") return values.tokenizer === "own" ? [] : TOKENIZER;
    const others = Object.entries(name === "planner" ? data.starts : {}).filter(([start]) => start !== values.start);
    return others.flatMap(([, names]) => names);
  }

  /** Complain of values that are in bounds each and contradict one another, by field. */
  function contradictions(name, values) {
    const found = {};
    const idle = unused(name, values);
    for (const [one, other, why] of data.ordered[name] || []) {
      if (idle.includes(one)) continue;
      let [small, large] = [values[one], values[other]];
      if (one === "shared_params") {
        [small, large] = [small * values.shared_off, large / values.total_off];
      }
      if (small > large) {
        found[one] = `This is ${entry(small)}; expected at most ${entry(large)}: ${why}.`;
      }
    }
    return found;
  }

  // A calculator

  class Panel {
    constructor(root) {
      this.root = root;
      this.name = root.dataset.calculator;
      this.form = root.querySelector("form");
      this.fields = data.fields[this.name];
      this.controls = Object.fromEntries(
        Object.keys(this.fields).map((name) => [name, this.form.elements[name]]),
      );
      // What is in the page at first is the default, also when the browser refills a form.
      this.defaults = Object.fromEntries(
        Object.entries(this.controls).map(([name, control]) => [name, initial(control)]),
      );
      this.values = this.parse(this.defaults).values;
      this.said = this.form.querySelector(".calculator-said");
      this.form.addEventListener("input", (event) => this.changed(event.target));
      this.form.addEventListener("submit", (event) => event.preventDefault());
      this.form.addEventListener("reset", () => {
        // The fields are set back only after this event.
        setTimeout(() => {
          this.changed(null);
          this.say("Back to the defaults.");
        });
      });
      this.form.querySelector("[data-copy]").addEventListener("click", () => this.copy());
    }

    texts() {
      return Object.fromEntries(
        Object.entries(this.controls).map(([name, control]) => [name, control.value]),
      );
    }

    parse(texts) {
      const [values, problems] = [{}, {}];
      const hidden = this.name === "planner" ? unused(this.name, texts) : [];
      for (const [name, field] of Object.entries(this.fields)) {
        const { value, problem } = read(field, texts[name], this.defaults[name]);
        if (hidden.includes(name)) continue;
        if (problem) problems[name] = problem;
        else values[name] = value;
      }
      if (!Object.keys(problems).length) Object.assign(problems, contradictions(this.name, values));
      return { values, problems };
    }

    changed(control) {
      if (this.name === "units") this.settle(control);
      this.said.textContent = "";
      this.show();
      store();
    }

    /** Keep the tokenizer and the numbers of a token in step. */
    settle(control) {
      const { tokenizer } = this.controls;
      if (control && TOKENIZER.includes(control.name)) tokenizer.value = "own";
      const chosen = data.tokenizers[tokenizer.value];
      if (!chosen) return;
      for (const name of TOKENIZER) this.controls[name].value = String(Number(chosen[name].toPrecision(6)));
    }

    show() {
      const { values, problems } = this.parse(this.texts());
      if (this.name === "planner") {
        const idle = unused(this.name, this.texts());
        for (const [name, control] of Object.entries(this.controls)) {
          control.closest(".calculator-field").hidden = idle.includes(name);
        }
      }
      for (const [name, control] of Object.entries(this.controls)) {
        const message = document.getElementById(`${control.id}-error`);
        const problem = problems[name] || "";
        if (message.textContent !== problem) message.textContent = problem;
        message.hidden = !problem;
        const about = (data.notes[`${this.name}.${name}`] || {})[control.value];
        const hint = document.getElementById(`${control.id}-hint`);
        if (control.tagName === "SELECT") hint.textContent = about || "";
        if (problem) {
          control.setAttribute("aria-invalid", "true");
          const folded = control.closest("details");
          if (folded) folded.open = true;
        } else {
          control.removeAttribute("aria-invalid");
        }
      }
      const stale = Object.keys(problems).length > 0;
      this.root.classList.toggle("calculator-is-stale", stale);
      this.root.querySelector(".calculator-stale").textContent = stale ? STALE : "";
      if (stale) return;
      this.values = values;
      this.fill(compute[this.name](values));
      this.command();
      this.root.dispatchEvent(new CustomEvent("calculator", { detail: { name: this.name, values } }));
    }

    fill(answer) {
      this.answer = answer;
      const { of, summary } = data.styles[this.name];
      const words = (key) => {
        const found = answer[key.replace("~", "")];
        const style = of[key.replace("~", "")];
        if (!key.endsWith("~")) return format(found.value, style);
        return Number.isNaN(found.low) ? "" : `${format(found.low, style)} to ${format(found.high, style)}`;
      };
      for (const cell of this.root.querySelectorAll("td[data-key]")) {
        cell.textContent = words(cell.dataset.key);
        cell.dataset.value = answer[cell.dataset.key].value;
      }
      for (const cell of this.root.querySelectorAll("td[data-interval]")) {
        const { low, high } = answer[cell.dataset.interval];
        cell.textContent = words(`${cell.dataset.interval}~`);
        cell.dataset.low = low;
        cell.dataset.high = high;
      }
      for (const row of this.root.querySelectorAll("tbody tr")) {
        row.hidden = [...row.querySelectorAll("td")].every((each) => ["", "—"].includes(each.textContent));
      }
      const shown = summary.filter((sentence) =>
        [...sentence.matchAll(/\{([^}]+)\}/g)].every(([, key]) => !["—", ""].includes(words(key))),
      );
      const text = shown.map((s) => s.replace(/\{([^}]+)\}/g, (_, key) => words(key))).join(" ");
      this.speak(text);
    }

    /** Put the summary in its place; a pause keeps a screen reader from hearing every keystroke. */
    speak(text) {
      const place = this.root.querySelector(".calculator-summary");
      clearTimeout(this.pause);
      if (place.textContent === text) return;
      this.pause = setTimeout(() => (place.textContent = text), this.answered ? 400 : 0);
      this.answered = true;
    }

    /** Values that are not the defaults, as they were written. */
    setting() {
      const texts = Object.entries(this.texts()).filter(([name, text]) => text !== this.defaults[name]);
      const idle = unused(this.name, this.texts());
      return texts.filter(([name]) => !idle.includes(name));
    }

    command() {
      // With units and signs a shell would want quotes: then the number in the unit expected.
      const plain = (name, text) =>
        this.fields[name].choices.length ||
        (/^[-+.\d][-+.\w\s]*$/.test(text) && !Number.isNaN(parseQuantity(text)))
          ? text.replace(/\s+/g, "")
          : String(this.values[name]);
      const given = this.setting().map(([name, text]) => [name, plain(name, text)]);
      const parts = given.map(([name, text]) => ` -p ${name}=${text}`).join("");
      const lines = [`scalebook calculate ${this.name}${parts}`];
      if (this.name === "planner") {
        const { start, compute: budget, law } = { ...this.defaults, ...Object.fromEntries(given) };
        const flop = start === "compute" ? budget : this.answer.compute.value;
        lines.unshift(`scalebook plan --compute ${flop} --law ${law}`);
      }
      if (this.name === "gpt4") lines.unshift(`scalebook run gpt4${parts}`);
      this.root.querySelector(".calculator-command").textContent = lines.join("\n");
    }

    restore(state) {
      for (const [name, control] of Object.entries(this.controls)) {
        const text = state.get(`${this.name}.${name}`);
        control.value = text ?? this.defaults[name];
        // A choice that does not exist must not leave the field empty.
        if (control.selectedIndex < 0) control.value = this.defaults[name];
      }
      if (this.name === "units") this.settle(null);
      // With a setting that cannot be used, the defaults' results stand.
      if (!this.answer) this.fill(compute[this.name](this.values));
      const details = this.form.querySelectorAll("details");
      const set = new Set(this.setting().map(([name]) => name));
      details.forEach((each) => {
        each.open = [...each.querySelectorAll("input, select")].some((control) => set.has(control.name));
      });
      this.show();
    }

    say(text) {
      this.said.textContent = text;
    }

    async copy() {
      const state = new URLSearchParams(this.setting().map(([name, text]) => [`${this.name}.${name}`, text]));
      const query = state.toString();
      const address = `${location.href.split(/[?#]/)[0]}${query ? `?${query}` : ""}#${this.root.id}`;
      this.say((await copied(address)) ? "Link copied." : `Copy this: ${address}`);
    }
  }

  /** Return what a control held when the page was written. */
  function initial(control) {
    if (control.tagName !== "SELECT") return control.defaultValue;
    return [...control.options].find((option) => option.defaultSelected).value;
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false; // no clipboard here, or no leave to use it
    }
  }

  // The address

  function store() {
    const state = new URLSearchParams();
    for (const panel of panels.values()) {
      panel.setting().forEach(([name, text]) => state.set(`${panel.name}.${name}`, text));
    }
    const search = state.toString();
    try {
      history.replaceState(null, "", location.pathname + (search ? `?${search}` : "") + location.hash);
    } catch {
      // Some browsers forbid it on file:// pages; the calculators work all the same.
    }
  }

  function restore() {
    const state = new URLSearchParams(location.search);
    panels.forEach((panel) => panel.restore(state));
  }

  document.querySelectorAll(".calculator").forEach((root) => {
    const panel = new Panel(root);
    panels.set(panel.name, panel);
  });
  restore();
  addEventListener("popstate", restore);
  // Firefox refills forms after scripts have run, and going back may bring another address.
  addEventListener("pageshow", (event) => event.persisted && restore());
  scalebook.panels = panels;
})();
