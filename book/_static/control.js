// Figures that answer to a slider or a choice. The page has what is drawn and computed, as Vega-Lite;
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
    percent: (value) => `${Math.round(100 * value)}%`,
    amount(exact) {
      const value = Number(exact.toPrecision(3)); // first, so that it is 1T and not 1000B
      const steps = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
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

  function slider(input, changed) {
    const to = input.log ? Math.log : (value) => value;
    const from = input.log ? Math.exp : (value) => value;
    const range = made("input", { type: "range", name: input.name });
    [range.min, range.max] = [to(input.low), to(input.high)];
    range.step = (range.max - range.min) / STEPS;
    range.value = to(input.value);
    const shown = made("output");
    const value = () => Math.min(input.high, Math.max(input.low, from(range.valueAsNumber)));
    const say = (number) => {
      shown.textContent = [WRITERS[input.style](number), input.unit].filter(Boolean).join(" ");
      range.setAttribute("aria-valuetext", shown.textContent);
    };
    say(input.value);
    range.addEventListener("input", () => {
      say(value());
      changed(input.name, value());
    });
    return made("label", {}, made("span", {}, input.label), range, shown);
  }

  function choice(input, changed) {
    const select = made("select", { name: input.name });
    for (const [text, value] of Object.entries(input.options)) select.append(made("option", { value }, text));
    select.addEventListener("change", () => changed(input.name, Number(select.value)));
    return made("label", {}, made("span", {}, input.label), select);
  }

  async function begin(place) {
    const { inputs, values, spec } = JSON.parse(place.querySelector("script").textContent);
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
      tell();
    };
    const fields = inputs.map((input) => (input.kind === "slider" ? slider : choice)(input, changed));
    place.append(made("div", { class: "figure-fields" }, ...fields), drawing, says);
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
      const known = [...inputs.map((each) => each.name), ...values];
      place.dataset.values = JSON.stringify(Object.fromEntries(known.map((name) => [name, view.signal(name)])));
    };
    tell();
    place.closest("figure").classList.add("moves");
  }

  for (const place of document.querySelectorAll(".figure-control")) {
    begin(place).catch(() => place.replaceChildren()); // the drawing stands without it
  }
})();
