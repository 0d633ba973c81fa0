// Weighhouse: the search over the documents' sections, which search.js holds. Every word must stand in
// a section; words in a title count most.
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const { sections } = globalThis.weighhouse;
  const search = document.querySelector("#docq");
  const list = document.querySelector("#found");
  const MOST = 20;
  const known = sections.map((one) => ({
    ...one, low: `${one.title} ${one.of} ${one.text}`.toLowerCase(), lowTitle: one.title.toLowerCase(),
  }));

  function found(words) {
    return known.filter((one) => words.every((word) => one.low.includes(word)))
      .map((one) => ({ one, titles: words.filter((word) => one.lowTitle.includes(word)).length }))
      .sort((a, b) => b.titles - a.titles).slice(0, MOST).map(({ one }) => one);
  }

  // some words around the first that was asked for
  function excerpt(one, word) {
    const at = Math.max(0, one.text.toLowerCase().indexOf(word) - 40);
    return `${at ? "…" : ""}${one.text.slice(at, at + 120)}${one.text.length > at + 120 ? "…" : ""}`;
  }

  function item(one, word) {
    const entry = document.createElement("li");
    const link = document.createElement("a");
    link.href = `${one.page}.html#${one.anchor}`;
    link.textContent = one.title === one.of ? one.title : `${one.of}: ${one.title}`;
    const words = document.createElement("small");
    words.textContent = excerpt(one, word);
    entry.append(link, words);
    return entry;
  }

  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.hidden = words.length === 0;
    const items = words.length ? found(words).map((one) => item(one, words[0])) : [];
    const none = document.createElement("li");
    none.textContent = "Nothing has all of these words.";
    list.replaceChildren(...(items.length ? items : [none]));
  });
});
