// Weighhouse: figures and sentences as reports/digits and reports/sentences write them.
// Not here: what they say (ranking.js), where they stand on a page (chosen.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const { meanCost, moreSeeds, rank } = weighhouse;

  const MINUS = "\u2212";
  const UNKNOWN_DECIMALS = 3;
  const EQUAL = 1e-9; // an interval narrower than this has no width but rounding
  const MARGIN = 0.1; // a row is as good as the lead where it is surely not further behind, in score
  const KNOWN = 0.5; // with more than this share of rows at rank 1 nothing is said of what to use
  const CHEAPER = 2; // a cost is held against the lead's where that is so many times as much

  // ---- figures ----

  // decimals that end at the first significant digit of an interval's half-width
  function decimals(half, least = 0) {
    if (!isFinite(half) || half <= 0) return UNKNOWN_DECIMALS;
    return Math.min(6, Math.max(least, -Number(half.toExponential(0).split("e")[1])));
  }

  const isInterval = (low, high) => isFinite(high - low) && high - low > EQUAL;

  // toFixed rounds 0.125 up, Python to the even 0.12: the same figure must not be written in two ways
  function fixed(value, places) {
    const size = Math.abs(value);
    const text = size.toFixed(places);
    const rest = size.toFixed(Math.min(100, places + 60)).slice(text.length).replace(".", "");
    const last = Number(text.at(-1));
    const even = /^50*$/.test(rest) && last % 2 ? text.slice(0, -1) + (last - 1) : text;
    return value < 0 ? `-${even}` : even;
  }

  // a number with a true minus; a dash for none; never a negative zero
  function figure(value, places = UNKNOWN_DECIMALS) {
    if (value === null || !isFinite(value)) return "–";
    const text = fixed(value, places);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", MINUS);
  }

  function signed(value, places = UNKNOWN_DECIMALS) {
    return (Number(fixed(value, places)) > 0 ? "+" : "") + figure(value, places);
  }

  function span(low, high, places) {
    return figure(low, places) + (low < 0 || high < 0 ? " to " : "–") + figure(high, places);
  }

  function significant(value, digits = 2) {
    if (isNaN(value)) return "–";
    if (value === 0) return "0";
    const rounded = Math.abs(Number(value.toExponential(digits - 1)));
    return figure(value, Math.max(0, digits - 1 - Math.floor(Math.log10(rounded))));
  }

  // a cost's figure and its unit: ["3.4", "GFLOP"]
  function withUnit(value, unit) {
    if (isNaN(value)) return ["–", ""];
    if (unit !== "s") {
      for (const [power, prefix] of [[12, "T"], [9, "G"], [6, "M"], [3, "k"]]) {
        if (Math.abs(value) >= 0.9995 * 10 ** power) {
          return [significant(value / 10 ** power), prefix + unit];
        }
      }
    }
    return [significant(value), unit];
  }

  // a difference and its interval, with two digits of the half-width; "" where there is none
  function difference({ mean, low, high }) {
    if (!isInterval(low, high)) return [signed(mean), ""];
    const places = decimals((high - low) / 2) + 1;
    return [signed(mean, places), span(low, high, places)];
  }

  // the same in a sentence
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

  Object.assign(weighhouse, {
    aboutOf, comparison, decimals, difference, figure, isInterval, listed, sentences, significant,
    signed, span, withUnit,
  });
})();
