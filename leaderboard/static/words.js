// Weighhouse: sentences as reports/sentences writes them.
// Not here: figures (digits.js), what they say (ranking.js), where they stand on a page (chosen.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const { difference, meanCost, moreSeeds, rank, significant, withUnit } = weighhouse;

  const MARGIN = 0.1; // a row is as good as the lead where it is surely not further behind, in score
  const KNOWN = 0.5; // with more than this share of rows at rank 1 nothing is said of what to use
  const CHEAPER = 2; // a cost is held against the lead's where that is so many times as much

  // a difference and its interval
  function ofInterval(interval, withSign = false) {
    const [middle, ends] = difference(interval);
    const written = withSign ? middle : middle.replace("+", "");
    return ends ? `${written}, interval ${ends}` : written;
  }

  // `a, b and c`
  const listed = (words) =>
    [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" and ");

  // what a contrast is in: `score`, `failures`, `sensitivity n/a`
  const aboutOf = ({ title, about }) => [title, about].filter(Boolean).join(" ");

  // ---- sentences: a name stands between two asterisks each side ----

  // what the ranking of those rows over those tasks says; `needs` are name and title, in order
  function sentences(track, rows, tasks, needs) {
    const ranking = (over) => rank(track, rows, over);
    const ranked = ranking(tasks);
    if (!ranked.length) return [];
    if (ranked.length === 1) return [`${name(ranked[0].row)} is the only method here.`];
    const said = [advice(ranking, tasks, needs), lead(ranked), unknown(track, ranking, tasks)];
    return said.filter(Boolean);
  }

  const name = (row) => `**${row.label}**`;

  // the cheapest row that is as good as the lead, over all tasks and without any one
  function advice(ranking, tasks, needs) {
    const ranked = ranking(tasks);
    const chosen = steady(ranking, tasks).filter(asGood);
    const first = ranked.filter(({ place }) => place.rank === 1);
    if (!chosen.length || first.length > KNOWN * ranked.length) return "";
    const best = chosen.reduce((a, b) => (cheaper(b.row, a.row, tasks) ? b : a));
    const leading = ranked[0];
    const costs = costsOf(best.row, tasks);
    let why = `it has the best mean and costs ${costs}`;
    if (best !== leading) {
      const spent = meanCost(best.row, tasks, "flops");
      const times = spent ? meanCost(leading.row, tasks, "flops") / spent : 0;
      const cheap = times >= CHEAPER ? `1/${significant(times, 1)} of it: ` : "";
      const lost = `${name(leading.row)} (${ofInterval(best.behind, true)})`;
      why = `it can't be told from the best, ${lost}, and costs ${cheap}${costs}`;
    }
    const needed = needs.filter((need) => best.row.needs.includes(need.name));
    const without = ranked.find(({ row }) => !row.own // what a reader's own needs isn't known
      && !row.needs.some((n) => best.row.needs.includes(n)));
    const titles = needed.map((need) => need.title);
    return `Use ${name(best.row)}: ${why}${needed.length ? `; it needs ${listed(titles)}` : ""}.`
      + (needed.length && without ? ` Without: ${name(without.row)}.` : "");
  }

  const asGood = ({ behind }) =>
    !behind || (behind.criterion === "score" && behind.low > -MARGIN);

  // the rows of rank 1 without a failed run that keep it when any one task is left out
  function steady(ranking, tasks) {
    let kept = ranking(tasks).filter(({ place, row }) =>
      place.rank === 1 && !tasks.some((t) => row.cells[t].failed));
    for (const rest of withoutOne(tasks)) {
      const first = new Set(ranking(rest).filter(({ place }) => place.rank === 1)
        .map(({ row }) => row));
      kept = kept.filter(({ row }) => first.has(row));
    }
    return kept;
  }

  const withoutOne = (tasks) =>
    (tasks.length > 1 ? tasks.map((out) => tasks.filter((t) => t !== out)) : []);

  function cheaper(row, other, tasks) {
    const cost = (one) => ["flops", "seconds"].map((unit) => {
      const spent = meanCost(one, tasks, unit);
      return isFinite(spent) ? spent : Infinity;
    });
    const [[flops, seconds], [least, fastest]] = [cost(row), cost(other)];
    return flops < least || (flops === least && seconds < fastest);
  }

  const costsOf = (row, tasks) => [["flops", "FLOP"], ["seconds", "s"]]
    .map(([cost, unit]) => withUnit(meanCost(row, tasks, cost), unit).join(" ")).join(", ");

  function lead(ranked) {
    const first = ranked.filter(({ place }) => place.rank === 1);
    if (first.length === ranked.length) {
      return `Nothing is known of who is best: no test tells any of the ${ranked.length} rows apart.`;
    }
    if (first.length > 1) {
      return `${name(ranked[0].row)} has the best mean; ${first.length} of ${ranked.length} rows `
        + "share rank 1, as no other is surely better than they are.";
    }
    const { row, behind } = ranked[1];
    const by = ofInterval({ mean: -behind.mean, low: -behind.high, high: -behind.low });
    return `${name(ranked[0].row)} is surely the best: the next, ${name(row)}, is ${by} behind.`;
  }

  // what one task alone decides
  function unknown(track, ranking, tasks) {
    if (tasks.length < 2) return "";
    const leading = ranking(tasks)[0].row;
    const turned = withoutOne(tasks).flatMap((rest, i) => {
      const other = ranking(rest)[0].row;
      return other === leading ? [] : [`without ${track.tasks[tasks[i]].name} it is ${name(other)}`];
    });
    return turned.length
      ? `Who has the best mean hangs on single tasks: ${turned.slice(0, 2).join(", ")}.`
      : `The best mean stays the same without any one of the ${tasks.length} tasks.`;
  }

  // ---- two rows alone ----

  // what tells them apart, or how many seeds more would
  function comparison(track, first, second, tasks, made) {
    const { contrast, verdict } = made.overall;
    const about = aboutOf(contrast);
    const by = `${ofInterval(contrast, true)}${about === "score" ? "" : ` in ${about}`}`;
    if (verdict !== "can't tell") {
      return `${name(first)} is surely ${verdict} than ${name(second)}: ${by}.`;
    }
    const seeds = moreSeeds(track, made, tasks);
    const rest = !seeds ? "" : seeds.most
      ? " If that is what it looks like, no number of seeds that anybody runs would tell."
      : ` If that is what it looks like, ${seeds.more} more seeds of each task would tell (in 80 of `
        + "100 tries).";
    return `The tests can't tell ${name(first)} from ${name(second)}: ${by}.${rest}`;
  }

  Object.assign(weighhouse, { aboutOf, comparison, listed, sentences });
})();
