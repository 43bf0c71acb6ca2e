// Show the definition of a term beside it, while the pointer or the focus is there.
// Without this file a term is a link to its entry in the glossary.
(() => {
  "use strict";

  const terms = [...document.querySelectorAll("a.glossed")];
  const notes = document.querySelector(".glossary-notes");
  if (!terms.length || !notes) return;
  // Out of boxes that scroll or cut off.
  document.body.append(notes);

  const GAP = 4; // CSS pixels between term and definition
  const MARGIN = 8; // CSS pixels kept free at the window's sides
  const PATIENCE = 250; // ms in which the pointer may cross the gap
  let shown = null; // the term whose definition is shown
  let leaving = 0;

  const noteOf = (term) => document.getElementById(`about-${term.hash.slice(1)}`);

  function place(term, note) {
    // A term that is broken over two lines has two boxes: the first is meant.
    const box = term.getClientRects()[0];
    const origin = notes.getBoundingClientRect();
    const width = document.documentElement.clientWidth;
    const left = Math.max(MARGIN, Math.min(box.left, width - note.offsetWidth - MARGIN));
    const below = box.bottom + GAP;
    const fits = below + note.offsetHeight <= window.innerHeight;
    const above = box.top - GAP - note.offsetHeight;
    note.style.left = `${left - origin.left}px`;
    note.style.top = `${(fits || above < 0 ? below : above) - origin.top}px`;
  }

  function show(term) {
    clearTimeout(leaving);
    if (shown === term) return;
    hide();
    const note = noteOf(term);
    if (!note) return;
    shown = term;
    note.hidden = false;
    place(term, note);
  }

  function hide() {
    clearTimeout(leaving);
    if (shown) noteOf(shown).hidden = true;
    shown = null;
  }

  function hideSoon() {
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      if (shown && document.activeElement !== shown) hide();
    }, PATIENCE);
  }

  for (const term of terms) {
    term.setAttribute("aria-describedby", noteOf(term).id);
    // A finger has no hovering: it gets the definition by a tap and the glossary by a second one.
    term.addEventListener("pointerenter", (event) => {
      if (event.pointerType !== "touch") show(term);
    });
    term.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") hideSoon();
    });
    term.addEventListener("focus", () => {
      if (term.matches(":focus-visible")) show(term);
    });
    term.addEventListener("blur", hideSoon);
    term.addEventListener("click", (event) => {
      if (event.pointerType === "touch" && shown !== term) {
        event.preventDefault();
        show(term);
      }
    });
  }
  notes.addEventListener("pointerenter", () => clearTimeout(leaving), true);
  notes.addEventListener("pointerleave", hideSoon);
  document.addEventListener("pointerdown", (event) => {
    if (shown && !shown.contains(event.target) && !notes.contains(event.target)) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  window.addEventListener("resize", hide);
})();
