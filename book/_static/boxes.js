// Boxes that scroll sideways (wide tables and formulas) are reached by keyboard while they do, and
// only then. Without this file tables are always reached, and formulas by browsers' own rules.
(() => {
  "use strict";

  const BOXES = ".bd-article :is(.pst-scrollable-table-container, .table-box, div.math)";

  let formulas = 0;

  function mark(box) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("scrolls", scrolls);
    if (!scrolls) {
      ["tabindex", "role"].forEach((name) => box.removeAttribute(name));
      return;
    }
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    if (!box.hasAttribute("aria-label")) {
      formulas += 1;
      box.setAttribute("aria-label", `Wide formula ${formulas}`);
    }
  }

  const seen = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target)));
  for (const box of document.querySelectorAll(BOXES)) {
    seen.observe(box);
    // A table or formula that grows inside its box changes nothing in the box's own size.
    for (const child of box.children) seen.observe(child);
  }
})();
