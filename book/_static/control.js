// Figures that answer to a slider, a number typed beside it, or a choice. The page has what is drawn and computed, as Vega-Lite;
// this makes the fields and says the outcome in words. Without it the drawing stays.
(() => {
  "use strict";

  const LIBRARY = new URL("vega/vega.js", document.currentScript.src).href;
  const INK = "#1b1f24";
  // Digits that a slider tells apart: more than anybody can see.
  const STEPS = 400;

  const WRITERS = {
    num: (value) => Number(value.toPrecision(2)).toLocaleString("en", { maximumSignificantDigits: 2 }),
    times: (value) => (value < 2 ? WRITERS.fix : WRITERS.num)(value),
    fix: (value) => value.toFixed(2),
    year: (value) => value.toFixed(1),
    percent: (value) => `${Math.round(100 * value)}%`,
    sci(value) {
      const [mantissa, power] = value.toExponential(1).split("e");
      const raised = [...power.replace("+", "")].map((each) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[each] ?? "⁻").join("");
      return `${Number(mantissa)} × 10${raised}`;
    },
    amount(exact) {
      const value = Number(exact.toPrecision(3)); // first, so that it is 1T and not 1000B
      const steps = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
      const [size, letter] = steps.find(([least]) => value >= least) ?? [1, ""];
      return `${Number((value / size).toPrecision(3))}${letter}`;
    },
  };

  const made = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
  };

  let loading = null;
  const library = () =>
    (loading ??= new Promise((resolve, reject) => {
      const script = made("script", { src: LIBRARY });
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    }));

  // Numbers as people write them, read by the table of the library: 70B, 5.76 × 10²³, 15T tokens

  /** Return a text with plain characters in place of those that print better. */
  function plainText(text, { characters, superscripts }) {
    const low = Object.fromEntries(Object.entries(superscripts).map(([each, high]) => [high, each]));
    const raised = new RegExp(`[${Object.keys(low).join("")}]+`, "g");
    const plain = text.replace(raised, (run) => `^${[...run].map((each) => low[each]).join("")}`);
    return [...plain].map((each) => characters[each] ?? each).join("").trim();
  }

  /** How many of the unit expected one of the unit written is; NaN if it does not convert. */
  function factorOf(written, spellings, small) {
    if (new RegExp(small).test(written)) return NaN;
    const unit = written.trim().toLowerCase().replace(/ +per +/g, "/");
    const singular = unit.split("/").map((part) => part.trim().replace(/(?<=.)s$/, "")).join("/");
    const known = [unit, singular].find((each) => Object.hasOwn(spellings, each));
    return known === undefined ? NaN : spellings[known];
  }

  function readNumber(text, numbers, spellings) {
    const { expression, powers, counts, longest } = numbers;
    const whole = new RegExp(`^(?:${expression})$`, "i");
    const match = text.length <= longest ? whole.exec(plainText(text, numbers)) : null;
    if (!match) return NaN;
    const [sign, ten, digits, exponent, times, count, suffix, unit] = match.slice(1).map((each) => each ?? "");
    if (count && !unit && suffix.length < 2) return NaN; // a word counts something
    let factor = unit ? factorOf(unit, spellings, numbers.small) : 1;
    let power = Number(ten || exponent || times) + (powers[suffix.toLowerCase()] ?? 0);
    const decimal = Math.round(Math.log10(factor));
    if (Math.abs(factor / 10 ** decimal - 1) < 1e-12) [power, factor] = [power + decimal, 1];
    // Through the decimal digits, because 1.1 * 1e9 and 7 * 0.01 are not 1.1e9 and 0.07.
    const mantissa = digits.replace(/[,_]/g, "") || (counts[count.toLowerCase()] ?? 1);
    return Number(`${sign}${mantissa}e${power}`) * factor;
  }

  // Fields

  function slider(input, changed, numbers) {
    const to = input.log ? Math.log : (value) => value;
    const from = input.log ? Math.exp : (value) => value;
    const write = WRITERS[input.style];
    const id = `control-${input.name}`;
    const range = made("input", { type: "range", name: input.name, "aria-labelledby": id });
    [range.min, range.max] = [to(input.low), to(input.high)];
    range.step = (range.max - range.min) / STEPS;
    const typed = made("input", { class: "figure-typed", "aria-labelledby": id, autocomplete: "off", spellcheck: "false" });
    const problem = made("span", { class: "figure-problem", role: "alert" });
    const show = (value) => {
      typed.value = write(value);
      range.setAttribute("aria-valuetext", [typed.value, input.unit].filter(Boolean).join(" "));
      problem.textContent = "";
      typed.removeAttribute("aria-invalid");
    };
    const set = (value) => {
      range.value = to(value);
      show(value);
      changed(input.name, value);
    };
    range.value = to(input.value);
    show(input.value);
    range.addEventListener("input", () => {
      const value = Math.min(input.high, Math.max(input.low, from(range.valueAsNumber)));
      show(value);
      changed(input.name, value);
    });
    typed.addEventListener("change", () => {
      const value = readNumber(typed.value, numbers, input.spellings);
      if (value >= input.low && value <= input.high) return set(value);
      problem.textContent = `Expected a number from ${write(input.low)} to ${write(input.high)}, such as ${write(input.value)}.`;
      typed.setAttribute("aria-invalid", "true");
    });
    const unit = made("span", { class: "figure-unit" }, input.unit);
    const field = made("div", { class: "figure-field" }, made("span", { id }, input.label), range, typed, unit, problem);
    return { field, set: (text) => {
      const value = readNumber(text, numbers, {});
      if (value >= input.low && value <= input.high) set(value);
    } };
  }

  function choice(input, changed) {
    const id = `control-${input.name}`;
    const select = made("select", { name: input.name, "aria-labelledby": id });
    for (const [text, value] of input.options) select.append(made("option", { value }, text));
    select.value = input.value;
    select.addEventListener("change", () => changed(input.name, Number(select.value)));
    const field = made("div", { class: "figure-field" }, made("span", { id }, input.label), select);
    return { field, set: (text) => {
      const value = input.options.map((each) => each[1]).find((each) => String(each) === text);
      if (value === undefined) return;
      select.value = value;
      changed(input.name, value);
    } };
  }

  /** Keep a setting in the address, so that a bookmark or a link has it. */
  function keep(name, value) {
    const address = new URL(location);
    address.searchParams.set(name, Number(value.toPrecision(9)));
    history.replaceState(null, "", address);
  }

  async function begin(place) {
    const { inputs, values, numbers, spec } = JSON.parse(place.querySelector("script").textContent);
    await library();
    const axis = { labelColor: INK, titleColor: INK, domainColor: INK, tickColor: INK };
    const size = { labelFontSize: 13, titleFontSize: 13, titleFontWeight: "normal" };
    const config = {
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: null },
      axis: { ...axis, ...size },
      text: { fontSize: 13 },
    };
    const drawing = made("div", { class: "figure-drawing" });
    const says = made("p", { class: "figure-says", "aria-live": "polite" });
    const changed = (name, value) => {
      view.signal(name, value).run();
      keep(name, value);
      tell();
    };
    const fields = inputs.map((input) => (input.kind === "slider" ? slider : choice)(input, changed, numbers));
    place.append(made("div", { class: "figure-fields" }, ...fields.map((each) => each.field)), drawing, says);
    place.hidden = false;
    const { view } = await globalThis.vegaEmbed(drawing, { ...spec, config }, {
      mode: "vega-lite",
      renderer: "svg",
      actions: false,
      tooltip: false,
    });
    // The sentence says what the drawing shows; its shapes would only be read out one by one.
    drawing.setAttribute("aria-hidden", "true");
    const tell = () => {
      says.textContent = view.signal("says");
      inputs.forEach(({ name, when }, i) => { fields[i].field.hidden = when && !view.signal(`shows_${name}`); });
      const known = [...inputs.map((each) => each.name), ...values];
      place.dataset.values = JSON.stringify(Object.fromEntries(known.map((name) => [name, view.signal(name)])));
    };
    tell();
    const asked = new URL(location).searchParams;
    inputs.forEach(({ name }, i) => asked.has(name) && fields[i].set(asked.get(name)));
    place.closest("figure").classList.add("moves");
  }

  for (const place of document.querySelectorAll(".figure-control")) {
    begin(place).catch(() => place.replaceChildren()); // the drawing stands without it
  }
})();
