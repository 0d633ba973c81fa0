// Weighhouse: a ranking's table, its sentence, the heat map and quality against cost, drawn anew for
// chosen rows and tasks, and as they were built. Not here: what is chosen (suite.js), how it is
// ranked (ranking.js), shapes (drawing.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const {
    axisTicks, behindAxis, costPlot, decimals, figure, gridLines, html, isInterval, meanCost,
    ordered, orderingOf, rank, rowPlot, scoreAxis, sentences, signed, span, stripSquares, svg,
    withUnit,
  } = weighhouse;
  const { mean } = weighhouse.statistics;
  const one = (selector, within) => within.querySelector(selector);
  const all = (selector, within) => [...within.querySelectorAll(selector)];
  const UNITS = { flops: "FLOP", seconds: "s", peak_memory: "B", parameters: "" };
  const COLUMNS = { flops: "c-flops", seconds: "c-time", peak_memory: "c-mem" };

  // ---- what a table's rows show ----

  // the rows of a table in order: ranked ones, references at their score, then what can't be ranked
  function linesOf(track, rows, tasks) {
    const able = rows.filter((row) => tasks.every((t) => row.cells[t]));
    const ranked = rank(track, able, tasks);
    const lead = ranked[0]?.score.mean;
    const lines = ranked.map((of) => ({
      ...of,
      name: of.row.name,
      ...costs(of.row, tasks),
      behindMean: of.behind ? of.behind.mean : 0,
      failedTasks: tasks.filter((t) => of.row.cells[t].failed).length,
    }));
    const references = track.references.map((row) => reference(track, row, tasks, lead))
      .sort((a, b) => (b.score.mean || 0) - (a.score.mean || 0) || (a.name < b.name ? -1 : 1));
    for (const made of references) insert(lines, made);
    for (const row of rows.filter((other) => !able.includes(other))) {
      const done = tasks.filter((t) => row.cells[t]);
      lines.push({ row, name: row.name, ...costs(row, done), coverage: [done.length, tasks.length] });
    }
    return bracketed(folded(lines));
  }

  const costs = (row, tasks) => ({
    cost: Object.fromEntries(Object.keys(UNITS).map((name) => [name, meanCost(row, tasks, name)])),
    failed: tasks.reduce((sum, t) => sum + (row.cells[t]?.failed ?? 0), 0),
    unmetered: tasks.reduce((sum, t) => sum + (row.cells[t]?.unmetered ?? 0), 0),
  });

  function reference(track, row, tasks, lead) {
    const done = tasks.filter((t) => row.cells[t]);
    const score = done.length ? mean(done.map((t) => mean(row.cells[t].scores))) : NaN;
    const ordering = done.length && ordered(track, tasks) ? orderingOf(track, row, done) : [];
    return { row, name: row.name, reference: true, score: { mean: score }, ordering,
      behindMean: score - lead, coverage: done.length < tasks.length && [done.length, tasks.length] };
  }

  // before the first row that is worse by what rows are ranked by
  function insert(lines, made) {
    const byMetrics = made.ordering.length && isFinite(made.ordering[0].mean);
    const own = byMetrics ? standing(made) : [made.score.mean];
    const place = lines.findIndex((line) => {
      const other = byMetrics ? standing(line) : [line.score.mean];
      const first = own.findIndex((value, k) => value !== other[k]);
      return first >= 0 && other[first] < own[first];
    });
    lines.splice(place < 0 ? lines.length : place, 0, made);
  }

  // what rows are ranked by as numbers, high before low
  const standing = (line) => line.ordering.map(({ mean: middle, better }) => {
    if (isNaN(middle)) return -Infinity;
    return Math.round((better === "low" ? -middle : middle) * 1e12) / 1e12;
  });

  // a method's variants together: the first to come stands in the ranking, the other below it
  function folded(lines) {
    const first = new Map();
    const groups = [];
    for (const line of lines) {
      const head = line.reference ? undefined : first.get(line.row.method);
      if (head) {
        line.of = head[0].name;
        head[0].other = line;
        head.push(line);
      } else {
        const group = [line];
        if (!line.reference) first.set(line.row.method, group);
        groups.push(group);
      }
    }
    return groups.flat();
  }

  // `group`: where a row stands in the bracket of those that share its rank
  function bracketed(lines) {
    const heads = lines.filter((line) => line.place && !line.of);
    heads.forEach((line, i) => {
      const [before, after] = [i - 1, i + 1]
        .map((j) => heads[j]?.place.rank === line.place.rank);
      line.group = before ? (after ? "g-mid" : "g-last") : (after ? "g-first" : "g-solo");
    });
    let inside = false;
    for (const line of lines) {
      if (line.place && !line.of) inside = ["g-first", "g-mid"].includes(line.group);
      else line.group = inside ? "g-mid" : "";
    }
    return lines;
  }

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
    const { mean: middle, low, high, title, about } = line.behind;
    const known = isInterval(low, high);
    const places = known ? decimals((high - low) / 2) + 1 : undefined;
    const within = [title, about].filter(Boolean).join(" ");
    fill(cell, middle, html("b", {}, signed(middle, places)),
      small(known ? span(low, high, places) : ""),
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
    const [text, unit] = withUnit(line.cost[name], UNITS[name]);
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
    said(part, track, lines, rows, tasks, needs);
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
    const kind = line.reference ? ["ref", line.group] : [line.group, line.of && "sub", line.row.own && "own"];
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

  function said(part, track, lines, rows, tasks, needs) {
    const able = rows.filter((row) => tasks.every((t) => row.cells[t]));
    const nodes = sentences(track, able, tasks, needs).flatMap((text, i) => [
      i ? " " : "", ...bold(text)]);
    const words = one(`.words[data-track="${CSS.escape(track.name)}"]`, document);
    fill(words, null, ...(nodes.length ? nodes : ["No method fits this choice."]));
    const names = tasks.map((t) => track.tasks[t].name);
    const listed = [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and ");
    const ranked = lines.filter((line) => line.place);
    fill(one(".over", part), null, `Ranked anew: ${ranked.length} of ${track.rows.length} rows among `
      + `themselves, over ${listed}.`);
    const within = ranked.filter(({ over }) => over.length)
      .map(({ row, over, place }) => `${row.label} than ${over.join(" and ")} (rank ${place.rank})`);
    fill(one(".within", part), null,
      within.length ? `Surely better within one rank: ${within.join("; ")}.` : "");
  }

  // `**name**` as bold
  function bold(text) {
    return text.split("**").map((piece, i) => (i % 2 ? html("b", {}, piece) : piece));
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

  const SPENT = {
    flops: { title: "FLOPs of a run", unit: "FLOP" },
    seconds: { title: "Seconds of a run", unit: "s" },
    peak_memory: { title: "Peak memory of a run", unit: "B" },
    parameters: { title: "Parameters that are deployed", unit: "" },
  };

  // quality against what `spent` names
  function plots(part, lines, spent = "flops") {
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
      plot.replaceChildren(...costPlot(points, width, height,
        { ...SPENT[spent], levels }));
    });
  }

  Object.assign(weighhouse, { linesOf, ownRow, plots, restore, show });
})();
