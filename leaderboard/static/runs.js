// Weighhouse: the list of a method's runs on its page, made when it is opened.
// Not here: one run's page (run.js), what records hold as text (records.js).
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const { html, load, site, withUnit, words } = globalThis.weighhouse;
  const list = site.one("details.runs");

  function cost(value, unit) {
    if (value === undefined) return html("td", { class: "n nb" }, "–");
    const [figure, name] = withUnit(value, unit);
    return html("td", { class: "n nb", "data-v": value }, figure, html("span", { class: "u" }, name));
  }

  const line = (method, run) => html("tr", {},
    html("th", { scope: "row" }, run.task),
    html("td", {}, run.variant),
    html("td", { class: "n", "data-v": run.seed }, String(run.seed)),
    html("td", {}, run.status === "ok" ? "ok" : html("span", { class: "dag" }, words(run.status))),
    cost(run.cost?.flops, "FLOP"), cost(run.cost?.seconds, "s"),
    html("td", {}, run.standing),
    html("td", {}, html("a", { class: "mono", href: `../run.html#${method}/${run.key}` },
      run.key.slice(0, 12))));

  async function fill() {
    const { runs } = await load(list.dataset.runs);
    const made = runs.runs.filter((run) => run.key);
    const heads = ["Task", "Variant", "Seed", "Status", "FLOPs", "Time", "Standing", "Run"];
    const table = html("table", { class: "plain sortable" },
      html("thead", {}, html("tr", {}, ...heads.map((head) =>
        html("th", { scope: "col", class: ["Seed", "FLOPs", "Time"].includes(head) && "n" },
          html("button", { class: "sort", type: "button" }, head))))),
      html("tbody", {}, ...made.map((run) => line(runs.method, run))));
    site.one(".scroll", list).replaceChildren(table);
    site.makeSortable(table);
  }

  list?.addEventListener("toggle", () => {
    if (list.open && !site.one("table", list)) {
      fill().catch(() => { site.one(".scroll", list).textContent = "Its runs can't be read."; });
    }
  });
});
