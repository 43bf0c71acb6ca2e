// What the calculators compute, as pure functions: the library's formulas, from the constants that the
// library wrote into the page (src/scalebook/calculators/formulas.py, whose answers a test compares with these).
(() => {
  "use strict";

  // Numbers as people write them

  /** Return a text with plain characters in place of those that print better. */
  function plainText(text) {
    const { characters, superscripts } = data.numbers;
    const low = Object.fromEntries(Object.entries(superscripts).map(([each, high]) => [high, each]));
    const raised = new RegExp(`[${Object.keys(low).join("")}]+`, "g");
    const plain = text.replace(raised, (run) => `^${[...run].map((each) => low[each]).join("")}`);
    return [...plain].map((each) => characters[each] ?? each).join("").trim();
  }

  /** How many of the unit expected one of the unit written is; NaN if it does not convert. */
  function factorOf(written, spellings) {
    const unit = written.trim().toLowerCase().replace(/ +per +/g, "/");
    const singular = unit.split("/").map((part) => part.trim().replace(/(?<=.)s$/, "")).join("/");
    const factor = unit.startsWith("x ") ? "x" : singular; // "2× optimum"
    const known = [unit, singular, factor].find((each) => Object.hasOwn(spellings, each));
    return known === undefined ? NaN : spellings[known];
  }

  /** Read a number as the library does, by its table: 70B, 5.76 × 10²³, 15T tokens; else NaN. */
  function parseQuantity(text, spellings = {}) {
    const { expression, powers, counts, longest } = data.numbers;
    const whole = new RegExp(`^(?:${expression})$`, "i");
    const match = text.length <= longest ? whole.exec(plainText(text)) : null;
    if (!match) return NaN;
    const [sign, ten, digits, exponent, times, count, suffix, unit] = match
      .slice(1)
      .map((each) => each ?? "");
    if (count && !unit && suffix.length < 2) return NaN; // a word counts something
    let factor = unit ? factorOf(unit, spellings) : 1;
    let power = Number(ten || exponent || times) + (powers[suffix.toLowerCase()] ?? 0);
    const decimal = Math.round(Math.log10(factor));
    if (Math.abs(factor / 10 ** decimal - 1) < 1e-12) [power, factor] = [power + decimal, 1];
    // Through the decimal digits, because 1.1 * 1e9 and 7 * 0.01 are not 1.1e9 and 0.07.
    const mantissa = digits.replace(/[,_]/g, "") || (counts[count.toLowerCase()] ?? 1);
    const value = Number(`${sign}${mantissa}e${power}`) * factor;
    return Number.isFinite(value) ? value : NaN;
  }

  const minus = (text) => text.replace("-", "−");
  const grouped = (value, places) =>
    minus(
      value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }),
    );
  const exponentOf = (value, digits) => Number(value.toExponential(digits - 1).split("e")[1]);

  /** To significant digits, without an exponent: 1.82, 0.0347, 1,234. */
  function num(value, digits) {
    if (value === 0) return "0";
    const places = digits - 1 - exponentOf(Math.abs(value), digits);
    return grouped(Number(value.toPrecision(digits)), Math.max(places, 0));
  }

  /** As 5.76 × 10²³. */
  function sci(value, digits) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    const { superscripts } = data.numbers;
    const power = [...exponent.replace("+", "")].map((sign) => superscripts[sign]).join("");
    return `${minus(mantissa)} × 10${power}`;
  }

  const plain = (value, digits) => (value > 0 && (value < 1e-3 || value >= 1e6) ? sci : num)(value, digits);

  /** A number of parameters or tokens: 70B, 1.4T, 1,670T. */
  function amount(value) {
    const rounded = Number(value.toPrecision(3));
    if (rounded >= 1e15 && rounded < 1e18) return `${num(rounded / 1e12, 3)}T`;
    if (rounded < 1e3 || rounded >= 1e18) return plain(rounded, 3);
    const suffixes = Object.entries(data.numbers.suffixes).reverse();
    const [suffix, power] = suffixes.find(([, each]) => exponentOf(rounded, 3) >= each);
    return `${rounded / 10 ** power}${suffix}`;
  }

  const STYLES = {
    amount,
    num: (value) => plain(value, 3),
    factor: (value) => plain(value, 4),
    loss: (value) => grouped(value, 3),
    share: (value) => `${num(100 * value, 3)}%`,
    year: (value) => (value >= data.supply.never ? "never" : value < 1900 ? "long ago" : value.toFixed(1)),
  };

  /** A value in the style of its cell; a dash where there is none. */
  function format(value, style) {
    if (Number.isNaN(value)) return "—";
    return Number.isFinite(value) ? STYLES[style](value) : "∞";
  }

  // Statistics

  /** Quantiles of draws, by linear interpolation between order statistics as NumPy does it. */
  function quantiles(draws, shares) {
    const sorted = Float64Array.from(draws).sort();
    return shares.map((share) => {
      const at = share * (sorted.length - 1);
      const below = Math.min(Math.floor(at), sorted.length - 1);
      const [low, high] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
      if (low === high) return low; // both may be infinite
      const part = at - below;
      return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
    });
  }

  const quantity = (value, low = NaN, high = NaN) => ({ value, low, high });

  function ends(draws, level) {
    return quantiles(draws, [(1 - level) / 2, 1 - (1 - level) / 2]);
  }

  function summary(draws, level) {
    return quantity(...quantiles(draws, [0.5, (1 - level) / 2, (1 + level) / 2]));
  }

  /** Turn a value into the scale in which its kind of quantity is normal. */
  const FORTH = {
    lognormal: Math.log,
    normal: (value) => value,
    logit: (value) => Math.log(value / (1 - value)),
    reflected: (value, offset) => -Math.log(offset - value),
  };
  const BACK = {
    lognormal: Math.exp,
    normal: (scaled) => scaled,
    logit: (scaled) => 1 / (1 + Math.exp(-scaled)),
    reflected: (scaled, offset) => offset - Math.exp(-scaled),
  };

  /** The function from a standard normal score to a value of an uncertain quantity. */
  function valueAt({ low, high, value, edge, kind, offset, floor }) {
    const [least, most] = [FORTH[kind](low, offset), FORTH[kind](high, offset)];
    const middle = value === null ? (least + most) / 2 : FORTH[kind](value, offset);
    const [below, above] = [(middle - least) / edge, (most - middle) / edge];
    return (score) => {
      const found = BACK[kind](middle + (score < 0 ? below : above) * score, offset);
      return floor === null ? found : Math.max(found, floor);
    };
  }

  /** Draw quantities by name; each uncertain one takes the next block of the scores. */
  function sample(quantities, draws, scores) {
    const drawn = {};
    let start = 0;
    for (const [name, each] of Object.entries(quantities)) {
      if (each.low === each.high) {
        drawn[name] = new Float64Array(draws).fill(each.low);
        continue;
      }
      drawn[name] = Float64Array.from(scores.subarray(start, start + draws), valueAt(each));
      start += draws;
    }
    return drawn;
  }

  // Laws

  const PER = () => data.flopPerParamToken;
  const isParametric = (law) => "E" in law;

  const loss = (law, params, tokens) =>
    law.E + law.A * params ** -law.alpha + law.B * tokens ** -law.beta;

  /** Optimal size and data of a parametric law. */
  function optimal(law, compute) {
    const total = law.alpha + law.beta;
    const skew = ((law.alpha * law.A) / (law.beta * law.B)) ** (1 / total);
    const product = compute / PER();
    return { params: skew * product ** (law.beta / total), tokens: product ** (law.alpha / total) / skew };
  }

  /** Optimal size and data of a law that gives powers of compute. */
  function allocated(law, compute) {
    const tokens = law.D_e * (compute / law.unit) ** law.b;
    const params = law.N_e === null ? compute / (PER() * tokens) : law.N_e * (compute / law.unit) ** law.a;
    return { params, tokens };
  }

  const best = (law, compute) => (isParametric(law) ? optimal : allocated)(law, compute);

  /** The compute of the run for which a number of tokens is optimal. */
  function computeFor(law, tokens) {
    if (!isParametric(law)) return law.unit * (tokens / law.D_e) ** (1 / law.b);
    const ratio = (law.alpha * law.A) / (law.beta * law.B);
    return PER() * (ratio * tokens ** law.beta) ** (1 / law.alpha) * tokens;
  }

  const tokensExponent = (law) => (isParametric(law) ? law.alpha / (law.alpha + law.beta) : law.b);

  /** Compute multiplier lost at `ratio` times the optimal tokens per parameter. */
  function penalty({ alpha, beta }, ratio) {
    const [total, x] = [alpha + beta, Math.log(ratio)];
    const size = Math.log(beta / total) + (alpha * x) / 2;
    const tokens = Math.log(alpha / total) - (beta * x) / 2;
    const sum = Math.max(size, tokens) + Math.log1p(Math.exp(-Math.abs(size - tokens)));
    return Math.exp((Math.max(sum, 0) * total) / (alpha * beta));
  }

  /** Size and data that use up compute at a ratio of tokens to parameters. */
  function spend(compute, ratio) {
    const product = compute / PER();
    return { params: Math.sqrt(product / ratio), tokens: Math.sqrt(product * ratio) };
  }

  // The four calculators: values by name in, quantities by key out

  function planner(values) {
    const { compute, ratio } = values;
    const refit = values.law === "refit";
    const law = refit ? data.refit.law : data.laws[values.law];
    const [top, choice] = [best(law, compute), spend(compute, ratio)];
    const bend = top.tokens / top.params;
    const answer = {
      "optimum.params": quantity(top.params),
      "optimum.tokens": quantity(top.tokens),
      "optimum.ratio": quantity(bend),
      "optimum.loss": quantity(NaN),
      "choice.params": quantity(choice.params),
      "choice.tokens": quantity(choice.tokens),
      "choice.loss": quantity(NaN),
      "choice.penalty": quantity(NaN),
    };
    if (!isParametric(law)) return answer;
    answer["optimum.loss"] = quantity(loss(law, top.params, top.tokens));
    answer["choice.loss"] = quantity(loss(law, choice.params, choice.tokens));
    answer["choice.penalty"] = quantity(penalty(law, ratio / bend));
    if (!refit) return answer;
    const draws = Object.fromEntries(Object.keys(answer).map((key) => [key, []]));
    for (const each of data.refit.ensemble) {
      const { params, tokens } = optimal(each, compute);
      draws["optimum.params"].push(params);
      draws["optimum.tokens"].push(tokens);
      draws["optimum.ratio"].push(tokens / params);
      draws["optimum.loss"].push(loss(each, params, tokens));
      draws["choice.loss"].push(loss(each, choice.params, choice.tokens));
      draws["choice.penalty"].push(penalty(each, ratio / (tokens / params)));
    }
    for (const [key, drawn] of Object.entries(draws)) {
      if (drawn.length) [answer[key].low, answer[key].high] = ends(drawn, data.refit.level);
    }
    return answer;
  }

  const LN2 = Math.log(2);

  function units(values) {
    const cut = values.tokenizer === "own" ? values : data.tokenizers[values.tokenizer];
    const perToken = {
      token: 1,
      byte: cut.bytes_per_token,
      character: cut.chars_per_token,
      word: 1 / cut.tokens_per_word,
    };
    const [measure, per] = values.unit.split("/");
    const nats = values.loss * (measure === "bits" ? LN2 : 1) * perToken[per];
    const answer = {};
    for (const [name, many] of Object.entries(perToken)) {
      answer[`bits.${name}`] = quantity(nats / many / LN2);
      answer[`nats.${name}`] = quantity(nats / many);
      answer[`perplexity.${name}`] = quantity(Math.exp(nats / many));
    }
    return answer;
  }

  const OFF = {
    compute: "compute_off",
    total_params: "total_off",
    shared_params: "shared_off",
    dense_ratio: "dense_off",
    ratio_growth: "growth_off",
    sparsity_factor: "sparsity_off",
  };

  function gpt4Steps(v, values) {
    const active = v.shared_params + (v.total_params - v.shared_params) * (values.active_experts / values.experts);
    const tokens = v.compute / (PER() * active);
    const dense = v.dense_ratio * v.ratio_growth ** (Math.log10(v.compute / values.dense_compute) / 3);
    const [ratio, optimum] = [tokens / active, dense * v.sparsity_factor];
    const under = optimum / ratio;
    const cost = penalty(data.laws[data.gpt4.costLaw], 1 / under);
    return { active, tokens, ratio, dense, optimum, under, cost };
  }

  function gpt4(values) {
    const { draws, seed, level, edge } = data.gpt4;
    const spread = {};
    for (const [name, off] of Object.entries(OFF)) {
      const value = values[name];
      const factor = value > 0 ? values[off] : 1;
      const [low, high] = factor > 1 ? [value / factor, value * factor] : [value, value];
      spread[name] = { low, high, value: null, edge, kind: "lognormal", offset: 0, floor: null };
    }
    const drawn = sample(spread, draws, data.scores[seed]);
    const found = Array.from({ length: draws }, (_, i) => {
      const v = Object.fromEntries(Object.keys(OFF).map((name) => [name, drawn[name][i]]));
      v.shared_params = Math.min(v.shared_params, v.total_params);
      return gpt4Steps(v, values);
    });
    const answer = {};
    for (const [key, value] of Object.entries(gpt4Steps(values, values))) {
      const { low, high } = summary(found.map((each) => each[key]), level);
      answer[key] = quantity(value, low, high);
    }
    answer.share = quantity(found.filter((each) => each.under > 1).length / draws);
    return answer;
  }

  const demandLaw = (name) => (name === "ratio-rule" ? data.supply.rule : data.laws[name]);

  /** Draws of the factors, of the stock and of what drives demand. */
  function supplyDraws(values) {
    const { draws, seed, trendSeed, factors, stocks, counted, open } = data.supply;
    const changed = Object.fromEntries(
      open.map((name) => [name, { ...factors[name], low: values[`${name}_low`], high: values[`${name}_high`] }]),
    );
    const drawn = sample({ ...factors, ...changed }, draws, data.scores[seed]);
    const tokens = (stock) =>
      Float64Array.from({ length: draws }, (_, i) =>
        stocks[stock].reduce((product, [name, power]) => product * drawn[name][i] ** power, 1),
      );
    const parts = values.stock === "total" ? counted.map(tokens) : [tokens(values.stock)];
    const stock = Float64Array.from({ length: draws }, (_, i) => {
      const [whole, largest] = parts.reduce(([sum, most], part) => [sum + part[i], Math.max(most, part[i])], [0, -Infinity]);
      return parts.length > 1 ? whole - values.overlap * (whole - largest) : whole;
    });
    const trend = { ...data.supply.trend };
    for (const name of ["dataset", "compute"]) {
      const [low, high] = [values[`${name}_growth_low`], values[`${name}_growth_high`]];
      trend[`${name}_growth`] = { ...trend[`${name}_growth`], low, high };
    }
    return { stock, trend: sample(trend, draws, data.scores[trendSeed]) };
  }

  /** Stock and demand in some year after the first, draw by draw. */
  function supplyPaths(values) {
    const { stock, trend } = supplyDraws(values);
    const law = demandLaw(values.law);
    const exponent = tokensExponent(law);
    const demand = best(law, values.compute_now).tokens * Math.sqrt(values.overtraining);
    return {
      stock,
      demand,
      law,
      stockGrowth: trend.page_growth.map((growth, i) => growth * trend.pages_growth[i]),
      datasets: trend.dataset_now,
      datasetGrowth: trend.dataset_growth.map((orders) => 10 ** orders),
      computeGrowth: trend.compute_growth.map((growth) => growth ** exponent),
    };
  }

  function crossing(stock, stockGrowth, demand, demandGrowth) {
    const [gap, closing] = [Math.log(stock / demand), Math.log(demandGrowth / stockGrowth)];
    const year = closing > 0 ? data.supply.baseYear + gap / closing : gap > 0 ? Infinity : -Infinity;
    return Math.min(Math.max(year, 0), data.supply.never);
  }

  function supply(values) {
    const { level, yearLevel } = data.supply;
    const paths = supplyPaths(values);
    const { stock, stockGrowth, demand, law } = paths;
    const byData = stock.map((each, i) => crossing(each, stockGrowth[i], paths.datasets[i], paths.datasetGrowth[i]));
    const byCompute = stock.map((each, i) => crossing(each, stockGrowth[i], demand, paths.computeGrowth[i]));
    const stretch = Math.sqrt(values.overtraining);
    const left = stock.map((each) => Math.log10(computeFor(law, each / stretch) / values.compute_now));
    const middle = Math.sqrt(values.compute_growth_low * values.compute_growth_high);
    return {
      stock: summary(stock, level),
      demand: quantity(demand),
      growth: quantity(middle ** tokensExponent(law)),
      "year.datasets": summary(byData, yearLevel),
      "year.compute": summary(byCompute, yearLevel),
      "year.mixture": summary([...byData, ...byCompute], yearLevel),
      orders: summary(left, level),
    };
  }

  // What the charts draw

  /** Loss against size at equal compute, with the band of the resampled laws where there is one. */
  function isoflop(values, points = 49) {
    const refit = values.law === "refit";
    const law = refit ? data.refit.law : data.laws[values.law];
    if (!isParametric(law)) return [];
    const { compute } = values;
    const [middle, choice] = [optimal(law, compute).params, spend(compute, values.ratio).params];
    const reach = Math.max(Math.log(30), 1.3 * Math.abs(Math.log(choice / middle)));
    return Array.from({ length: points }, (_, i) => {
      const params = middle * Math.exp(reach * ((2 * i) / (points - 1) - 1));
      const tokens = compute / (PER() * params);
      const row = { params, loss: loss(law, params, tokens) };
      if (refit) {
        const drawn = data.refit.ensemble.map((each) => loss(each, params, tokens));
        [row.low, row.high] = ends(drawn, data.refit.level);
      }
      return row;
    });
  }

  /** Stock and the two demands year by year: median and band. */
  function supplyFan(values, years = 12) {
    const { yearLevel, baseYear } = data.supply;
    const paths = supplyPaths(values);
    const rows = [];
    for (let year = 0; year <= years; year += 0.5) {
      const lines = {
        stock: paths.stock.map((each, i) => each * paths.stockGrowth[i] ** year),
        datasets: paths.datasets.map((each, i) => each * paths.datasetGrowth[i] ** year),
        compute: paths.computeGrowth.map((growth) => paths.demand * growth ** year),
      };
      for (const [line, drawn] of Object.entries(lines)) {
        rows.push({ line, year: baseYear + year, ...summary(drawn, yearLevel) });
      }
    }
    return rows;
  }

  // Constants

  const KEYS = ["E", "A", "B", "alpha", "beta"];

  function floats(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }

  function load() {
    const element = document.getElementById("calculators-data");
    if (!element) return null;
    const found = JSON.parse(element.textContent);
    const { draws } = found.refit;
    found.refit.ensemble = Array.from({ length: draws.length / KEYS.length }, (_, i) =>
      Object.fromEntries(KEYS.map((key, place) => [key, draws[KEYS.length * i + place]])),
    );
    for (const [seed, text] of Object.entries(found.scores)) found.scores[seed] = floats(text);
    return found;
  }

  const data = load();
  if (!data) return;
  globalThis.scalebook = {
    data,
    parseQuantity,
    format,
    compute: { planner, units, gpt4, supply },
    isoflop,
    supplyFan,
  };
})();
