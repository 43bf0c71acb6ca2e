/* The built book as one page, for print: its articles in order, under one numbering.

   Addresses in the volume are `kaplan.claim-h-6nd`: a page's name and a place on it, so that no two
   pages share one. Page numbers (`data-page`) are open until the volume has been printed once. */
"use strict";

// Pages that a reader of paper has no use for, besides those on the library: lists to look things up in, and
// what takes a screen; and the appendices. The front page is one: on paper the contents stand in its place.
const ONSCREEN = ["parameters", "calculators", "sweeps", "appendices", "benchmark", "data"];

// What is left out of pages, by the places in it: what a chapter has for the record (its claims are in the ledger).
const LEFT = new Set();

// Lists in the order of the alphabet, to which links are many.
const UNPAGED = ["bibliography", "glossary"];

function make(tag, kind, ...content) {
  const made = document.createElement(tag);
  made.className = kind;
  made.append(...content);
  return made;
}

async function load(path, shift = 0) {
  const answer = await fetch(path);
  const text = await answer.text();
  const ranked = text.replace(/(<\/?h)([1-5])\b/g, (_, tag, rank) => tag + (Number(rank) + shift));
  return new DOMParser().parseFromString(ranked, "text/html");
}

/** Read the chapters from the sidebar; what was computed is numbered. */
async function readContents(reference) {
  const start = await load("/index.html");
  const first = start.querySelector("meta[http-equiv=refresh]")?.content.split("url=")[1] ?? "index.html";
  const page = await load(`/${first}`);
  const base = page.querySelector("link[rel=canonical]")?.href.replace(first, "");
  const chapters = [];
  let numbered = 0;
  for (const caption of page.querySelectorAll("nav.bd-links p.caption")) {
    for (const link of caption.nextElementSibling.querySelectorAll("li > a[href]")) {
      const path = new URL(link.getAttribute("href"), `${location.origin}/${first}`).pathname;
      if (path.startsWith(`/${reference}`) || ONSCREEN.some((page) => path.endsWith(`/${page}.html`))) continue;
      const number = path.includes("/executed/") ? ++numbered : undefined;
      chapters.push({path, title: link.textContent.trim(), part: caption.textContent.trim(), number});
    }
  }
  if (!chapters.length) throw Error(`${first} lists no chapters`);
  for (const chapter of chapters) chapter.name = chapter.path.match(/([^/]*)\.html$/)[1];
  return {chapters, base};
}

async function assemble(reference) {
  const {chapters, base} = await readContents(reference);
  const byPath = new Map(chapters.map((chapter) => [chapter.path, chapter]));
  const list = document.querySelector(".contents > ul");
  const heads = document.head.appendChild(make("style", ""));
  let part = "";
  for (const chapter of chapters) {
    const section = make("section", "chapter");
    section.id = chapter.name;
    section.style.page = `c-${chapter.name}`;
    if (chapter.part !== part) {
      part = chapter.part;
      section.append(make("h1", "part", part));
      list.append(make("li", "part", part));
    }
    section.append(...(await read(chapter, byPath, base)));
    if (chapter.number) {
      const notebook = make("code", "", `notebooks/${chapter.name}.ipynb`);
      section.append(make("p", "code-at", "Code of this chapter: ", notebook));
    }
    document.body.append(section);
    const number = chapter.number ? `${chapter.number} ` : "";
    const head = JSON.stringify(`${number} ${chapter.title}`);
    heads.append(`@page c-${chapter.name} { @top-left { content: ${head}; } }\n`);
    const line = make("a", "", make("span", "number", number), make("span", "name", chapter.title));
    line.setAttribute("href", `#${chapter.name}`);
    line.dataset.page = "000";
    list.append(make("li", "", line));
  }
  return checkLinks();
}

