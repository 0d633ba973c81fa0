// Weighhouse: a ranking's table, its sentence, the heat map and quality against cost, drawn anew for
// chosen rows and tasks, and as they were built. Not here: what is chosen (suite.js), how it is
// ranked (ranking.js), shapes (drawing.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const {
    aboutOf, axisTicks, behindAxis, bold, costPlot, decimals, difference, figure, gridLines, html,
    isInterval, linesOf, listed, ordered, rank, rowPlot, scoreAxis, sentences, span, stripSquares,
    svg, withUnit,
  } = weighhouse;
  const { mean } = weighhouse.statistics;
  const one = (selector, within) => within.querySelector(selector);
  const all = (selector, within) => [...within.querySelectorAll(selector)];
  const COLUMNS = { flops: "c-flops", seconds: "c-time", peak_memory: "c-mem" };
  const COSTS = {
    flops: { title: "FLOPs of a run", unit: "FLOP" },
    seconds: { title: "Seconds of a run", unit: "s" },
    peak_memory: { title: "Peak memory of a run", unit: "B" },
    parameters: { title: "Parameters that are deployed", unit: "" },
  };

  // ---- cells: what was built is kept, to be put back ----

  const built = new Map();

  function keep(element, attributes = ["data-v", "title"]) {
    if (built.has(element)) return;
    const values = attributes.map((name) => [name, element.getAttribute(name)]);
    built.set(element, { nodes: [...element.childNodes], values });
  }

  function fill(element, value, ...nodes) {
    if (!element) return;
    keep(element);
    element.replaceChildren(...nodes.filter((node) => node !== "" && node !== null));
    element.removeAttribute("title");
    if (value === null || isNaN(value)) element.removeAttribute("data-v");
    else element.dataset.v = value;
  }

  function mark(element, name, value) {
    if (!built.has(element)) {
      const names = ["class", "data-of", "data-ref", "hidden"];
      built.set(element, { values: names.map((own) => [own, element.getAttribute(own)]) });
    }
    if (value === null) element.removeAttribute(name); else element.setAttribute(name, value);
  }

  // everything as it was built
  function restore() {
    for (const [element, { nodes, values }] of built) {
      if (nodes) element.replaceChildren(...nodes);
      for (const [name, value] of values) {
        if (value === null) element.removeAttribute(name); else element.setAttribute(name, value);
      }
    }
    built.clear();
  }

  const small = (text, title) => html("small", { title }, text);
  const muted = () => html("span", { class: "muted" }, "–");

  function rankCell(cell, line) {
    if (!line.place) {
      const words = line.reference ? "reference" : "not ranked";
      const done = line.coverage && `${line.coverage[0]} of ${line.coverage[1]}`;
      fill(cell, null, html("span", { class: "vh" }, words), done ? small(done) : "");
      return;
    }
    const { rank: place, last } = line.place;
    fill(cell, place, html("b", {}, String(place)),
      html("span", { class: "eq" }, last > place ? "=" : ""),
      last > place ? small(`${place}–${last}`) : "");
  }

  function behindCell(cell, line) {
    if (line.reference) { fill(cell, null); return; }
    if (!line.place) { fill(cell, null, muted()); return; }
    if (!line.behind) { fill(cell, 0, html("b", {}, "lead"), small("")); return; }
    const [middle, ends] = difference(line.behind);
    const within = aboutOf(line.behind);
    fill(cell, line.behind.mean, html("b", {}, middle), small(ends),
      within === "score" ? "" : html("small", { class: "in" }, within));
  }

  function estimateNodes({ mean: middle, low, high }, least) {
    const known = isInterval(low, high);
    const places = known ? decimals((high - low) / 2, least) : undefined;
    return [html("b", {}, figure(middle, places)), small(known ? span(low, high, places) : "")];
  }

  // a reference has no interval: it is written with the most decimals of the column
  function scoreCell(cell, line, width) {
    const failed = line.failedTasks
      ? html("a", { class: "dag", href: "#rule" }, `†${line.failedTasks}`)
      : html("span", { class: "dag" });
    fill(cell, line.score?.mean ?? null, failed,
      ...(line.reference ? [html("b", {}, figure(line.score.mean, width)), small("")]
        : line.score ? estimateNodes(line.score, 1) : [html("b", {}, "–")]));
  }

  const widest = (lines) => Math.max(1, ...lines.filter((line) => line.place)
    .map(({ score: { low, high } }) => (isInterval(low, high) ? decimals((high - low) / 2, 1) : 0)));

  function orderCell(cell, estimate) {
    if (!estimate) { fill(cell, null, html("b", {}, "–"), small("")); return; }
    const lacks = estimate.absent && isFinite(estimate.mean)
      ? html("small", { class: "lacks" }, `– in ${estimate.absent}`) : "";
    fill(cell, estimate.mean, ...estimateNodes(estimate, 2), lacks);
  }

  function costCell(cell, line, name) {
    const [text, unit] = withUnit(line.cost[name], COSTS[name].unit);
    const beyond = name === "flops" && line.unmetered
      ? html("span", { class: "dag", title: `${line.unmetered} runs took more CPU time than their `
        + "FLOPs explain" }, "‡") : "";
    fill(cell, line.cost[name], beyond, beyond && " ", text, html("span", { class: "u" }, unit));
  }

  function axisCells(tr, line, heads, tasks) {
    for (const { key, part } of heads) {
      const values = line.place ? tasks.map((t) => line.row.cells[t].parts[part])
        .filter((value) => value !== undefined && value !== null) : [];
      const middle = values.length ? mean(values) : NaN;
      fill(one(`.${key}`, tr), middle, figure(middle, 2));
    }
  }

  // ---- a whole table ----

  // Draw a track's part of the page anew for those rows and tasks of it: returns its table's rows in
  // order, and its lines.
  function show(part, track, rows, tasks, needs, spent) {
    const lines = linesOf(track, rows, tasks);
    const table = one("table.rank.big", part);
    const byMetrics = ordered(track, tasks);
    const of = axisOf(lines, byMetrics);
    const grid = one(`#g-${CSS.escape(track.name)}`, document);
    keep(grid); grid.replaceChildren(...gridLines(of));
    const ticks = one("thead .c-plot svg", table);
    keep(ticks); ticks.replaceChildren(...axisTicks(of));
    const heads = all("thead .c-axis", table)
      .map((th) => ({ key: th.dataset.k, part: th.dataset.part }));
    const width = widest(lines);
    const order = lines.map((line) => {
      const tr = line.reference ? one(`tr[data-r="${CSS.escape(line.name)}"]`, table)
        : one(`tr[data-m="${CSS.escape(line.name)}"]`, table);
      drawRow(tr, line, { of, grid, byMetrics, heads, tasks, track, width });
      return tr;
    });
    const shown = new Set(order);
    all("tr[data-of]", table).filter((tr) => !shown.has(tr)).forEach((tr) => mark(tr, "data-of", null));
    const able = rows.filter((row) => tasks.every((t) => row.cells[t]));
    said(part, track, lines, able, tasks, needs);
    const more = one(`.track.rest[data-track="${CSS.escape(track.name)}"]`, document);
    heat(more, track, lines, tasks);
    plots(more, lines, spent);
    return { order, lines };
  }

  function axisOf(lines, byMetrics) {
    const drawn = lines.filter((line) => line.place || (byMetrics && line.reference));
    const values = drawn.map((line) => (byMetrics ? line.score : line.behind ?? { mean: 0 }));
    const ends = values.flatMap(({ low, high }) => [low ?? NaN, high ?? NaN]);
    return (byMetrics ? scoreAxis : behindAxis)(values.map((value) => value.mean), ends);
  }

  function drawRow(tr, line, { of, grid, byMetrics, heads, tasks, track, width }) {
    const kind = line.reference ? ["ref", line.group]
      : [line.group, line.of && "sub", line.row.own && "own"];
    mark(tr, "class", kind.filter(Boolean).join(" "));
    mark(tr, "data-of", line.of ?? null);
    if (line.reference) mark(tr, "data-ref", isNaN(line.score.mean) ? "" : line.score.mean);
    rankCell(one(".c-rank", tr), line);
    behindCell(one(".c-behind", tr), line);
    scoreCell(one(".c-score", tr), line, width);
    const drawn = byMetrics ? line.score : line.behind ?? { mean: line.behindMean ?? NaN };
    const shapes = line.place || line.reference ? rowPlot(of, line, drawn, byMetrics) : [];
    const plot = one(".c-plot svg", tr);
    keep(plot);
    plot.replaceChildren(svg("use", { href: `#${grid.id}` }), ...shapes);
    all(".c-order", tr).forEach((cell) => {
      orderCell(cell, (line.ordering ?? []).find(({ metric }) => cell.matches(`.c-order-${metric}`)));
    });
    all(".c-strip g", tr).forEach((square) =>
      mark(square, "class", tasks.some((t) => track.tasks[t].name === square.dataset.t) ? null : "out"));
    if (line.reference) return;
    fold(tr, line);
    fill(one(".c-mr", tr), line.meanRank ?? NaN, figure(line.meanRank ?? NaN, 1));
    axisCells(tr, line, heads, tasks);
    for (const [name, column] of Object.entries(COLUMNS)) costCell(one(`.${column}`, tr), line, name);
  }

  // the button that unfolds a method's other row stands in the first of the two
  function fold(tr, line) {
    const button = one(".fold", tr);
    if (!button) return;
    mark(button, "hidden", line.other ? null : "");
    if (line.other) {
      const { variant } = line.other.row;
      fill(one("span", button), null, variant);
    }
  }

  // a row of the table for a row of the reader's own, like another one; `show` fills it
  function ownRow(like, track, row) {
    const tr = like.cloneNode(true);
    tr.className = "own";
    Object.assign(tr.dataset, { m: row.name, var: row.variant, needs: "", failed: "0" });
    delete tr.dataset.of;
    one(".c-name", tr).replaceChildren(one(".tick", tr), html("b", {}, row.method.slice(4)),
      row.variant === "default" ? "" : html("span", { class: "tag" }, row.variant),
      html("span", { class: "tag yours" }, "yours"));
    Object.assign(one(".tick", tr), { value: row.name, checked: false, ariaLabel: `Tick ${row.label}` });
    one(".c-needs", tr)?.replaceChildren("–");
    one(".c-stand", tr)?.replaceChildren("yours");
    one(".c-strip svg", tr).replaceChildren(...stripSquares(row.cells.map((cell, t) =>
      ({ task: track.tasks[t].name, score: cell ? mean(cell.scores) : null }))));
    return tr;
  }

  // ---- the rest of the page ----

  function said(part, track, lines, able, tasks, needs) {
    const nodes = sentences(track, able, tasks, needs).flatMap((text, i) => [
      i ? " " : "", ...bold(text)]);
    const words = one(`.words[data-track="${CSS.escape(track.name)}"]`, document);
    fill(words, null, ...(nodes.length ? nodes : ["No method fits this choice."]));
    const names = listed(tasks.map((t) => track.tasks[t].name));
    const ranked = lines.filter((line) => line.place);
    fill(one(".over", part), null, `Ranked anew: ${ranked.length} of ${track.rows.length} rows among `
      + `themselves, over ${names}.`);
    const within = ranked.filter(({ over }) => over.length)
      .map(({ row, over, place }) => `${row.label} than ${over.join(" and ")} (rank ${place.rank})`);
    fill(one(".within", part), null,
      within.length ? `Surely better within one rank: ${within.join("; ")}.` : "");
  }

  // the columns of the chosen tasks, the best of the chosen rows, and their means
  function heat(part, track, lines, tasks) {
    const table = one("table.heat", part);
    if (!table) return;
    const chosen = new Set(tasks.map((t) => track.tasks[t].name));
    all("[data-t]", table).forEach((cell) =>
      mark(cell, "hidden", chosen.has(cell.dataset.t) ? null : ""));
    const shown = lines.filter((line) => !line.reference);
    for (const t of tasks) {
      const column = CSS.escape(track.tasks[t].name);
      const able = shown.filter(({ row }) => row.cells[t]);
      const first = rank(track, able.map(({ row }) => row), [t])
        .filter(({ place }) => place.rank === 1).length;
      fill(one(`thead [data-t="${column}"] small`, table), null, `${first} at rank 1`);
      const means = new Map(able.map(({ name, row }) => [name, mean(row.cells[t].scores)]));
      const best = Math.max(...means.values());
      for (const line of shown) {
        const cell = one(`tr[data-m="${CSS.escape(line.name)}"] [data-t="${column}"]`, table);
        if (!cell) continue; // a row of the reader's own stands in the ranking alone
        const kind = cell.className.split(" ").filter((word) => word !== "best");
        if (means.get(line.name) === best) kind.push("best");
        mark(cell, "class", kind.join(" "));
      }
    }
    const body = table.tBodies[0];
    const inOrder = shown.flatMap((line) => {
      const tr = one(`tr[data-m="${CSS.escape(line.name)}"]`, body);
      if (!tr) return [];
      mark(tr, "data-of", line.of ?? null);
      fold(tr, line);
      fill(one(".avg", tr), null, figure(line.score?.mean ?? NaN, 2));
      return [tr];
    });
    const chosenRows = new Set(inOrder);
    all("tr[data-of]", body).filter((tr) => !chosenRows.has(tr))
      .forEach((tr) => mark(tr, "data-of", null));
    keep(body);
    body.prepend(...inOrder);
  }

  // quality against what `spent` names
  function plots(part, lines, spent) {
    const levels = lines.filter((line) => line.reference && line.row.role === "scale"
      && !line.coverage && isFinite(line.score.mean))
      .map(({ row, score }) => ({ title: row.label, score: score.mean }));
    const points = lines.filter((line) => line.place).map((line) => ({
      name: line.name,
      method: line.row.method,
      label: line.row.label,
      cost: line.cost[spent],
      score: line.score.mean,
      low: line.score.low,
      high: line.score.high,
      hollow: line.failed > 0,
      folded: Boolean(line.of),
    }));
    all(".fig.cost > svg", part).forEach((plot) => {
      const { width, height } = plot.viewBox.baseVal;
      keep(plot);
      plot.replaceChildren(...costPlot(points, width, height, { ...COSTS[spent], levels }));
    });
  }

  Object.assign(weighhouse, { ownRow, restore, show });
})();
