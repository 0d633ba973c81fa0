// Weighhouse: two ticked rows head to head: their paired difference over the chosen tasks and on
// each, a dot for every pair of runs, what each costs and needs, and the seeds that would tell them
// apart. Not here: the tests (ranking.js), the sentence (words.js), when it is shown (suite.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const {
    aboutOf, bold, comparison, compare, difference, html, meanCost, svg, withUnit,
  } = weighhouse;
  const COSTS = [["flops", "FLOPs", "FLOP"], ["seconds", "Time", "s"], ["peak_memory", "Memory", "B"]];

  // the contents of the panel; `needs` are the suite's
  function pairPanel(track, first, second, tasks, needs) {
    const able = tasks.filter((t) => first.cells[t] && second.cells[t]);
    const title = html("h3", {}, `${first.label} against ${second.label}`);
    if (!able.length) return [title, html("p", {}, "No chosen task can be done by both.")];
    const made = compare(track, first, second, able);
    const left = tasks.length - able.length;
    const rest = left ? ` Left out: ${left} tasks that one of them can't do.` : "";
    const words = bold(comparison(track, first, second, able, made));
    return [title, html("p", {}, ...words, rest),
      differences(track, able, made), costTable([first, second], able, needs)];
  }

  // a line over all tasks, then one a task: dots of pairs, the mean with its interval, the figure
  function differences(track, tasks, made) {
    const lines = tasks.length > 1 ? [["All tasks", made.overall]] : [];
    made.tasks.forEach((one, i) => lines.push([track.tasks[tasks[i]].name, one]));
    const of = axisOf(lines.map(([, decision]) => decision.contrast));
    const body = lines.map(([label, { contrast, verdict }], i) => {
      const all = tasks.length > 1 && i === 0;
      const [middle, ends] = difference(contrast);
      const about = aboutOf(contrast);
      return html("tr", { class: all ? "overall" : undefined },
        html("th", { scope: "row" }, label),
        html("td", { class: "c-plot" }, plotOf(of, contrast, all)),
        html("td", { class: "n" }, html("b", {}, middle),
          html("small", {}, ends ? ` ${ends}` : "")),
        html("td", {}, verdict, about === "score" ? "" : html("small", {}, ` in ${about}`)));
    });
    return html("table", { class: "plain versus" },
      html("caption", { class: "vh" }, "Paired differences, first less second"),
      html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Task"),
        html("th", { scope: "col" }, "First less second: each pair of runs, mean, interval"),
        html("th", { scope: "col", class: "n" }, "Difference, interval"),
        html("th", { scope: "col" }, "First is"))),
      html("tbody", {}, ...body));
  }

  // in what the metric says, low as better mirrored back
  const pairsOf = (contrast) => (contrast.pairs ?? []).flatMap(({ values }) =>
    values.map((value) => (contrast.better === "low" ? -value : value)));

  function axisOf(contrasts) {
    const known = contrasts.flatMap((one) => [one.mean, one.low, one.high, ...pairsOf(one)])
      .filter(isFinite);
    const most = Math.max(1e-6, ...known.map(Math.abs)) * 1.06;
    return (value) => `${(50 + 50 * Math.min(Math.max(value / most, -1), 1)).toFixed(1)}%`;
  }

  // over all tasks the pairs would hide what is seen below: the mean and its interval alone
  function plotOf(at, contrast, all) {
    const dots = all ? [] : pairsOf(contrast).map((value) =>
      svg("circle", { class: "pairdot", cx: at(value), cy: 11, r: 3 }));
    const interval = isFinite(contrast.low)
      ? [svg("line", { class: "ci", x1: at(contrast.low), x2: at(contrast.high), y1: 11, y2: 11 })]
      : [];
    const words = `${contrast.pairs?.flatMap(({ values }) => values).length ?? 0} pairs of runs`;
    return svg("svg", { role: "img", "aria-label": words, height: 22 },
      svg("line", { class: "gl0", x1: "50%", x2: "50%", y1: -8, y2: 30 }), ...dots, ...interval,
      svg("circle", { class: "pt", cx: at(contrast.mean), cy: 11, r: all ? 4 : 3.2 }));
  }

  function costTable(rows, tasks, needs) {
    const head = html("tr", {}, html("th", { scope: "col" }, "A run costs"),
      ...COSTS.map(([, title]) => html("th", { scope: "col", class: "n" }, title)),
      html("th", { scope: "col" }, "Needs"));
    const lines = rows.map((row) => html("tr", {}, html("th", { scope: "row" }, row.label),
      ...COSTS.map(([name, , unit]) => html("td", { class: "n" },
        withUnit(meanCost(row, tasks, name), unit).join(" "))),
      html("td", {}, needs.filter((need) => row.needs.includes(need.name))
        .map((need) => need.title).join(", ") || "nothing more")));
    const table = html("table", { class: "plain" }, html("thead", {}, head),
      html("tbody", {}, ...lines));
    return html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Costs" }, table);
  }

  Object.assign(weighhouse, { pairPanel });
})();
