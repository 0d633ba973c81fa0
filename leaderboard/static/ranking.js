// Weighhouse: ranks of chosen rows over chosen tasks, as reports/ranking and reports/criteria make
// them, from the scores that a page carries (leaderboard/carried.py). Not here: the tests'
// arithmetic (statistics.js), sentences (words.js), figures (digits.js), the page (chosen.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const {
    MOST_SEEDS, NOTHING_KNOWN, holm, holmLevel, mean, meanInterval, pairedDifference, places,
    seedsNeeded, stratifiedMean,
  } = weighhouse.statistics;

  const SCORE = "score";
  const ROUNDED = 1e12; // means are compared at 12 decimals

  const known = (value) => value !== null && !Number.isNaN(value);

  // ---- what rows are ranked by ----

  // whether those tasks name the same metrics, so that rows are ranked by them and not by the score
  function ordered(track, tasks) {
    const named = new Set(tasks.map((t) => track.tasks[t].ordering.map((m) => m.name).join(" ")));
    return named.size === 1 && !named.has("");
  }

  // of each task its criteria: name, title, better, grain, and the row's values with high as better
  function criteriaOf(track, row, tasks) {
    const byMetrics = ordered(track, tasks);
    return tasks.map((t) => {
      const task = track.tasks[t];
      const cell = row.cells[t];
      const criterion = (of, values) => ({
        ...of,
        prior: cell.whole ? of.prior : NOTHING_KNOWN,
        values: values.map((value) => (known(value) ? signOf(of) * value : NaN)),
      });
      if (byMetrics) return task.ordering.map((of, k) => criterion(of, cell.ordering[k]));
      const score = { name: SCORE, title: "Score", better: "high", grain: task.grain };
      return [criterion({ ...score, prior: task.prior }, cell.scores)];
    });
  }

  const signOf = (criterion) => (criterion.better === "low" ? -1 : 1);

  const samePrior = (a, b) =>
    (a.variance === b.variance && a.freedom === b.freedom ? a : NOTHING_KNOWN);

  // every test that can be made of two rows, most important first; `pairs` are the differences of
  // its (task, seed) pairs, high as better
  function contrasts(first, second) {
    const tests = [];
    first[0].forEach((one, k) => {
      const ours = first.map((criteria) => criteria[k]);
      const theirs = second.map((criteria) => criteria[k]);
      const named = { criterion: one.name, title: one.title.toLowerCase(), better: one.better };
      const lacks = [ours, theirs].map((side) => side.map((c) => c.values.map((v) => +isNaN(v))));
      if (lacks[0].some((cell, t) => cell.some((lack, i) => lack !== lacks[1][t][i]))) {
        const grains = ours.map(() => 1);
        const difference = pairedDifference(lacks[1], lacks[0], grains);
        tests.push({ ...named, about: "n/a", difference });
      }
      const kept = [];
      ours.forEach((own, t) => {
        const both = own.values.map((v, i) => !isNaN(v) && !isNaN(theirs[t].values[i]));
        if (both.some(Boolean)) {
          const of = (criterion) => criterion.values.filter((_, i) => both[i]);
          const prior = samePrior(own.prior, theirs[t].prior);
          kept.push({ place: t, own: of(own), other: of(theirs[t]), grain: own.grain, prior });
        }
      });
      if (kept.length) {
        const column = (name) => kept.map((one) => one[name]);
        const difference = pairedDifference(
          column("own"), column("other"), column("grain"), column("prior"));
        const pairs = kept.map((of) => ({
          place: of.place, values: of.own.map((value, i) => value - of.other[i]),
        }));
        tests.push({ ...named, about: "", difference, pairs });
      }
    });
    return tests;
  }

  // the difference in what the metric says, or in the share of runs without it
  function shown(contrast, level) {
    const { mean: middle, low, high } = contrast.difference.interval(1 - level);
    const mirrored = contrast.better === "low" || contrast.about;
    const interval = mirrored ? { mean: -middle, low: -high, high: -low }
      : { mean: middle, low, high };
    return { ...contrast, ...interval };
  }

  // ---- the order of rows by their means ----

  // of several rows, what is compared one after another, high before low: a list of numbers a row;
  // `weights` says what each (task, seed) cell weighs, task by task
  function keys(ranked, weights) {
    const compared = ranked.map(() => []);
    ranked[0][0].forEach((_, k) => {
      const averaged = ranked.map((criteria) =>
        average(criteria.map((one) => one[k].values), weights));
      if (averaged.some(({ absent }) => absent > 0)) {
        averaged.forEach(({ absent }, i) => compared[i].push(-round(absent)));
      }
      averaged.forEach(({ middle }, i) => compared[i].push(isNaN(middle) ? 0 : round(middle)));
    });
    return compared;
  }

  const round = (value) => Math.round(value * ROUNDED) / ROUNDED;

  // over tasks the mean over the runs that have a value, and the share that has none
  function average(cells, weights) {
    let [absent, total, share] = [0, 0, 0];
    cells.forEach((values, t) => {
      let [all, count, part] = [0, 0, 0];
      values.forEach((value, i) => {
        const weight = weights[t][i];
        all += weight;
        if (isNaN(value)) absent += weight;
        else { count += weight; part += weight * value; }
      });
      if (count > 0) { total += part / count * all; share += all; }
    });
    return { absent, middle: share > 0 ? total / share : NaN };
  }

  function compareKeys(a, b) {
    const first = a.findIndex((value, k) => value !== b[k]);
    return first < 0 ? 0 : b[first] - a[first];
  }

  // each row's rank from its keys, the best first; equal rows share the mean of their ranks
  function ranksOf(compared) {
    const order = compared.map((_, i) => i).sort((a, b) => compareKeys(compared[a], compared[b]));
    const found = [];
    for (let start = 0; start < order.length;) {
      let end = start;
      while (end < order.length && !compareKeys(compared[order[start]], compared[order[end]])) end++;
      for (let i = start; i < end; i++) found[order[i]] = (start + 1 + end) / 2;
      start = end;
    }
    return found;
  }

  // of several rows' criteria each one's rank on every (task, seed), task by task
  function cellRanks(ranked) {
    return ranked[0].map((criteria, t) => criteria[0].values.map((_, seed) => ranksOf(keys(
      ranked.map((of) => [of[t].map((one) => ({ ...one, values: [one.values[seed]] }))]), [[1]]))));
  }

  // each row's mean over tasks of its mean rank over seeds
  function meanRanks(ranked) {
    const found = cellRanks(ranked);
    return ranked.map((_, i) => mean(found.map((seeds) => mean(seeds.map((ranks) => ranks[i])))));
  }

  // each row's ranks on all runs of those tasks
  function runRanks(track, rows, tasks) {
    const found = cellRanks(rows.map((row) => criteriaOf(track, row, tasks))).flat();
    return rows.map((_, i) => found.map((ranks) => ranks[i]));
  }

  // ---- ranks ----

  const made = new WeakMap(); // of a track, what is ranked already, by its rows and tasks

  // the rows' places over those tasks (numbers of `track.tasks`), in order: see reports/ranking.py
  function rank(track, rows, tasks) {
    if (!rows.length || !tasks.length) return [];
    if (!made.has(track)) made.set(track, new Map());
    const key = JSON.stringify([rows.map((row) => row.name), tasks]);
    const known = made.get(track);
    if (!known.has(key)) known.set(key, rankAnew(track, rows, tasks));
    return known.get(key);
  }

  function rankAnew(track, rows, tasks) {
    const ranked = rows.map((row) => criteriaOf(track, row, tasks));
    const pairs = [];
    for (let i = 0; i < rows.length; i++) {
      for (let j = i + 1; j < rows.length; j++) {
        pairs.push({ i, j, tests: testsOf(track, rows, ranked, i, j, tasks) });
      }
    }
    const rejected = holm(pairs.flatMap(({ tests }) => tests.map(({ p }) => p)));
    const beats = beatsFrom(rows.length, pairs, rejected);
    const found = places(beats);
    const level = holmLevel(rejected);
    const cells = rows[0].cells;
    const even = tasks.map((t) => cells[t].scores.map(
      () => 1 / (tasks.length * cells[t].scores.length)));
    const strength = keys(ranked, even);
    const order = rows.map((_, i) => i).sort((a, b) => found[a].rank - found[b].rank
      || compareKeys(strength[a], strength[b]) || (rows[a].name < rows[b].name ? -1 : 1));
    const averageRanks = meanRanks(ranked);
    return order.map((i) => {
      const scores = tasks.map((t) => rows[i].cells[t].scores);
      return {
        row: rows[i],
        place: found[i],
        score: stratifiedMean(scores).interval(),
        newTasks: meanInterval(scores.map(mean)),
        behind: i === order[0] ? null : behind(ranked[i], ranked[order[0]], level),
        meanRank: averageRanks[i],
        ordering: ordered(track, tasks) ? estimates(ranked[i]) : [],
        over: order.filter((j) => beats[i][j] && found[i].rank === found[j].rank)
          .map((j) => rows[j].label),
        better: order.filter((j) => beats[j][i]).map((j) => rows[j].name),
      };
    });
  }

  // of every test that may tell two rows apart its p-value, and whether the first is ahead
  function testsOf(track, rows, ranked, i, j, tasks) {
    if (ordered(track, tasks)) {
      const having = [i, j].map((k) => tasks.some((t) => rows[k].cells[t].finished));
      if (having[0] !== having[1]) return [{ p: 0, ahead: having[0] }];
    }
    return contrasts(ranked[i], ranked[j])
      .map(({ difference }) => ({ p: difference.p, ahead: difference.mean > 0 }));
  }

  function beatsFrom(count, pairs, rejected) {
    const beats = Array.from({ length: count }, () => Array(count).fill(false));
    let place = 0;
    for (const { i, j, tests } of pairs) {
      const sure = tests.filter(() => rejected[place++]);
      if (sure.length) beats[sure[0].ahead ? i : j][sure[0].ahead ? j : i] = true;
    }
    return beats;
  }

  // a row less the lead, in the criterion that comes nearest to telling them apart
  function behind(own, lead, level) {
    const tests = contrasts(own, lead);
    const least = Math.min(...tests.map(({ difference }) => difference.p));
    return shown(tests.find(({ difference }) => difference.p === least), level);
  }

  function estimates(criteria) {
    return criteria[0].map((one, k) => {
      const cells = criteria.map((of) => of[k].values);
      const having = cells.map((values) => values.filter((v) => !isNaN(v)))
        .filter((values) => values.length);
      const absent = cells.flat().filter((v) => isNaN(v)).length;
      const { mean: middle, low, high } = having.length ? stratifiedMean(having).interval()
        : { mean: NaN, low: NaN, high: NaN };
      const sign = signOf(one);
      const [least, most] = sign > 0 ? [low, high] : [-high, -low];
      return { metric: one.name, title: one.title, better: one.better, mean: sign * middle,
        low: least, high: most, absent };
    });
  }

  // ---- two rows alone ----

  // What tells the first from the second over those tasks, and on each alone; one family of tests,
  // as reports/comparison.py: {overall, tasks}, each {contrast, verdict, level}.
  function compare(track, first, second, tasks) {
    const asked = tasks.length > 1 ? [tasks, ...tasks.map((t) => [t])] : [tasks];
    const families = asked.map((over) =>
      contrasts(criteriaOf(track, first, over), criteriaOf(track, second, over)));
    const rejected = holm(families.flat().map(({ difference }) => difference.p));
    const level = holmLevel(rejected);
    let place = 0;
    const decided = families.map((family) => {
      const sure = family.filter(() => rejected[place++]);
      const least = Math.min(...family.map(({ difference }) => difference.p));
      const nearest = sure[0] ?? family.find(({ difference }) => difference.p === least);
      const ahead = nearest.difference.mean > 0 ? "better" : "worse";
      return { contrast: shown(nearest, level), verdict: sure.length ? ahead : "can't tell", level };
    });
    return { overall: decided[0], tasks: tasks.length > 1 ? decided.slice(1) : decided };
  }

  // how many more seeds of each task would tell them apart, were the difference what it looks like;
  // null where that is known already, or nothing is known of the spread
  function moreSeeds(track, { overall }, tasks) {
    const { mean: middle, error, freedom } = overall.contrast.difference;
    if (overall.verdict !== "can't tell" || !freedom || !middle || !error) return null;
    const seeds = Math.min(...tasks.map((t) => track.tasks[t].seeds.length));
    const known = Math.max(0, freedom - (seeds - 1)); // several tasks, and what other rows say
    const needed = seedsNeeded(Math.abs(middle), error * Math.sqrt(seeds), overall.level, known);
    return { more: Math.max(needed - seeds, 1), most: needed === MOST_SEEDS };
  }

  // ---- what runs cost ----

  // the mean over those tasks of what a run spent, where a record says so; NaN where none does
  function meanCost(row, tasks, name) {
    const spent = tasks.map((t) => row.cells[t]?.cost[name]).filter((cost) => known(cost ?? null));
    return spent.length ? mean(spent) : NaN;
  }

  // a row's means in what rows are ranked by over those tasks; none where it is the score
  const orderingOf = (track, row, tasks) =>
    (ordered(track, tasks) ? estimates(criteriaOf(track, row, tasks)) : []);

  Object.assign(weighhouse, { compare, meanCost, moreSeeds, ordered, orderingOf, rank, runRanks });
})();
