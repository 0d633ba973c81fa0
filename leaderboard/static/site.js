// Weighhouse: what every page does, without dependencies. Everything can be read without it; with it
// tables sort, methods' rows fold, the theme switches. Not here: what a suite's page lets choose
// (suite.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // localStorage may be barred for file:// pages; the theme then lasts for the page alone
  const memory = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* not kept */ } },
  };
  const hash = () => new URLSearchParams(location.hash.slice(1));
  const theme = hash().get("theme") || memory.get("weighhouse-theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  addEventListener("DOMContentLoaded", () => {
    one("#theme").addEventListener("click", switchTheme);
    all(".copy").forEach((button) => button.addEventListener("click", () => copy(button)));
    closeMenus();
    all("table.sortable").forEach(makeSortable);
    all("[data-of]").forEach((row) => { row.hidden = true; });
    all("table.rank, table.heat, table.figures").forEach(makeFolding);
    openNamed();
    addEventListener("hashchange", openNamed);
    if (innerWidth < 900) all(".filters").forEach((filters) => { filters.open = false; });
    all("[data-m]").forEach((element) => {
      element.addEventListener("pointerenter", () => highlight(element.dataset.m, true));
      element.addEventListener("pointerleave", () => highlight(element.dataset.m, false));
    });
  });

  function switchTheme() {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    memory.set("weighhouse-theme", root.dataset.theme);
  }

  // what an address names is open
  function openNamed() {
    const named = document.getElementById(location.hash.slice(1));
    if (named?.matches("details")) named.open = true;
  }

  async function copy(button) {
    const code = one("code", button.parentElement);
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
      getSelection().selectAllChildren(code);
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }

  function closeMenus() {
    document.addEventListener("click", (event) => {
      all(".dd[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      all(".dd[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    });
  }

  function highlight(name, on) {
    all("[data-m]").forEach((x) => { if (x.dataset.m === name) x.classList.toggle("hi", on); });
  }

  // ---- a method's default and tuned rows: one row that unfolds ----

  const opened = new Set();
  const folding = () => (one("input[name=var]:checked")?.value ?? "all") === "all";

  // a folded row stays hidden while the row that it belongs to is on the screen
  function foldedAway(row) {
    const head = row.dataset.of && headOf(row);
    return Boolean(head) && folding() && !head.hidden && !opened.has(row.dataset.of);
  }

  function headOf(row) {
    return all("[data-m]", row.parentElement).find((x) => x.dataset.m === row.dataset.of);
  }

  // tables and panels unfold with the ranking
  function makeFolding(table) {
    all(".fold", table).forEach((button) => button.addEventListener("click", () => {
      const head = button.closest("tr").dataset.m;
      const open = button.getAttribute("aria-expanded") !== "true";
      opened[open ? "add" : "delete"](head);
      all(".fold").filter((other) => other.closest("tr").dataset.m === head)
        .forEach((other) => other.setAttribute("aria-expanded", open));
      all("[data-of]").filter((row) => row.dataset.of === head)
        .forEach((row) => { row.hidden = !fitting(rankedAs(row)) || foldedAway(row); });
    }));
  }

  // the ranking's row of what another table's row or a panel shows
  const rankedAs = (row) => (row.closest(".rank") ? row
    : all(".rank tr[data-m]").find((other) => other.dataset.m === row.dataset.m) ?? row);

  // what a page's filters let through; a page without filters lets everything
  let fitting = () => true;

  // each folded row right after the row that it belongs to
  function unfoldBelow(rows) {
    if (!folding()) return rows;
    const below = new Map(rows.filter((row) => row.dataset.of).map((row) => [row.dataset.of, row]));
    return rows.filter((row) => !row.dataset.of)
      .flatMap((row) => (below.has(row.dataset.m) ? [row, below.get(row.dataset.m)] : [row]));
  }

  // ---- sorting ----

  // figures where larger is what one looks for are sorted from the largest at the first click
  const largestFirst = ".c-score, .c-behind, .c-axis, .c-stand, [data-better=high]";

  // each row's place as it was built: in a ranking by rank, with the references where they belong
  const built = new WeakMap();
  const placeOf = (table, row) => (table.matches(".rank") ? built.get(row) : 0);

  function makeSortable(table) {
    [...table.tBodies[0].rows].forEach((row, place) => built.set(row, place));
    all("thead .sort", table).forEach((button) => button.addEventListener("click", () => {
      const heading = button.closest("th");
      const was = heading.getAttribute("aria-sort");
      const first = heading.matches(largestFirst) ? "descending" : "ascending";
      const flipped = was === "ascending" ? "descending" : "ascending";
      sort(table, heading, was ? flipped : first);
      table.dispatchEvent(new Event("sorted"));
    }));
  }

  function sort(table, heading, direction) {
    const column = [...heading.parentElement.children].indexOf(heading);
    const sign = direction === "ascending" ? 1 : -1;
    all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", direction);
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.matches(".empty"));
    const references = rows.filter((row) => row.matches(".ref"));
    const sorted = rows.filter((row) => !row.matches(".ref"))
      .map((row) => ({ row, key: sortKey(row.cells[column]), place: placeOf(table, row) }))
      .sort((a, b) => compare(a.key, b.key, sign) || a.place - b.place)
      .map((entry) => entry.row);
    if (heading.matches(".c-rank")) {
      sorted.splice(0, Infinity, ...rows.sort((a, b) => sign * (built.get(a) - built.get(b))));
    } else if (heading.matches(".c-score")) {
      references.forEach((reference) => atItsScore(sorted, reference, direction === "descending"));
    } else {
      sorted.push(...references);
    }
    body.append(...unfoldBelow(sorted), ...all(".empty", body));
    table.classList.toggle("by-rank", heading.matches(".c-rank") && direction === "ascending");
  }

  function sortKey(cell) {
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim().toLowerCase();
    return text === "–" || text === "" ? null : text;
  }

  function scoreOf(row) {
    return Number(one(".c-score", row)?.dataset.v ?? 0);
  }

  // cells without a value stand last in both directions
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return sign * (a < b ? -1 : a > b ? 1 : 0);
  }

  function atItsScore(rows, reference, falling) {
    const score = Number(reference.dataset.ref);
    const place = rows.findIndex((row) => !row.matches(".ref")
      && (falling ? scoreOf(row) < score : scoreOf(row) > score));
    rows.splice(place < 0 ? rows.length : place, 0, reference);
  }

  // ---- for the suite page (suite.js) ----

  // the order of a table's rows, as a ranking has them: what sorting by rank restores
  function place(table, rows) {
    rows.forEach((row, i) => built.set(row, i));
    table.tBodies[0].append(...rows, ...all(".empty", table));
  }

  function sortBy(table, key, direction) {
    const heading = all("thead th", table).find((th) => th.dataset.k === key);
    if (heading) sort(table, heading, direction === "descending" ? direction : "ascending");
  }

  // only rows that fit are shown where a method's rows unfold
  const fitBy = (fits) => { fitting = fits; };

  weighhouse.site = { all, copy, fitBy, foldedAway, hash, makeSortable, one, place, sortBy };
})();
