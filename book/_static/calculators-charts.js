// Charts of the calculators, drawn by Vega-Lite. Its library is large: it is loaded when the first chart
// comes into sight, after the numbers are there. Dark pages turn the charts over, as all figures.
(() => {
  "use strict";

  const { scalebook } = globalThis;
  if (!scalebook || !scalebook.panels) return;
  const { data, format, isoflop, supplyFan, panels } = scalebook;
  const { colours } = data;
  const LIBRARY = new URL("vega/vega.js", document.currentScript.src).href;

  // Parts that the charts share

  const COUNTS = "replace(format(datum.value, '~s'), 'G', 'B')";
  const POWERS = "replace(format(datum.value, '.0e'), '+', '')";

  const base = (height) => ({
    width: "container",
    height,
    background: null,
    autosize: { type: "fit-x", contains: "padding" },
    config: {
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: null },
      axis: {
        labelColor: colours.ink,
        titleColor: colours.ink,
        domainColor: colours.ink,
        tickColor: colours.ink,
        gridColor: "#dddddd",
        labelFontSize: 13,
        titleFontSize: 13,
        titleFontWeight: "normal",
      },
      legend: { labelColor: colours.ink, labelFontSize: 13, labelLimit: 320, symbolSize: 120 },
      text: { fontSize: 13 },
    },
  });

  const quantitative = (field, title, more = {}) => ({ field, type: "quantitative", title, ...more });

  /** Values with intervals, one a line. */
  function dots(rows, title, type) {
    const y = { field: "label", type: "nominal", sort: null, title: null, axis: { labelLimit: 150, domain: false, ticks: false } };
    const scale = type === "log" ? { type, nice: false, padding: 12 } : { zero: true };
    const axis = { grid: true, tickCount: 6, format: "~g" };
    const x = quantitative("value", title, { scale, axis });
    const colour = { field: "colour", type: "nominal", scale: null };
    return {
      ...base(34 * rows.length + 10),
      data: { values: rows },
      encoding: { y, color: colour },
      layer: [
        { mark: { type: "rule", strokeWidth: 4, opacity: 0.45 }, encoding: { x: quantitative("low", title, { scale, axis }), x2: { field: "high" } } },
        { mark: { type: "point", filled: true, size: 90, opacity: 1 }, encoding: { x } },
        { mark: { type: "text", align: "center", baseline: "bottom", dy: -8 }, encoding: { x, text: { field: "text" }, color: { value: colours.ink } } },
      ],
    };
  }

  const percent = (level) => `${Number((100 * level).toPrecision(3))}%`;
  const span = (found, style) => `${format(found.low, style)} to ${format(found.high, style)}`;

  // One chart each: what to draw, what it shows in words, and its caption

  const CHARTS = {
    planner(values, answer) {
      const rows = isoflop(values);
      if (!rows.length) return null;
      const marks = [
        { params: answer["optimum.params"].value, loss: answer["optimum.loss"].value, what: "optimum" },
        { params: answer["choice.params"].value, loss: answer["choice.loss"].value, what: "your ratio" },
      ];
      const x = quantitative("params", "parameters", {
        scale: { type: "log", nice: false },
        axis: { grid: false, labelExpr: COUNTS, tickCount: 6, labelOverlap: "greedy", labelSeparation: 6 },
      });
      const scale = { zero: false, nice: true };
      const y = quantitative("loss", "loss (nats per token)", { scale, axis: { tickCount: 5 } });
      const layer = [{ mark: { type: "line", color: colours.first, strokeWidth: 2.5 }, encoding: { x, y } }];
      if ("low" in rows[0]) {
        layer.unshift({
          mark: { type: "area", color: colours.first, opacity: 0.22 },
          encoding: { x, y: quantitative("low", "loss (nats per token)", { scale }), y2: { field: "high" } },
        });
      }
      const expect = { params: answer["expected.params"].value, ...answer["expected.loss"] };
      const calibrated = Number.isFinite(expect.low);
      if (calibrated) {
        const at = { x: { ...x }, y: quantitative("low", "loss (nats per token)", { scale }), y2: { field: "high" } };
        layer.push(
          { data: { values: [expect] }, mark: { type: "rule", color: colours.second, strokeWidth: 4, opacity: 0.7 }, encoding: at },
          { data: { values: [expect] }, mark: { type: "text", color: colours.secondText, dy: -8, baseline: "bottom" }, encoding: { x: { ...x }, y: quantitative("high", "loss (nats per token)", { scale }), text: { value: "to expect" } } },
        );
      }
      marks.forEach((mark, place) => {
        const colour = place ? colours.marked : colours.ink;
        const at = { x: { ...x }, y: { ...y } };
        layer.push(
          { data: { values: [mark] }, mark: { type: "point", filled: true, opacity: 1, size: 110, color: colour, shape: place ? "diamond" : "circle" }, encoding: at },
          { data: { values: [mark] }, mark: { type: "text", color: place ? colours.markedText : colours.ink, dy: place ? -14 : 18 }, encoding: { ...at, text: { field: "what" } } },
        );
      });
      const bar = calibrated ? " Orange: the loss to expect of the best run, with its calibrated interval." : "";
      const band = "low" in rows[0] ? ` Band: the law's own ${percent(data.refit.level)} interval, right if its form is.${bar}` : "";
      const [best, choice] = marks.map((m) => `${format(m.loss, "loss")} at ${format(m.params, "amount")} parameters`);
      return {
        spec: { ...base(260), data: { values: rows }, layer },
        caption: `Loss of models of different sizes, each trained with all of the compute.${band}`,
        alt: `A curve of loss against size. Its lowest point is ${best}; your ratio is ${choice}.${calibrated ? ` To expect: ${span(expect, "loss")}.` : ""}`,
      };
    },

    units(values, answer) {
      const found = answer["bits.character"];
      const text = (value) => format(value, "num");
      const own = { label: "this loss", value: found.value, low: found.value, high: found.value, colour: colours.marked, text: text(found.value) };
      const rows = data.entropies.map(({ label, value, low, high }) => ({
        label,
        value: value ?? null,
        low: low ?? value,
        high: high ?? value,
        colour: colours.first,
        text: value === undefined ? "" : text(value),
      }));
      return {
        spec: dots([own, ...rows], "bits per character", "linear"),
        caption: "This loss beside published estimates of the entropy of printed English: Shannon's bounds, and estimates from above.",
        alt: `This loss is ${text(found.value)} bits per character; ${data.entropies
          .map(({ label, value, low, high }) => `${label}: ${value === undefined ? `${low} to ${high}` : value}`)
          .join("; ")}.`,
      };
    },

    gpt4(values, answer) {
      const lines = [
        ["as trained", answer.ratio, colours.ink],
        ["optimal, dense", answer.dense, colours.first],
        ["optimal, experts", answer.optimum, colours.marked],
      ];
      const rows = lines.map(([label, found, colour]) => ({ label, ...found, colour, text: format(found.value, "num") }));
      return {
        spec: dots(rows, "tokens per active parameter", "log"),
        caption: `Ratios with their ${percent(data.gpt4.level)} intervals.`,
        alt: lines.map(([label, found]) => `${label}: ${format(found.value, "num")}, ${span(found, "num")}`).join("; "),
      };
    },

    supply(values, answer) {
      const names = { stock: "stock", datasets: "demand by the trend of datasets", compute: "demand by the trend of compute" };
      const rows = supplyFan(values).map((row) => ({ ...row, line: names[row.line] }));
      const scale = { type: "log", nice: true };
      const axis = { labelExpr: POWERS, tickCount: 6, labelOverlap: "greedy" };
      const x = quantitative("year", "year", { scale: { zero: false, nice: false }, axis: { format: "d", grid: false, tickCount: 6 } });
      const color = {
        field: "line",
        type: "nominal",
        scale: { domain: Object.values(names), range: [colours.first, colours.second, colours.third] },
        legend: { title: null, orient: "top", direction: "vertical", symbolType: "stroke", symbolStrokeWidth: 4, symbolOpacity: 1 },
      };
      const layer = [
        { mark: { type: "area", opacity: 0.22 }, encoding: { x, color, y: quantitative("low", "tokens", { scale, axis }), y2: { field: "high" } } },
        { mark: { type: "line", strokeWidth: 2.5 }, encoding: { x, color, y: quantitative("value", "tokens", { scale, axis }) } },
      ];
      const year = answer["year.mixture"].value;
      const last = rows[rows.length - 1].year;
      if (year >= data.supply.baseYear && year <= last) {
        const late = year > (data.supply.baseYear + last) / 2;
        const mark = { data: { values: [{ year, text: `half and half: ${format(year, "year")}` }] } };
        layer.push(
          { ...mark, mark: { type: "rule", color: colours.ink, strokeDash: [5, 4] }, encoding: { x } },
          { ...mark, mark: { type: "text", color: colours.ink, align: late ? "right" : "left", dx: late ? -6 : 6, baseline: "top" }, encoding: { x, y: { value: 2 }, text: { field: "text" } } },
        );
      }
      return {
        spec: { ...base(280), data: { values: rows }, layer },
        caption: `Stock and demand, medians with ${percent(data.supply.yearLevel)} bands.`,
        alt: `Stock and two demands by year on a logarithmic axis. The trend of datasets meets the stock in ${format(answer["year.datasets"].value, "year")}, that of compute in ${format(answer["year.compute"].value, "year")}.`,
      };
    },
  };

  // Drawing

  let library = null;

  function load() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = LIBRARY;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  }

  class Chart {
    constructor(panel) {
      this.panel = panel;
      this.figure = panel.root.querySelector("figure");
      this.place = this.figure.querySelector(".calculator-chart");
      this.drawn = null;
      this.seen = false;
      this.figure.hidden = false;
      panel.root.addEventListener("calculator", () => {
        clearTimeout(this.pause);
        this.pause = setTimeout(() => this.draw(), 120);
      });
    }

    async draw() {
      if (!this.seen) return;
      const { values, answer, name } = this.panel;
      const chart = CHARTS[name](values, answer);
      this.figure.hidden = chart === null;
      if (!chart) return;
      this.place.setAttribute("aria-label", chart.alt);
      this.figure.querySelector("figcaption p").textContent = chart.caption;
      try {
        await load();
      } catch {
        this.figure.hidden = true; // the numbers stand without it
        return;
      }
      if (values !== this.panel.values) return; // overtaken
      if (this.drawn) this.drawn.finalize();
      this.place.replaceChildren();
      const spec = { ...chart.spec, description: chart.alt };
      const options = { mode: "vega-lite", renderer: "svg", actions: false, tooltip: false, hover: false };
      this.drawn = await globalThis.vegaEmbed(this.place, spec, options);
      this.place.dataset.drawn = String(Number(this.place.dataset.drawn || 0) + 1);
    }
  }

  const charts = new Map();
  for (const panel of panels.values()) {
    const chart = new Chart(panel);
    charts.set(chart.figure, chart);
  }
  const watch = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        const chart = charts.get(target);
        chart.seen = true;
        chart.draw();
      }
    },
    { rootMargin: "200px" },
  );
  charts.forEach((_, figure) => watch.observe(figure));
})();
