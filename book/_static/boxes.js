// Boxes that scroll sideways (wide tables and formulas) are reached by keyboard while they do, and
// only then. Without this file it is by browsers' own rules.
(() => {
  "use strict";

  const BOXES = ".bd-article :is(.pst-scrollable-table-container, .table-box, div.math)";

  const named = new Map(); // how many boxes have a name: a page's landmarks are told apart by theirs

  function nameOf(box) {
    const columns = [...box.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    const known = columns.filter(Boolean).join(", ");
    const name = known ? ["Table", `: ${known}`] : ["Wide formula", ""];
    const number = (named.get(name.join()) ?? 0) + 1;
    named.set(name.join(), number);
    return name.join(number > 1 ? ` ${number}` : "");
  }

  const overflows = (box) => box.scrollWidth > box.clientWidth + 1;

  // A table that is too wide breaks its cells into lines, then moves them closer together. If that
  // is not enough on a narrow page, it has one row below the other, each number behind the heading
  // of its column.
  const narrow = matchMedia("(max-width: 50rem)");
  const STEPS = ["wraps", "tight"];

  const LONGEST = 40; // rows; one below the other, more would be many screens

  function fold(table, box) {
    table.classList.remove(...STEPS, "stacked");
    for (const step of STEPS) {
      if (!overflows(box)) return;
      table.classList.add(step);
    }
    if (!overflows(box)) return;
    table.classList.remove(...STEPS);
    if (!narrow.matches || table.tBodies[0].rows.length > LONGEST) return;
    table.classList.add("stacked");
    const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    for (const row of table.tBodies[0].rows) {
      [...row.cells].forEach((cell, k) => { cell.dataset.column = names[k] ?? ""; });
      // A bare number says nothing without its heading.
      row.cells[0].classList.toggle("bare", /^[\d.,]+$/.test(row.cells[0].textContent.trim()));
    }
  }

  function mark(box) {
    const table = box.querySelector(":scope > table");
    if (table?.tHead) fold(table, box);
    const scrolls = overflows(box);
    box.classList.toggle("scrolls", scrolls);
    if (!scrolls) {
      ["tabindex", "role"].forEach((name) => box.removeAttribute(name));
      return;
    }
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", nameOf(box));
  }

  const seen = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  for (const box of document.querySelectorAll(BOXES)) {
    seen.observe(box);
    // A table or formula that grows inside its box changes nothing in the box's own size.
    for (const child of box.children) seen.observe(child);
  }
  // Formulas are set later, and one that is as high as its source changes no size but its width.
  addEventListener("load", () => {
    globalThis.MathJax?.startup?.promise?.then(() => document.querySelectorAll(BOXES).forEach(mark));
  });
})();

// A link to what stands in a box that is closed opens it.
(() => {
  "use strict";

  function open() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const box = target?.closest("details:not([open])");
    if (!box) return;
    box.open = true;
    target.scrollIntoView();
  }

  addEventListener("hashchange", open);
  open();
})();
