// Weighhouse: a reader's own runs among the page's rows. Here: reading a file (the JSON lines of
// `bench export`, or CSV), and its runs as rows that ranking.js takes. Nothing leaves the page. Not
// here: ranks (ranking.js), the page (suite.js). A mistake in a file throws an Error whose message
// says what, where and how to mend it.
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const { mean } = weighhouse.statistics;

  const say = (name, line, text) => { throw new Error(`${name}, line ${line}: ${text}`); };

  // ---- files ----

  // the runs of a file: method, variant, track ("" where it doesn't say), task, seed, metrics (null
  // of a run without a result), cost
  function read(name, text, carried) {
    const lines = text.split(/\r?\n/).map((content, i) => ({ content, number: i + 1 }))
      .filter(({ content }) => content.trim());
    if (!lines.length) throw new Error(`${name} is empty: give it a line for each run.`);
    const runs = lines[0].content.trim().startsWith("{")
      ? lines.map((line) => fromJson(name, line, carried)).filter(Boolean)
      : fromCsv(name, lines, carried);
    if (!runs.length) {
      throw new Error(`${name} has no run of the ${carried.suite} suite at tier ${carried.tier}.`);
    }
    return runs;
  }

  // a record; null where it is of another suite or tier, or a reference's
  function fromJson(name, { content, number }, carried) {
    let record;
    try { record = JSON.parse(content); } catch { say(name, number, "isn't JSON, a record a line."); }
    const { suite, tier, kind, method, variant, track, task, seed, status, metrics, cost } = record;
    if (suite !== carried.suite || tier !== carried.tier || kind === "reference") return null;
    for (const [key, value] of Object.entries({ method, task, status })) {
      if (typeof value !== "string") say(name, number, `has no ${key}: a record has one.`);
    }
    if (!Number.isInteger(seed)) say(name, number, "has no whole number as its seed.");
    return { name, number, method, variant: variant ?? "default", track: track ?? "", task, seed,
      metrics: status === "ok" ? metrics ?? {} : null, cost: cost ?? {}, skipped: status === "skipped" };
  }

  // columns method, task, seed, and a column for each metric; `value` where a task is scored by one
  function fromCsv(name, lines, carried) {
    const [head, ...rows] = lines.map(({ content, number }) => ({ cells: fields(content), number }));
    const lacking = ["method", "task", "seed"].filter((column) => !head.cells.includes(column));
    if (lacking.length) {
      say(name, head.number, `has no column ${lacking.join(", ")}: the columns are method, task, seed, `
        + "and value or a column for each metric.");
    }
    return rows.map(({ cells, number }) => {
      const row = Object.fromEntries(head.cells.map((column, i) => [column, cells[i] ?? ""]));
      const seed = Number(row.seed);
      if (row.seed === "" || !Number.isInteger(seed)) {
        say(name, number, `seed ${row.seed || "nothing"} isn't a whole number.`);
      }
      const task = taskOf(carried, row.task);
      if (!task) say(name, number, unknownTask(carried, row.task));
      return { name, number, method: row.method, variant: row.variant || "default", track: "",
        task: row.task, seed, metrics: csvMetrics(name, number, row, task), cost: {}, skipped: false };
    });
  }

  // the metrics of a row; null where all are empty: a run without a result
  function csvMetrics(name, number, row, task) {
    const wanted = task.scored_by.map((metric) => metric.name);
    const given = { ...row };
    if (wanted.length === 1 && !(wanted[0] in row)) given[wanted[0]] = row.value;
    const others = task.ordering.filter((one) => !one.scored).map((one) => one.name);
    const lacking = wanted.filter((metric) => given[metric] === undefined);
    if (lacking.length) {
      say(name, number, `task ${task.name} is scored by ${wanted.join(" and ")}, and there is no column `
        + `${lacking.join(", ")}.`);
    }
    if (wanted.every((metric) => given[metric].trim() === "")) return null;
    return Object.fromEntries([...wanted, ...others].filter((metric) => given[metric]?.trim())
      .map((metric) => {
        const value = Number(given[metric]);
        if (!isFinite(value)) say(name, number, `${metric} ${given[metric]} isn't a number.`);
        return [metric, value];
      }));
  }

  // the cells of a line, by RFC 4180; a quoted cell ends on its line
  function fields(line) {
    return [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)].map(([, quoted, bare]) =>
      (quoted === undefined ? bare.trim() : quoted.replaceAll('""', '"')));
  }

  const taskOf = (carried, name) =>
    carried.tracks.flatMap(({ tasks }) => tasks).find((task) => task.name === name);

  function unknownTask(carried, name) {
    const names = new Set(carried.tracks.flatMap(({ tasks }) => tasks.map((task) => task.name)));
    return `no task ${name || "without a name"} is here: there are ${[...names].join(", ")}.`;
  }

  // ---- rows ----

  // A track with the runs as rows of it, their names after `own:`. Its tasks have the seeds that the
  // runs have, for all rows alike, so that none counts as missing what the reader didn't run.
  function withOwn(track, runs) {
    const here = runs.filter((run) => !run.track || run.track === track.name);
    const seeds = track.tasks.map((task) => {
      const own = new Set(here.filter((run) => run.task === task.name).map((run) => run.seed));
      return own.size ? task.seeds.filter((seed) => own.has(seed)) : task.seeds;
    });
    const kept = track.tasks.map((task, t) => task.seeds.map((seed) => seeds[t].includes(seed)));
    const cut = (row) => ({ ...row, cells: row.cells.map((cell, t) => cell && cutCell(cell, kept[t])) });
    const tasks = track.tasks.map((task, t) => ({ ...task, seeds: seeds[t] }));
    const names = new Map(here.map((run) => [`${run.method} ${run.variant}`, run]));
    const own = [...names.values()].map(({ method, variant }) => ownRow({ ...track, tasks }, method,
      variant, here.filter((run) => run.method === method && run.variant === variant)));
    const cells = own.flatMap((row) => row.cells.map((cell, t) => (cell ? t : -1)));
    return {
      track: { ...track, tasks, rows: [...track.rows.map(cut), ...own],
        references: track.references.map(cut) },
      own,
      tasks: [...new Set(cells.filter((t) => t >= 0 && seeds[t].length))].sort((a, b) => a - b),
    };
  }

  // a reference may lack seeds: its cell is whole as it is
  function cutCell(cell, kept) {
    if (cell.scores.length !== kept.length || kept.every(Boolean)) return cell;
    const of = (values) => values.filter((_, i) => kept[i]);
    return { ...cell, scores: of(cell.scores), ordering: cell.ordering.map(of) };
  }

  function ownRow(track, method, variant, runs) {
    const label = variant === "default" ? method : `${method} ${variant}`;
    return {
      name: `own:${method}${variant === "default" ? "" : `.${variant}`}`, method: `own:${method}`,
      variant, label, role: "", needs: [], own: true,
      cells: track.tasks.map((task) =>
        ownCell(task, runs.filter((run) => run.task === task.name && !run.skipped))),
    };
  }

  // one row on one task: as reports/board.py; null where there is no run of its seeds
  function ownCell(task, runs) {
    const bySeed = new Map(runs.map((run) => [run.seed, run]));
    const found = task.seeds.map((seed) => bySeed.get(seed));
    if (!found.some(Boolean)) return null;
    const parts = Object.fromEntries(task.scored_by.map((metric) =>
      [metric.name, found.map((run, i) => normalised(metric, run, task.seeds[i]))]));
    const columns = Object.values(parts);
    const failed = found.filter((run) => !run?.metrics).length;
    const spent = (name) => {
      const known = found.map((run) => costOf(run, name)).filter((cost) => typeof cost === "number");
      return known.length ? mean(known) : null;
    };
    return {
      scores: task.seeds.map((_, i) => mean(columns.map((values) => values[i]))),
      ordering: task.ordering.map((one) => (one.scored ? parts[one.name]
        : found.map((run) => (run?.metrics ? run.metrics[one.name] ?? null : one.worst)))),
      parts: Object.fromEntries(Object.entries(parts).map(([name, values]) => [name, mean(values)])),
      whole: failed === 0,
      failed,
      finished: failed < found.length,
      unmetered: 0,
      cost: { flops: spent("flops"), seconds: spent("seconds"), peak_memory: spent("peak_memory") },
    };
  }

  // FLOPs are those of the method and of what its suite asked of it beside: reports/costs.py
  function costOf(run, name) {
    const spent = run?.cost?.[name];
    if (name !== "flops" || typeof spent !== "number") return spent;
    return spent + Object.values(run.cost.uncharged ?? {}).reduce((sum, flops) => sum + flops, 0);
  }

  // 0 at the same seed's floor, 1 a span above it; the worst without a result
  function normalised(metric, run, seed) {
    if (!run?.metrics) return metric.worst;
    const value = run.metrics[metric.name];
    if (typeof value !== "number") say(run.name, run.number, `has no ${metric.name}, which its task is `
      + "scored by.");
    return (value - (metric.floors[seed] ?? metric.floor)) / metric.span;
  }

  Object.assign(weighhouse, { readRuns: read, withOwn });
})();
