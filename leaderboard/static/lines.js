// Weighhouse: what the rows of a chosen ranking's table show, in order: ranked rows with a method's
// variants together, references at their score, what can't be ranked last. As leaderboard/rows.py and
// reports/tables.py have it. Not here: ranks (ranking.js), drawing them (chosen.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const { meanCost, ordered, orderingOf, rank } = weighhouse;
  const { mean } = weighhouse.statistics;
  const COSTS = ["flops", "seconds", "peak_memory", "parameters"];

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
    cost: Object.fromEntries(COSTS.map((name) => [name, meanCost(row, tasks, name)])),
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

  Object.assign(weighhouse, { linesOf });
})();
