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

  /** The standard normal score below which a share lies (Acklam's rational approximation, to 1e-9). */
  function normalScore(share) {
    const ratio = (above, below, x) => above.reduce((sum, c) => sum * x + c) / below.reduce((sum, c) => sum * x + c);
    const tail = (small) => ratio(TAIL, [...TAIL_BELOW, 1], Math.sqrt(-2 * Math.log(small)));
    if (share < 0.02425) return tail(share);
    if (share > 1 - 0.02425) return -tail(1 - share);
    const x = share - 0.5;
    return x * ratio(MIDDLE, [...MIDDLE_BELOW, 1], x * x);
  }
  const MIDDLE = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
  const MIDDLE_BELOW = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const TAIL = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
  const TAIL_BELOW = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

  const dimensions = [];

  /** The standard normal scores of one dimension of the lattice. */
  function scores(dimension) {
    const { points, multiplier } = data.lattice;
    let generator = 1;
    for (let power = 0; power < dimension; power++) generator = (generator * multiplier) % points;
    dimensions[dimension] ??= Float64Array.from({ length: points }, (_, i) => normalScore((((i * generator) % points) + 0.5) / points));
    return dimensions[dimension];
  }

  /** Take quantities at the points of the lattice; each uncertain one takes the next dimension. */
  function sample(quantities, first = 0) {
    const drawn = {};
    let dimension = first;
    for (const [name, each] of Object.entries(quantities)) {
      drawn[name] =
        each.low === each.high
          ? new Float64Array(data.lattice.points).fill(each.low)
          : scores(dimension++).map(valueAt(each));
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

  /** The compute of the run that is the best of its size. */
  function computeForSize(law, params) {
    if (!isParametric(law)) {
      const power = law.N_e === null ? 1 - law.b : law.a;
      return law.unit * (params / allocated(law, law.unit).params) ** (1 / power);
    }
    const ratio = (law.beta * law.B) / (law.alpha * law.A);
    return PER() * params * (ratio * params ** law.alpha) ** (1 / law.beta);
  }

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

  const plannedLaw = (name) => (name === "refit" ? data.refit.law : data.laws[name]);

  const BUDGETS = {
    compute: ({ compute }) => compute,
    machine: ({ peak, utilisation, days }) => peak * utilisation * days * data.secondsPerDay,
    params: ({ given_params: params, law }) => computeForSize(plannedLaw(law), params),
    tokens: ({ given_tokens: tokens, law }) => computeFor(plannedLaw(law), tokens),
  };

  /** Compute of the run to plan. */
  const budget = (values) => BUDGETS[values.start](values);

  /** What the runs of the refit predict of the best run, from the library's table; NaN where they do not. */
  function expected(compute) {
    const { rows, reach } = data.predictions;
    const next = rows.findIndex(([each]) => each >= compute);
    const [low, high] = [rows[Math.max(next - 1, 0)], rows[next]];
    const share = next > 0 ? Math.log(compute / low[0]) / Math.log(high[0] / low[0]) : NaN;
    const at = (place) =>
      low[place] === null || high[place] === null ? NaN : low[place] * (high[place] / low[place]) ** share;
    const answer = {};
    for (const [key, first] of [["loss", 1], ["params", 4]]) {
      const [value, ...ends] = next > 0 ? [first, first + 1, first + 2].map(at) : [NaN, NaN, NaN];
      const near = compute <= reach[key];
      answer[`expected.${key}`] = near ? quantity(value, ...ends) : quantity(value);
      answer[`extrapolated.${key}`] = near ? quantity(NaN) : quantity(NaN, ...ends);
    }
    return answer;
  }

  function planner(values) {
    const { ratio } = values;
    const compute = budget(values);
    const refit = values.law === "refit";
    const law = plannedLaw(values.law);
    const [top, choice] = [best(law, compute), spend(compute, ratio)];
    const bend = top.tokens / top.params;
    const answer = {
      compute: quantity(compute),
      ...expected(refit ? compute : NaN),
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
    const drawnKeys = Object.keys(answer).filter((key) => /^(optimum|choice)/.test(key));
    const draws = Object.fromEntries(drawnKeys.map((key) => [key, []]));
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
    const { level, edge } = data.gpt4;
    const { points } = data.lattice;
    const spread = {};
    for (const [name, off] of Object.entries(OFF)) {
      const value = values[name];
      const factor = value > 0 ? values[off] : 1;
      const [low, high] = factor > 1 ? [value / factor, value * factor] : [value, value];
      spread[name] = { low, high, value: null, edge, kind: "lognormal", offset: 0, floor: null };
    }
    const drawn = sample(spread);
    const found = Array.from({ length: points }, (_, i) => {
      const v = Object.fromEntries(Object.keys(OFF).map((name) => [name, drawn[name][i]]));
      v.shared_params = Math.min(v.shared_params, v.total_params);
      return gpt4Steps(v, values);
    });
    const answer = {};
    for (const [key, value] of Object.entries(gpt4Steps(values, values))) {
      const { low, high } = summary(found.map((each) => each[key]), level);
      answer[key] = quantity(value, low, high);
    }
    answer.share = quantity(found.filter((each) => each.under > 1).length / points);
    return answer;
  }

  const demandLaw = (name) => (name === "ratio-rule" ? data.supply.rule : data.laws[name]);

  /** Draws of the factors, of the stock and of what drives demand. */
  function supplyDraws(values) {
    const { factors, stocks, counted, open } = data.supply;
    const { points } = data.lattice;
    const changed = Object.fromEntries(
      open.map((name) => [name, { ...factors[name], low: values[`${name}_low`], high: values[`${name}_high`] }]),
    );
    const drawn = sample({ ...factors, ...changed });
    const tokens = (stock) =>
      Float64Array.from({ length: points }, (_, i) =>
        stocks[stock].reduce((product, [name, power]) => product * drawn[name][i] ** power, 1),
      );
    const parts = values.stock === "total" ? counted.map(tokens) : [tokens(values.stock)];
    const stock = Float64Array.from({ length: points }, (_, i) => {
      const [whole, largest] = parts.reduce(([sum, most], part) => [sum + part[i], Math.max(most, part[i])], [0, -Infinity]);
      return parts.length > 1 ? whole - values.overlap * (whole - largest) : whole;
    });
    const trend = { ...data.supply.trend };
    for (const name of ["dataset", "compute"]) {
      const [low, high] = [values[`${name}_growth_low`], values[`${name}_growth_high`]];
      trend[`${name}_growth`] = { ...trend[`${name}_growth`], low, high };
    }
    return { stock, trend: sample(trend, data.lattice.trend) };
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
    const law = plannedLaw(values.law);
    if (!isParametric(law)) return [];
    const compute = budget(values);
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

  /** Stock and the two demands year by year, of some of the points: median and band. */
  function supplyFan(values, years = 12) {
    const { yearLevel, baseYear } = data.supply;
    const paths = supplyPaths(values);
    for (const name of ["stock", "stockGrowth", "datasets", "datasetGrowth", "computeGrowth"]) {
      paths[name] = paths[name].filter((_, i) => i % 16 === 0);
    }
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

  function load() {
    const element = document.getElementById("calculators-data");
    if (!element) return null;
    const found = JSON.parse(element.textContent);
    const { draws } = found.refit;
    found.refit.ensemble = Array.from({ length: draws.length / KEYS.length }, (_, i) =>
      Object.fromEntries(KEYS.map((key, place) => [key, draws[KEYS.length * i + place]])),
    );
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
