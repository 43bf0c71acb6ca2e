// How the search of the book orders what it finds. Sphinx puts this file into its own script.
var Scorer = {
  // A claim comes first where several words are those of its id or of its text. A single word is in
  // many claims: then pages come first. A claim whose id is asked for comes before all.
  // Appendices come after chapters. The pages on the library come last, for ordinary words are meant as in the chapters, unless a
  // name is asked for that can be no word.
  score: ([page, title, , kind, score]) => {
    const query = new URLSearchParams(location.search).get("q") || "";
    if (page.startsWith("book/api/")) {
      const named = /[._]/.test(query) && `.${title}`.endsWith(`.${query.trim()}`);
      return named ? 20 + score : score / 1000;
    }
    // What only specialists need comes after the chapter that has the answer.
    if (page.startsWith("book/appendix/")) return score / 10;
    // What people call a matter leads to its page, if it is asked for in several of its words, or in one
    // that is all of a phrase.
    if (kind && kind.startsWith("topic")) {
      const phrases = /\(([^()]*)\)$/.exec(title)?.[1].split("; ") ?? [];
      const asked = query.trim().toLowerCase();
      const place = phrases.findIndex((each) => each.toLowerCase() === asked);
      if (place >= 0) return 300 - place;
      return asked.includes(" ") ? 200 : 1;
    }
    if (!kind || !kind.startsWith("claim")) return score;
    if (title.startsWith(`${query.trim()}:`)) return 100 + score;
    const words = query.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    return words.length > 1 ? 20 + score : 1;
  },

  // The values that Sphinx has.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
// Powers of ten are found however they are typed: 5e28, 5 × 10^28 or, as the book has them, 5 × 10²⁸.
var splitQuery = (query) => query
  .replace(/(^|\s)(\d[\d.]*)e\+?(\d+)\b/gi, "$1$2 10^$3")
  .replace(/10\^(\d+)/g, (_, power) => `10${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`)
  .split(/[^\p{L}\p{N}_]+/u)
  .filter(Boolean);
// A page on the disk may not read another, so no passage can be shown of what was found.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
