// What somebody said, looked up while it is typed: phrases first, then the words of the claims.
// Without this the field is the search of the book.
(() => {
  "use strict";

  const form = document.querySelector("form.lookup");
  if (!form) return;
  const entries = JSON.parse(form.querySelector("script").textContent);
  const found = form.querySelector(".lookup-found");
  const field = form.querySelector("input");
  // Words that say nothing of the matter.
  const IDLE = new Set("a an and are as at be by did do does for from has have how in is it its of on or than that the to was were what when which who why will with".split(" "));

  // Powers of ten are the same words however they are typed, as in the search of the book.
  const powers = (text) => text.replace(/(^|\s)(\d[\d.]*)e\+?(\d+)\b/gi, "$1$2 10^$3")
    .replace(/10\^(\d+)/g, (_, power) => `10${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`);
  const wordsOf = (text) => powers(text.toLowerCase()).split(/[^\p{L}\p{N}.]+/u).map((word) => word.replace(/\.$/, "")).filter(Boolean);
  const stem = (word) => (word.length > 4 ? word.replace(/(ing|ed|es|s)$/, "") : word);
  const matter = (text) => wordsOf(text).filter((word) => !IDLE.has(word)).map(stem);

  for (const entry of entries) {
    entry.phrases = entry.words.map((phrase) => matter(phrase));
    entry.own = new Set(matter(entry.title));
    entry.other = new Set(matter(entry.text));
  }

  const has = (words, asked) => [...words].some((word) => word === asked || (asked.length > 2 && word.startsWith(asked)));

  /** How well an entry fits: a phrase that is asked for above all, then how many words it has. */
  function fit(entry, asked) {
    const known = (word) => has(entry.own, word) || has(entry.other, word) || entry.phrases.some((each) => has(each, word));
    const share = asked.filter(known).length / asked.length;
    const phrase = Math.max(0, ...entry.phrases.map((each) => {
      const both = asked.filter((word) => has(each, word)).length;
      return both ? both / Math.max(each.length, asked.length) : 0;
    }));
    const title = asked.filter((word) => has(entry.own, word)).length / asked.length;
    return share < 0.5 ? 0 : share + 2 * phrase + 0.5 * title + (entry.verdict ? 0 : 0.1);
  }

  function show() {
    const asked = matter(field.value);
    const best = asked.length
      ? entries.map((entry) => [fit(entry, asked), entry]).filter(([score]) => score > 0)
        .sort((one, other) => other[0] - one[0]).slice(0, Number(found.dataset.shown))
      : [];
    found.replaceChildren(...best.map(([, entry]) => {
      const link = document.createElement("a");
      link.href = entry.page;
      link.textContent = entry.title;
      const item = document.createElement("li");
      if (entry.verdict) {
        const badge = document.createElement("span");
        badge.className = `verdict verdict-${entry.verdict}`;
        badge.textContent = entry.verdict;
        item.append(badge, " ");
      }
      item.append(link);
      return item;
    }));
    form.classList.toggle("lookup-none", asked.length > 0 && !best.length);
  }

  field.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    const first = found.querySelector("a");
    if (!first) return; // the search of the book may find more
    event.preventDefault();
    location.href = first.href;
  });
  show();
})();
