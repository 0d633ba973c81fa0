// Weighhouse: the chosen rows seen in other ways than by their mean: performance profile, win rates,
// ranks on single runs, what each task decides, which rows no test tells apart. Each view is an SVG,
// a caption and the table behind it; the figures are those of reports/statistics/summaries.py. Not
// here: ranks (ranking.js), saving a picture (pictures.js), when a view is drawn (suite.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const { figure, heatClass, rank, runRanks, svg } = weighhouse;
  const { mean } = weighhouse.statistics;

  const [LEFT, ROW] = [250, 20];
  const WIDTH = 1060;
  const NAMED = 4; // rows of a profile that are drawn in colours of their own
  const MOST = 40; // rows of the other views; further ones would be too small to read

  const cut = (text) => (text.length > 36 ? `${text.slice(0, 35)}…` : text);
  const nameAt = (line, y) => svg("g", { "data-m": line.name },
    svg("text", { class: "lab end", x: LEFT - 10, y: y + 4 }, cut(line.row.label)));
  const picture = (height, label, ...nodes) =>
    svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": label }, ...nodes);
  const left = (lines, shown) =>
    (lines.length > shown ? ` The first ${shown} of ${lines.length} rows.` : "");

  // every run's score of a row over those tasks
  const runs = (line, tasks) => tasks.flatMap((t) => line.row.cells[t].scores);

  // ---- the share of runs above each score ----

  function profile(track, lines, tasks) {
    const all = lines.map((line) => runs(line, tasks));
    const flat = all.flat();
    const [low, high] = [Math.max(-0.5, Math.min(0, ...flat)), Math.min(2, Math.max(1, ...flat))];
    const [right, top, bottom] = [WIDTH - 20, 24, 400];
    const across = (v) => 44 + (right - 44) * (v - low) / (high - low);
    const up = (share) => bottom - (bottom - top) * share;
    const nodes = [];
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      nodes.push(svg("line", { class: "gl", x1: 44, x2: right, y1: up(share), y2: up(share) }),
        svg("text", { class: "tk end", x: 36, y: up(share) + 4 }, `${100 * share}%`));
    }
    for (let v = Math.ceil(low * 4) / 4; v <= high; v += 0.25) {
      nodes.push(svg("text", { class: "tk mid", x: across(v), y: bottom + 18 }, figure(v, 2)));
    }
    nodes.push(svg("text", { class: "ax end", x: right, y: bottom + 40 }, "Score of a run →"),
      svg("text", { class: "ax", x: 0, y: 10 }, "↑ Runs above it"));
    lines.map((line, i) => [line, i]).reverse().forEach(([line, i]) => {
      const sorted = [...all[i]].sort((a, b) => a - b);
      let path = `M${across(low).toFixed(1)} ${up(1).toFixed(1)}`;
      sorted.forEach((score, k) => {
        const inside = Math.min(Math.max(score, low), high);
        path += `H${across(inside).toFixed(1)}V${up(1 - (k + 1) / sorted.length).toFixed(1)}`;
      });
      const kind = i < NAMED ? `cv-line c${i}` : "view-thin";
      nodes.push(svg("g", { "data-m": line.name }, svg("title", {}, line.row.label),
        svg("path", { class: kind, d: `${path}H${across(high).toFixed(1)}` })));
    });
    lines.slice(0, NAMED).forEach((line, i) => {
      const y = top + 16 + 18 * i;
      nodes.push(svg("path", { class: `cv-line c${i}`, d: `M${right - 250} ${y}H${right - 222}` }),
        svg("text", { class: "lab", x: right - 214, y: y + 4 }, cut(line.row.label)));
    });
    const thresholds = [0, 0.25, 0.5, 0.75, 1];
    return {
      svg: picture(bottom + 46, "Share of runs above each score, a line a row", ...nodes),
      caption: "Share of all of a row's runs, over tasks and seeds, that score above what stands on "
        + `the axis; further to the right is better. The first ${Math.min(NAMED, lines.length)} rows have `
        + "names; point at a thin line for its own.",
      names: ["row", ...thresholds.map((v) => `above_${v}`)],
      rows: lines.map((line, i) => [line.name,
        ...thresholds.map((v) => mean(all[i].map((score) => +(score > v))))]),
    };
  }

  // ---- how often a row beats another on the same run ----

  const beats = (own, other) => mean(own.map((v, i) => (v > other[i] ? 1 : v === other[i] ? 0.5 : 0)));
  const winRate = (one, other, tasks) =>
    mean(tasks.map((t) => beats(one.row.cells[t].scores, other.row.cells[t].scores)));

  function wins(track, lines, tasks) {
    const shown = lines.slice(0, MOST);
    const table = shown.map((one) => shown.map((other) => (one === other ? null
      : winRate(one, other, tasks))));
    const size = Math.min(26, (WIDTH - LEFT - 70) / shown.length);
    const nodes = [svg("text", { class: "tk", x: LEFT + size * shown.length + 10, y: 14 }, "all")];
    shown.forEach((line, i) => {
      const y = 22 + ROW * i;
      nodes.push(nameAt(line, y + ROW / 2), svg("text",
        { class: "tk mid", x: LEFT + size * (i + 0.5), y: 14 }, String(i + 1)));
      table[i].forEach((share, j) => {
        if (share === null) return;
        nodes.push(svg("rect", { class: heatClass(share), x: LEFT + size * j, y, width: size - 1,
          height: ROW - 1 }, svg("title", {}, `${line.row.label} beats ${shown[j].row.label} in `
            + `${figure(100 * share, 0)}% of runs`)));
      });
      const others = lines.filter((other) => other !== line);
      const rate = others.length ? mean(others.map((other) => winRate(line, other, tasks))) : NaN;
      nodes.push(svg("text", { class: "tk", x: LEFT + size * shown.length + 10, y: y + ROW / 2 + 4 },
        `${figure(100 * rate, 0)}%`));
    });
    return {
      svg: picture(30 + ROW * shown.length, "How often each row beats each other", ...nodes),
      caption: "How often the row at the left beats the one whose number stands above, on the same "
        + "seed of the same task, a tie counting half: the darker the oftener. At the right against "
        + `all others. Columns are in the order of the rows.${left(lines, shown.length)}`,
      names: ["row", ...shown.map((line) => line.name)],
      rows: shown.map((line, i) => [line.name, ...table[i]]),
    };
  }

  // ---- ranks on single runs ----

  function quantileOf(sorted, share) {
    const place = (sorted.length - 1) * share;
    const below = Math.floor(place);
    return sorted[below] + (place - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
  }

  function ranksView(track, lines, tasks) {
    const all = runRanks(track, lines.map(({ row }) => row), tasks);
    const shown = lines.slice(0, MOST);
    const right = WIDTH - 20;
    const across = (r) => LEFT + (right - LEFT) * (r - 1) / Math.max(1, lines.length - 1);
    const bottom = 10 + ROW * shown.length;
    const nodes = [];
    const step = [1, 2, 5, 10, 20, 50, 100, 200].find((s) => lines.length / s <= 12);
    for (let r = 1; r <= lines.length; r = r === 1 && step > 1 ? step : r + step) {
      nodes.push(svg("line", { class: "gl", x1: across(r), x2: across(r), y1: 4, y2: bottom }),
        svg("text", { class: "tk mid", x: across(r), y: bottom + 16 }, String(r)));
    }
    nodes.push(svg("text", { class: "ax end", x: right, y: bottom + 34 }, "Rank on a run"));
    const summary = lines.map((_, i) => [...all[i]].sort((a, b) => a - b))
      .map((sorted) => [0, 0.25, 0.5, 0.75, 1].map((share) => quantileOf(sorted, share)));
    shown.forEach((line, i) => {
      const y = 10 + ROW * (i + 0.5);
      const [least, first, middle, third, most] = summary[i].map(across);
      nodes.push(nameAt(line, y), svg("g", { "data-m": line.name },
        svg("title", {}, `${line.row.label}: half of its ranks from ${figure(summary[i][1], 0)} to `
          + figure(summary[i][3], 0)),
        svg("line", { class: "wh", x1: least, x2: most, y1: y, y2: y }),
        svg("rect", { class: "sb", x: first, y: y - 5, width: Math.max(1, third - first), height: 10 }),
        svg("line", { class: "ci", x1: middle, x2: middle, y1: y - 5, y2: y + 5 })));
    });
    return {
      svg: picture(bottom + 40, "Ranks of each row on single runs", ...nodes),
      caption: "Each row's rank among the others on every seed of every task: from its best to its "
        + `worst, the bar holds the middle half, the tick is the median.${left(lines, shown.length)}`,
      names: ["row", "least", "first_quarter", "median", "third_quarter", "most"],
      rows: lines.map((line, i) => [line.name, ...summary[i]]),
    };
  }

  // ---- what each task decides ----

  function without(track, lines, tasks) {
    const ways = [["all tasks", tasks], ...(tasks.length > 1 ? tasks.map((out) =>
      [`without ${track.tasks[out].name}`, tasks.filter((t) => t !== out)]) : [])];
    const rows = lines.map(({ row }) => row);
    const found = ways.map(([, over]) => rank(track, rows, over));
    const place = found.map((of) => new Map(of.map((one, i) => [one.row.name, [one.place.rank, i]])));
    const shown = lines.filter(({ name }) => place.some((of) => of.get(name)[0] === 1)).slice(0, MOST);
    const size = Math.min(120, (WIDTH - LEFT) / ways.length);
    const nodes = ways.map(([title], k) => svg("text", { class: "tk", x: LEFT + size * k + 4, y: 84,
      transform: `rotate(-24 ${LEFT + size * k + 4} 84)` }, title));
    shown.forEach((line, i) => {
      const y = 94 + ROW * i;
      nodes.push(nameAt(line, y + ROW / 2));
      place.forEach((of, k) => {
        const [rankHere, order] = of.get(line.name);
        const kind = order === 0 ? "q9" : rankHere === 1 ? "q5" : "q1";
        nodes.push(svg("rect", { class: kind, x: LEFT + size * k, y, width: size - 2, height: ROW - 2 }),
          svg("text", { class: `tk mid${order === 0 ? " onq9" : ""}`, x: LEFT + size * (k + 0.5) - 1,
            y: y + 13 }, String(rankHere)));
      });
    });
    return {
      svg: picture(100 + ROW * shown.length, "Ranks with each task left out", ...nodes),
      caption: "Each row's rank over all tasks and with each one left out, of the rows that have rank 1 "
        + `in any of these. The darkest is the best mean.${left(lines, lines.length)}`,
      names: ["row", ...ways.map(([title]) => title)],
      rows: lines.map(({ name }) => [name, ...place.map((of) => of.get(name)[0])]),
    };
  }

  // ---- which rows no test tells apart ----

  // of rows in order, the longest runs in which no row is surely better than another
  function cliques(ordered) {
    const surely = (a, b) => a.better.includes(b.name) || b.better.includes(a.name);
    const found = [];
    for (let start = 0; start < ordered.length; start++) {
      let end = start;
      while (end + 1 < ordered.length
        && ordered.slice(start, end + 1).every((one) => !surely(one, ordered[end + 1]))) end++;
      if (end > start && !(found.length && found.at(-1)[1] >= end)) found.push([start, end]);
    }
    return found;
  }

  function apart(track, lines) {
    const ordered = [...lines].sort((a, b) => a.meanRank - b.meanRank || (a.name < b.name ? -1 : 1));
    const shown = ordered.slice(0, MOST);
    const groups = cliques(ordered).filter(([start]) => start < shown.length);
    const room = 14 * groups.length + 20;
    const right = WIDTH - Math.min(room, 420);
    const most = Math.max(...shown.map(({ meanRank }) => meanRank));
    const across = (r) => LEFT + (right - LEFT) * (r - 1) / Math.max(1, most - 1);
    const bottom = 10 + ROW * shown.length;
    const nodes = [];
    const step = [1, 2, 5, 10, 20, 50, 100].find((s) => most / s <= 10);
    for (let r = 1; r <= most; r = r === 1 && step > 1 ? step : r + step) {
      nodes.push(svg("line", { class: "gl", x1: across(r), x2: across(r), y1: 4, y2: bottom }),
        svg("text", { class: "tk mid", x: across(r), y: bottom + 16 }, String(r)));
    }
    nodes.push(svg("text", { class: "ax end", x: right, y: bottom + 34 }, "Mean rank"));
    shown.forEach((line, i) => {
      const y = 10 + ROW * (i + 0.5);
      nodes.push(nameAt(line, y), svg("g", { "data-m": line.name },
        svg("line", { class: "rfl", x1: LEFT, x2: across(line.meanRank), y1: y, y2: y }),
        svg("circle", { class: "pt", cx: across(line.meanRank), cy: y, r: 4 }),
        svg("text", { class: "tk", x: across(line.meanRank) + 9, y: y + 4 }, figure(line.meanRank, 1))));
    });
    groups.forEach(([start, end], k) => {
      const x = right + 40 + k * Math.min(14, 360 / groups.length);
      const last = Math.min(end, shown.length - 1);
      nodes.push(svg("line", { class: "clique", x1: x, x2: x, y1: 14 + ROW * start,
        y2: 6 + ROW * (last + 1) }));
    });
    return {
      svg: picture(bottom + 40, "Mean ranks, and which rows no test tells apart", ...nodes),
      caption: "Mean rank over tasks and seeds. A bar at the right joins neighbours of which none is "
        + "surely better than another, by the tests of the ranking: a critical-difference diagram, "
        + `stood upright, with paired t-tests for Nemenyi's.${left(ordered, shown.length)}`,
      names: ["row", "mean_rank", "surely_better"],
      rows: ordered.map((line) => [line.name, line.meanRank, line.better.join(" ")]),
    };
  }

  const VIEWS = { apart, profile, wins, ranks: ranksView, without };

  // one of VIEWS of ranked lines (chosen.js), a method's first row alone
  function view(kind, track, lines, tasks) {
    return VIEWS[kind](track, lines.filter((line) => line.place && !line.of), tasks);
  }

  Object.assign(weighhouse, { view });
})();