/** Return what is in a chapter's article, made part of the volume. */
async function read(chapter, byPath, base) {
  const article = (await load(chapter.path, 1)).querySelector("article");
  const title = article?.querySelector("h1, h2");
  if (!title) throw Error(`${chapter.path} has no article with a title`);
  if (chapter.number) title.prepend(make("span", "number", `${chapter.number} `));
  const at = (address) => new URL(address, location.origin + chapter.path);
  for (const image of article.querySelectorAll("img")) image.src = at(image.getAttribute("src"));
  for (const part of article.querySelectorAll("#for-the-record")) {
    for (const place of [part, ...part.querySelectorAll("[id]")]) LEFT.add(`${chapter.name}.${place.id}`);
    part.remove();
  }
  for (const folded of article.querySelectorAll("details")) folded.open = true;
  for (const row of article.querySelectorAll("table.ledger tr")) shorten(row);
  for (const form of article.querySelectorAll("form")) form.remove(); // a screen's
  for (const place of article.querySelectorAll("[id]")) place.id = `${chapter.name}.${place.id}`;
  if (chapter.number) number(article.querySelectorAll("figcaption .caption-number"), chapter);
  for (const link of article.querySelectorAll("a[href]")) {
    const address = at(link.getAttribute("href"));
    if (address.origin === location.origin) lead(link, address, chapter, byPath, base);
    else link.dataset.address = address.href.replace(/^https?:\/\/|\/$/g, "");
  }
  return article.childNodes;
}

/** Leave claim, speaker, numbers and verdict of a row of the ledger: the rest is on the page of the claim. */
function shorten(row) {
  const [, who, , , off, verdict] = row.cells;
  who.textContent = who.textContent.split(": “")[0];
  verdict.querySelector("p:has(.verdict)")?.replaceChildren(verdict.querySelector(".verdict"));
  off.remove();
}

/** Put the chapter before the numbers of its figures. */
function number(places, chapter) {
  for (const place of places) {
    place.textContent = place.textContent.replace(/^(Fig\.)\s+(\d+)/, `$1 ${chapter.number}.$2`);
  }
}

/** Turn a link between pages into one within the volume; files are where the book is published. */
function lead(link, address, chapter, byPath, base) {
  const target = byPath.get(address.pathname);
  if (!target) {
    if (base) link.href = base + address.pathname.slice(1);
    else link.removeAttribute("href");
    return;
  }
  const place = decodeURIComponent(address.hash.slice(1));
  const there = place.startsWith("claim-") ? "ledger" : target.name;
  link.setAttribute("href", `#${there}${place && `.${place}`}`);
  if (target.number) number(link.querySelectorAll(".std-numref"), target);
  if (target !== chapter && !UNPAGED.includes(target.name) && !link.matches(".verdict")) {
    link.dataset.page = "000";
  }
}

function goal(link) {
  return link.getAttribute("href").slice(1);
}

/** Return what is wrong with the links of the volume. */
function checkLinks() {
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!LEFT.has(goal(link))) continue;
    link.removeAttribute("href");
    delete link.dataset.page;
  }
  const lost = [...document.querySelectorAll('a[href^="#"]')].filter(
    (link) => link.checkVisibility() && !document.getElementById(goal(link))?.checkVisibility(),
  );
  return lost.map((link) => `${link.closest("section").id}: there is no place ${goal(link)}`);
}

/** Set the formulas and wait for all that is shown; too wide tables get smaller letters. */
async function settle(room) {
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  await Promise.all([...document.images].map((image) => image.decode()));
  document.body.getBoundingClientRect(); // a layout, which asks for the fonts
  await document.fonts.ready;
  for (const table of document.querySelectorAll(".chapter table:not(.ledger)")) {
    let size = parseFloat(getComputedStyle(table).fontSize);
    while (table.offsetWidth > room && size > 8.5) {
      size -= 0.25;
      table.style.fontSize = `${size}px`;
    }
    if (table.offsetWidth > room) table.classList.add("wraps");
  }
  return document.querySelector("mjx-merror") ? ["a formula could not be set"] : [];
}

/** Fill in the page numbers; return the places that are on no page. */
function fill(pages) {
  const links = [...document.querySelectorAll("[data-page]")];
  for (const link of links) link.dataset.page = pages[goal(link)];
  return links.map(goal).filter((place) => !(place in pages));
}
