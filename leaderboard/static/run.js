// Weighhouse: the page of one run, `run.html#METHOD/KEY`, drawn from its method's runs.
// Not here: what records hold as text (records.js), the small plots (drawing.js).
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const {
    axisTicks, figure, gridLines, heading, html, load, pretty, scoreAxis, scoring, site, sorted,
    spending, svg, when, words,
  } = globalThis.weighhouse;
  const page = site.one("#run");
  const { data } = page.dataset; // where the suite's data start
  const methods = new Map(); // the runs of those that were asked for
  let suite;

  // ---- pieces ----

  const section = (title, words_, ...content) => html("section", { class: "sec" },
    html("header", {}, html("h2", {}, title), words_ ? html("p", {}, words_) : ""), ...content);

  const list = (entries) => html("dl", { class: "kv" }, ...entries.flatMap(([name, value, plain]) =>
    [html("dt", {}, name), html("dd", { class: !plain && "mono" }, value)]));

  const tile = (title, value, small) =>
    html("div", {}, html("dt", {}, title), html("dd", {}, value, html("small", {}, small)));

  const icon = (name) => svg("svg", { class: "icon", "aria-hidden": "true" },
    svg("use", { href: `#i-${name}` }));

  // a table that may be wider than the page
  function table(title, heads, lines) {
    const head = heads.map((text, i) => html("th", { scope: "col", class: i > 0 && "n" }, text));
    return html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title },
      html("table", { class: "plain figures curve" }, html("thead", {}, html("tr", {}, ...head)),
        html("tbody", {}, ...lines.map(([name, values, kind]) => html("tr", { class: kind ?? false },
          html("th", { scope: "row" }, name),
          ...values.map((value) => html("td", { class: "n" }, value)))))));
  }

  const known = (value) => (value === undefined ? "–" : figure(value));

  // ---- what came of it ----

  function status(run) {
    return run.status === "ok"
      ? html("span", { class: "status" }, icon("ok"), "ok")
      : html("span", { class: "status bad" }, icon("x"), words(run.status));
  }

  function standing(run) {
    const level = ["self-reported", "reproduced", "maintainer-run"].indexOf(run.standing) + 1;
    return html("span", { class: `stand s${level}` }, icon(`st${level}`), run.standing);
  }

  function facts(run, label) {
    const key = html("span", {}, "key ", html("b", { class: "mono" }, run.key.slice(0, 16)));
    const told = [status(run), standing(run), key, when(run.created),
      run.carried && `carried: ${run.carried}`, `${run.variant} hyperparameters`,
      `tier ${suite.tier}`].filter(Boolean);
    return html("header", { class: "head" }, html("h1", {}, label),
      html("p", { class: "facts" }, ...told.map((one) => html("span", {}, one))));
  }

  function failure(run, task, reference) {
    const reason = run.reason ? `: ${run.reason}` : "";
    const counts = reference || run.status === "skipped" ? "" : task.ordered
      ? " It counts as the worst that it could be in each metric that rows are ranked by, and as 0"
        + " (the floor) in the score, and is marked †."
      : " It counts as 0 (the floor) wherever this task is averaged, and is marked †.";
    return html("p", { class: "note" }, html("b", {}, "No result."),
      ` The run ${suite.statuses[run.status]}${reason}.${counts}`);
  }

  function tiles(run, task) {
    const { floor, ceiling } = task.scale;
    const score = tile("Score", known(run.score ?? undefined), run.score === null
      ? "this task has no scale" : `0 is ${task.ends.floor}, 1 is ${task.ends.ceiling}`);
    const metrics = task.metrics.filter(({ name }) => name in run.metrics);
    return html("dl", { class: "tiles" }, score, ...metrics.map(({ name, title, better }) =>
      tile(title, figure(run.metrics[name]), name in floor && name in ceiling
        ? `floor ${figure(floor[name])}, ceiling ${figure(ceiling[name])}`
        : `${better} is better`)));
  }

  function curve({ title, axis, points }, run, { scale }) {
    const own = points.filter(({ name }) => name in run.metrics);
    if (!own.length) return "";
    const of = `${title} by ${axis}`;
    return table(of, [of, ...own.map(({ label }) => label)], [
      ["this run", own.map(({ name }) => known(run.metrics[name]))],
      ...["floor", "ceiling"].map((end) =>
        [end, own.map(({ name }) => known(scale[end][name])), "ref"]),
    ]);
  }

  function matrix({ title, axes: [across, down], entries }, run) {
    const own = entries.filter(({ name }) => name in run.metrics);
    if (!own.length) return "";
    const places = (axis) => [...new Set(own.map((one) => one[axis]))].sort((a, b) => a - b);
    const columns = places("column");
    const lines = places("row").map((row) => [`${across} ${row}`, columns.map((column) => {
      const entry = own.find((one) => one.row === row && one.column === column);
      return entry ? figure(run.metrics[entry.name]) : "";
    })]);
    const heads = [title, ...columns.map((column) => `${down} ${column}`)];
    return table(`${title} on each ${down} ${across}`, heads, lines);
  }

  // ---- how it was made, and what it spent ----

  function reproduce(run, origin) {
    const checkout = origin.commit
      ? [html("span", { class: "c" }, `git checkout ${origin.commit}`), "\n"] : [];
    const command = run.command || `python -m bench show ${run.key}`;
    const copy = html("button", { class: "btn copy", type: "button" }, "Copy");
    copy.addEventListener("click", () => site.copy(copy));
    const box = html("div", { class: "codebox" }, html("pre", { class: "code cmd" },
      html("code", {}, ...checkout, command)), copy);
    const dirty = origin.dirty ? html("p", { class: "warn" },
      html("span", { class: "dag" }, "Uncommitted changes"),
      " were in the checkout, so the commit alone may not reproduce it.") : "";
    return section("Reproduce it", "", box, dirty, log(run), added(run));
  }

  const code = (text) => html("pre", { class: "code", tabindex: 0 }, html("code", {}, text));

  const log = (run) => (run.log ? section("Log, last lines", "", code(run.log)) : "");

  function added({ details = {} }) {
    const { short, tables, long } = sorted(details);
    if (!short.length && !tables.length && !long.length) return "";
    const unfolding = (title, many, content) => html("details", { class: "more" },
      html("summary", {}, title, many ? html("span", { class: "muted" }, many) : ""), content);
    return section("What the suite adds", "", short.length ? list(short) : "",
      ...tables.map(([title, columns, rows]) => unfolding(title, `${rows.length} rows`,
        html("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": title },
          html("table", { class: "plain" },
            html("thead", {}, html("tr", {}, ...columns.map((column) =>
              html("th", { scope: "col" }, heading(column))))),
            html("tbody", {}, ...rows.map((row) =>
              html("tr", {}, ...row.map((value) => html("td", {}, value))))))))),
      ...long.map(([title, text]) => unfolding(title, "", code(text))));
  }

  function budget(run, limits) {
    const lines = spending(run.cost ?? {}, limits, suite.counters).map((row) => {
      const over = row.share !== null && row.share > 1;
      return html("tr", { class: row.sub && "sub" }, html("th", { scope: "row" }, row.title),
        html("td", {}, row.share === null ? "" : share(row.share, over)),
        html("td", { class: "n nb" },
          over || row.bad ? html("b", { class: "dag" }, row.used) : row.used || "–"),
        html("td", { class: "n nb soft" }, row.sub ? "" : row.allowed));
    });
    const head = html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Budget"),
      html("th", { scope: "col" }, html("span", { class: "vh" }, "Share used, drawn")),
      html("th", { scope: "col", class: "n" }, "Used"),
      html("th", { scope: "col", class: "n" }, "Allowed")));
    const took = scoring(run.cost ?? {}).map((row) => [...row, true]);
    return section("What it spent", "The upright line is the limit.",
      html("table", { class: "bud plain" }, head, html("tbody", {}, ...lines)),
      took.length ? section("What scoring it took", "Charged to nobody.", list(took)) : "");
  }

  function share(used, over) {
    const width = (part) => `${part.toFixed(1)}%`;
    return svg("svg", { "aria-hidden": "true" },
      svg("rect", { class: "track", x: 0, y: 5, width: "78%", height: 8 }),
      svg("rect", { class: over ? "use bad" : "use", x: 0, y: 5,
        width: width(78 * Math.min(used, 1)), height: 8 }),
      over ? svg("rect", { class: "over", x: "78%", y: 5,
        width: width(Math.min(78 * (used - 1), 22)), height: 8 }) : "",
      svg("line", { class: "lim", x1: "78%", x2: "78%", y1: 2, y2: 16 }));
  }

  // ---- what it left, where it comes from, and the runs beside it ----

  function left(run, label) {
    if (!run.kept) return "";
    const pictures = run.pictures.map(({ file, caption, width, height }) =>
      html("figure", { class: "picture" }, html("a", { href: `kept/${file}` },
        html("img", { src: `kept/${file}`, alt: `${caption}: ${label}`, loading: "lazy",
          width: width ?? false, height: height ?? false })),
      html("figcaption", {}, caption)));
    return section("What it left", "Small files that the suite keeps of a run.",
      pictures.length ? html("div", { class: "pictures" }, ...pictures) : "",
      html("ul", { class: "kept" }, ...run.kept.map(({ name, file, size }) => html("li", {},
        html("a", { href: `kept/${file}`, download: name }, name), " ",
        html("span", { class: "muted" }, size)))));
  }

  function provenance(run, task, origin, params) {
    const choices = Object.entries(params).map(([name, value]) => `${name} ${pretty(value)}`);
    const dirty = origin.dirty ? "with uncommitted changes" : "clean";
    const rest = Object.entries(origin).filter(([key]) => !["commit", "dirty"].includes(key));
    return section("Provenance", "", list([
      ["Key", run.key],
      ["Commit", `${origin.commit || "unknown"}, ${dirty}`],
      ["Task", html("span", {}, html("a", { href: task.page }, run.task),
        `, version ${task.version}`), true],
      ["Hyperparameters", choices.join(", ") || "none"],
      ...rest.map(([key, value]) => [heading(key), pretty(value)]),
    ]));
  }

  function seeds(run, siblings, method) {
    const of = scoreAxis(siblings.map(({ score }) => score ?? NaN), []);
    const lines = siblings.map((one) => {
      const here = one.seed === run.seed;
      const name = one.key ? html("a", { href: `#${method}/${one.key}`,
        "aria-current": here && "page" }, String(one.seed)) : String(one.seed);
      const drawn = one.score === null ? "" : svg("svg", { "aria-hidden": "true" }, ...gridLines(of),
        svg("circle", { class: one.status === "ok" ? "pt" : "pt imp", cx: of.at(one.score), cy: 11,
          r: 4.5 }));
      const failed = !["ok", "skipped"].includes(one.status);
      const score = one.status === "skipped" || one.score === null ? "–" : figure(one.score);
      return html("tr", { class: here && "hi" },
        html("th", { scope: "row" }, name, here ? html("span", { class: "muted" }, " this run") : ""),
        html("td", { class: "c-plot tall" }, drawn),
        html("td", { class: "n" }, score + (failed ? "†" : "")),
        html("td", {}, one.status === "ok" ? "ok" : html("span", { class: "dag" }, words(one.status))));
    });
    const drawnHead = html("th", { scope: "col", class: "c-plot tall" },
      html("span", { class: "vh" }, "Score drawn"),
      svg("svg", { "aria-hidden": "true" }, ...axisTicks(of)));
    return section("All of its seeds", "", html("table", { class: "plain rank" },
      html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Seed"), drawnHead,
        html("th", { scope: "col", class: "n" }, "Score"), html("th", { scope: "col" }, "Status"))),
      html("tbody", {}, ...lines)));
  }

  // ---- the page ----

  function content(of, run) {
    const task = suite.tasks[run.task];
    const shared = (name) => of.shared[run[name]];
    const own = run.variant === "default" ? of.title : `${of.title} ${run.variant}`;
    const label = `${own} on ${run.task}, seed ${run.seed}`;
    const siblings = of.runs.filter((one) => one.task === run.task && one.variant === run.variant);
    const pool = html("div", {});
    pool.innerHTML = run.map ?? ""; // the site's own, made by its builder
    const outcome = run.status !== "ok" ? [failure(run, task, of.reference)] : [tiles(run, task),
      html("div", { class: "pair" }, ...task.curves.map((one) => curve(one, run, task)),
        ...task.matrices.map((one) => matrix(one, run)))];
    document.title = `${label} · Weighhouse`;
    site.one("#crumb").replaceChildren(
      html("a", { href: `methods/${of.method}.html` }, of.title));
    return [facts(run, label), ...outcome,
      html("div", { class: "cols" }, reproduce(run, shared("provenance")),
        budget(run, shared("budget"))),
      ...pool.childNodes, left(run, label),
      html("div", { class: "cols" },
        provenance(run, task, shared("provenance"), shared("params")),
        seeds(run, siblings, of.method))];
  }

  const nothing = (...words_) => [html("header", { class: "head" }, html("h1", {}, "A run"),
    html("p", { class: "q" }, ...words_))];

  // the page that the address asks for; `drawn` is set when it is there
  async function show() {
    delete page.dataset.drawn;
    await draw();
    page.dataset.drawn = "";
    scrollTo(0, 0);
  }

  async function draw() {
    const [method, key] = location.hash.slice(1).split("/");
    if (!method || !key) {
      page.replaceChildren(...nothing("Its address names no run. Choose one on a method’s page."));
      return;
    }
    try {
      if (!/^\w[\w.-]*$/.test(method)) throw new Error(method);
      suite ??= (await load(`${data}-tasks.js`)).suite;
      if (!methods.has(method)) methods.set(method, (await load(`${data}-runs/${method}.js`)).runs);
    } catch {
      page.replaceChildren(...nothing(`No method here is called ${method}.`));
      return;
    }
    const of = methods.get(method);
    const run = of.runs.find((one) => one.key?.startsWith(key));
    page.replaceChildren(...(run ? content(of, run) : nothing(
      `No run of ${of.title} here has the key ${key}: it was made again since, or taken back. `,
      html("a", { href: `methods/${method}.html` }, "The runs that are here."))));
  }

  addEventListener("hashchange", show);
  show();
});
