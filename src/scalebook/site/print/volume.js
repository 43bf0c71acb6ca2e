/* The built book as one page, for print: its articles in order, under one numbering.

   Addresses in the volume are `kaplan.claim-h-6nd`: a page's name and a place on it, so that no two
   pages share one. Page numbers (`data-page`) are open until the volume has been printed once. */
"use strict";

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

/** Read title page and chapters from the sidebar; what was computed is numbered. */
async function readContents(reference) {
  const start = await load("/index.html");
  const first = start.querySelector("meta[http-equiv=refresh]")?.content.split("url=")[1] ?? "index.html";
  const page = await load(`/${first}`);
  const base = page.querySelector("link[rel=canonical]")?.href.replace(first, "");
  const chapters = [{path: `/${first}`, title: "At a glance", part: ""}];
  let numbered = 0;
  for (const caption of page.querySelectorAll("nav.bd-links p.caption")) {
    for (const link of caption.nextElementSibling.querySelectorAll("li > a[href]")) {
      const path = new URL(link.getAttribute("href"), `${location.origin}/${first}`).pathname;
      if (path.startsWith(`/${reference}`)) continue; // for looking things up, on the screen
      const number = path.includes("/executed/") ? ++numbered : undefined;
      chapters.push({path, title: link.textContent.trim(), part: caption.textContent.trim(), number});
    }
  }
  if (chapters.length === 1) throw Error(`${first} lists no chapters`);
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
    const head = chapter.part && JSON.stringify(`${number} ${chapter.title}`);
    heads.append(`@page c-${chapter.name} { @top-left { content: ${head || "none"}; } }\n`);
    const line = make("a", "", make("span", "number", number), make("span", "name", chapter.title));
    line.setAttribute("href", `#${chapter.name}`);
    line.dataset.page = "000";
    list.append(make("li", "", line));
  }
  return checkLinks();
}

/** Return what is in a chapter's article, made part of the volume. */
async function read(chapter, byPath, base) {
  const article = (await load(chapter.path, chapter.part ? 1 : 0)).querySelector("article");
  const title = article?.querySelector("h1, h2");
  if (!title) throw Error(`${chapter.path} has no article with a title`);
  if (chapter.number) title.prepend(make("span", "number", `${chapter.number} `));
  else if (!chapter.part) title.textContent = chapter.title;
  const at = (address) => new URL(address, location.origin + chapter.path);
  for (const image of article.querySelectorAll("img")) image.src = at(image.getAttribute("src"));
  for (const folded of article.querySelectorAll("details")) folded.open = true;
  for (const form of article.querySelectorAll("form.calculator-form")) form.replaceWith(values(form));
  for (const place of article.querySelectorAll("[id]")) place.id = `${chapter.name}.${place.id}`;
  if (chapter.number) number(article.querySelectorAll("figcaption .caption-number"), chapter);
  for (const link of article.querySelectorAll("a[href]")) {
    const address = at(link.getAttribute("href"));
    if (address.origin === location.origin) lead(link, address, chapter, byPath, base);
    else link.dataset.address = address.href.replace(/^https?:\/\/|\/$/g, "");
  }
  return article.childNodes;
}

/** Put the chapter before the numbers of its figures. */
function number(places, chapter) {
  for (const place of places) {
    place.textContent = place.textContent.replace(/^(Fig\.)\s+(\d+)/, `$1 ${chapter.number}.$2`);
  }
}

/** Return what a form holds when its page is opened, as a paragraph. */
function values(form) {
  const pairs = [...form.querySelectorAll(".calculator-field")].map((field) => {
    const entry = field.querySelector("input, select");
    const value = entry.selectedOptions?.[0].textContent ?? entry.value;
    return `${field.querySelector("label").textContent}: ${value}`;
  });
  return make("p", "calculator-values", `For these values. ${pairs.join("; ")}.`);
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
  link.setAttribute("href", `#${target.name}${place && `.${place}`}`);
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
