// Search, filter and sort the ledger in the page. Without this file the table is complete as it is.
// What is chosen is kept in the address (?q=...&verdict=...&voice=...&source=...&sort=...&down=1).
(() => {
  "use strict";

  const table = document.querySelector("table.ledger");
  if (!table) return;

  const SORTED = { Claim: "claim", Who: "who", "Off by": "off", Verdict: "verdict" };
  const VOICES = { article: "authors of the articles", comment: "their commenters", elsewhere: "papers and posts", derived: "follows from others" };
  const text = (element) => (element ? element.textContent.replace(/\s+/g, " ").trim() : "");
  const SHARE = /([\d.]+)(?: × 10([⁰¹²³⁴⁵⁶⁷⁸⁹]+))?%/g;
  const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, order) => {
    const [claim, who, , , off, verdict] = row.cells;
    const shares = [...text(off).replace(/,/g, "").matchAll(SHARE)].map(
      ([, digits, power = ""]) => digits * 10 ** [...power].map((d) => POWERS.indexOf(d)).join(""),
    );
    return {
      row,
      all: text(row).toLowerCase(),
      source: text(who.querySelector("a")),
      verdict: text(verdict.querySelector(".verdict")).split(":")[0],
      voice: [...row.classList].find((name) => name.startsWith("voice-")).slice(6),
      key: {
        claim: order,
        who: text(who).toLowerCase(),
        off: Math.max(-1, ...shares),
        verdict: text(verdict.querySelector(".verdict")),
      },
    };
  });

  const create = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
  };
  const select = (name, values) => {
    const options = [...new Set(values)].sort().map((v) => create("option", { value: v }, VOICES[v] || v));
    return create("select", { name }, create("option", { value: "" }, "all"), ...options);
  };
  const labelled = (label, control) => create("label", {}, create("span", {}, label), control);

  const query = create("input", { type: "search", name: "q", autocomplete: "off" });
  const verdict = select("verdict", rows.map((r) => r.verdict));
  const voice = select("voice", rows.map((r) => r.voice));
  const source = select("source", rows.map((r) => r.source));
  const reset = create("button", { type: "reset" }, "Show all");
  const count = create("output", { "aria-live": "polite" });
  const form = create(
    "form",
    { class: "ledger-controls", role: "search", "aria-label": "Filter the ledger" },
    labelled("Search", query),
    labelled("Verdict", verdict),
    labelled("Said by", voice),
    labelled("Source", source),
    reset,
    count,
  );
  const headings = new Map();
  let sort = "claim";
  let down = false;

  for (const cell of table.tHead.rows[0].cells) {
    const name = SORTED[text(cell)];
    if (!name) continue;
    const button = create("button", { type: "button" }, text(cell));
    button.addEventListener("click", () => {
      // Differences are looked at from the largest.
      down = sort === name ? !down : name === "off";
      sort = name;
      show();
      store();
    });
    cell.replaceChildren(button);
    headings.set(name, cell);
  }

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  function show() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const r of rows) {
      const fits =
        words.every((word) => r.all.includes(word)) &&
        (!verdict.value || r.verdict === verdict.value) &&
        (!voice.value || r.voice === voice.value) &&
        (!source.value || r.source === source.value);
      r.row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    const ordered = [...rows].sort(
      (a, b) => (down ? -1 : 1) * compare(a.key[sort], b.key[sort]) || a.key.claim - b.key.claim,
    );
    body.append(...ordered.map((r) => r.row));
    headings.forEach((cell, name) => {
      if (name === sort) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    count.textContent = `${shown} of ${rows.length} claims`;
  }

  function store() {
    const state = new URLSearchParams();
    if (query.value) state.set("q", query.value);
    if (verdict.value) state.set("verdict", verdict.value);
    if (voice.value) state.set("voice", voice.value);
    if (source.value) state.set("source", source.value);
    if (sort !== "claim") state.set("sort", sort);
    if (down) state.set("down", "1");
    const search = state.toString();
    const address = location.pathname + (search ? `?${search}` : "") + location.hash;
    try {
      history.replaceState(null, "", address);
    } catch {
      // Some browsers forbid it on file:// pages; the filter works all the same.
    }
  }

  function restore() {
    const state = new URLSearchParams(location.search);
    query.value = state.get("q") || "";
    verdict.value = state.get("verdict") || "";
    voice.value = state.get("voice") || "";
    source.value = state.get("source") || "";
    if (verdict.selectedIndex < 0) verdict.value = "";
    if (voice.selectedIndex < 0) voice.value = "";
    if (source.selectedIndex < 0) source.value = "";
    if (headings.has(state.get("sort"))) sort = state.get("sort");
    down = state.get("down") === "1";
  }

  form.addEventListener("input", () => {
    show();
    store();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    // The fields are cleared only after this event.
    setTimeout(() => {
      sort = "claim";
      down = false;
      show();
      store();
    });
  });

  (table.closest(".pst-scrollable-table-container") || table).before(form);
  restore();
  show();
  // A claim that was linked to must be in sight, whatever the filter says.
  const linked = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (linked && linked.hidden) {
    form.reset();
    setTimeout(() => linked.scrollIntoView());
  } else if (linked) {
    linked.scrollIntoView();
  }
})();
