// Weighhouse: what leaderboard/drawing.py and templates/marks.html draw, drawn again for a choice.
// Here: elements, axes, the small plot of a row, quality against cost. Not here: figures (digits.js),
// tables (chosen.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const { figure, withUnit } = weighhouse;

  // ---- elements: text is text, never markup ----

  function make(namespace, tag, attributes, children) {
    const element = document.createElementNS(namespace, tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== "" && child !== null));
    return element;
  }

  const html = (tag, attributes, ...children) =>
    make("http://www.w3.org/1999/xhtml", tag, attributes, children);
  const svg = (tag, attributes, ...children) =>
    make("http://www.w3.org/2000/svg", tag, attributes, children);

  // a sentence of words.js as nodes: `**name**` is bold
  const bold = (text) =>
    text.split("**").map((piece, i) => (i % 2 ? html("b", {}, piece) : piece));

  // ---- axes ----

  const [LOWEST, HIGHEST, BEYOND] = [-0.5, 2, 0.25];

  // the lowest and the highest value to draw
  function limits(means, ends, width) {
    const middle = means.filter(isFinite);
    if (!middle.length) middle.push(0, 1);
    const known = [...middle, ...ends.filter(isFinite)];
    const low = Math.max(LOWEST, Math.min(...known), Math.min(...middle) - width);
    const high = Math.min(HIGHEST, Math.max(...known), Math.max(...middle) + width);
    return [Math.min(low, high), Math.max(low, high)];
  }

  function axis(low, high, lines, ticks) {
    const share = (value) => 100 * (Math.min(Math.max(value, low), high) - low) / (high - low);
    const percent = (value) => `${value.toFixed(1)}%`;
    return {
      low,
      high,
      at: (value) => percent(share(value)),
      left: (a, b) => percent(share(Math.min(a, b))),
      length: (a, b) => percent(Math.abs(share(b) - share(a))),
      beyond: (value) => value < low || value > high,
      lines: lines.map(([value, main]) => ({ value, main })),
      ticks: ticks.map(([value, label]) => ({ value, label })),
    };
  }

  // a tick's label, with the decimals that its distance to the next one asks for
  function tick(value, step) {
    const text = value.toFixed(step < 0.1 ? 2 : step < 1 ? 1 : 0);
    return Number(text) === 0 ? "0" : text.replace("-", "\u2212");
  }

  // differences to the lead, which stands at 0, to the right
  function behindAxis(means, ends) {
    const [least, most] = limits([0, ...means], ends, BEYOND);
    const low = Math.min(least, -0.04) * 1.06;
    const high = Math.max(0, most) - Math.min(least, -0.04) * 0.05;
    const step = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2].find((s) => -low / s <= 5);
    const steps = Array.from({ length: Math.max(1, Math.floor(-low / step)) + 1 },
      (_, i) => (i ? -step * i : 0));
    const labelled = steps.filter((_, i) => steps.length <= 4 || i % 2 === 0);
    return axis(low, high, steps.map((v) => [v, v === 0]),
      labelled.map((v) => [v, v ? tick(v, step) : "0"]));
  }

  // scores, 0 and 1 always in it
  function scoreAxis(means, ends) {
    const [low, high] = limits(means, ends, BEYOND);
    return axis(Math.min(0, low) - 0.06, Math.max(1, high) + 0.05,
      [0, 0.25, 0.5, 0.75, 1].map((v) => [v, v === 0 || v === 1]),
      [[0, "0"], [0.5, "0.5"], [1, "1"]]);
  }

  const gridLines = (of) => of.lines.map(({ value, main }) =>
    svg("line", { class: main ? "gl0" : "gl", x1: of.at(value), x2: of.at(value), y1: -16, y2: 38 }));

  const axisTicks = (of) => of.ticks.map(({ value, label }) =>
    svg("text", { class: "tk mid", x: of.at(value), y: 22 }, label));

  // ---- the plot of one row ----

  // the interval's line and the mean's dot; hollow where failed runs count in it
  function estimate(of, { mean, low, high }, hollow) {
    const parts = [];
    if (isFinite(low) && isFinite(high)) {
      parts.push(svg("line", { class: "ci", x1: of.at(low), x2: of.at(high), y1: 11, y2: 11 }));
      if (low < of.low) parts.push(svg("path", { class: "ci cut", d: "M4 7L0 11L4 15" }));
      if (high > of.high) {
        parts.push(svg("svg", { class: "cut", x: of.at(of.high), y: 0, width: 1, height: 22 },
          svg("path", { class: "ci cut", d: "M-4 7L0 11L-4 15" })));
      }
    }
    const dot = { class: hollow ? "pt imp" : "pt", cx: of.at(mean), cy: 11, r: 3.2 };
    return [...parts, svg("circle", dot)];
  }

  // how far a row is behind the lead, with its method's other row below it; or its score
  function rowPlot(of, line, value, ordered) {
    if (!isFinite(value.mean)) return [];
    if (line.reference) {
      if (!ordered && of.beyond(value.mean)) return [];
      return [
        svg("line", { class: "rfl", x1: of.at(0), x2: of.at(value.mean), y1: 11, y2: 11 }),
        svg("rect", { class: "rf", x: of.at(value.mean), y: 7.5, width: 7, height: 7,
          transform: "translate(-3.5 0)" }),
      ];
    }
    const negative = ordered && value.mean < 0 ? "sb neg" : "sb";
    const parts = [svg("rect", { class: negative, x: of.left(0, value.mean),
      width: of.length(0, value.mean), y: 7, height: 8 })];
    if (!ordered && line.other) {
      const [at, other] = [of.at(value.mean), of.at(line.other.behindMean)];
      parts.push(svg("line", { class: "con", x1: other, x2: at, y1: 19, y2: 19 }),
        svg("circle", { class: "con", cx: other, cy: 19, r: 2.2 }));
    }
    return [...parts, ...estimate(of, value, line.failed > 0)];
  }

  // the heat map's class: q0 to q9 from floor to ceiling, m1 and m2 below the floor
  function heatClass(value) {
    if (value < -0.25) return "m2";
    return value < 0 ? "m1" : `q${Math.min(9, Math.floor(value * 10))}`;
  }

  // the squares of the task strip; null where a task can't be done
  function stripSquares(scores) {
    return scores.map(({ task, score }, i) => svg("g", { "data-t": task },
      score === null
        ? svg("rect", { class: "sk", x: 13 * i + 0.5, y: 1.5, width: 10, height: 13, rx: 1.5 })
        : svg("rect", { class: heatClass(score), x: 13 * i, y: 1, width: 11, height: 14, rx: 1.5 })));
  }

  // ---- quality against cost ----

  const NEAR = [[9, 4, "start"], [-9, 4, "end"], [-4, -8, "end"], [4, -8, "start"], [-4, 16, "end"],
    [4, 16, "start"], [0, -10, "middle"], [0, 19, "middle"]];
  const LETTER = 7.2; // width of an average letter of a bold 12 px label, generously

  // which points no other one beats: none is as cheap and as good, and better in one of both
  const front = (points) => new Set(points.filter(({ cost, score }) => !points.some((other) =>
    other.cost <= cost && other.score >= score && (other.cost < cost || other.score > score))));

  function power(exponent) {
    if (exponent > -5 && exponent < 0) return String(Number(`1e${exponent}`));
    const prefix = ["", "k", "M", "G", "T", "P"][Math.floor(exponent / 3)] ?? `e${exponent}`;
    return `${10 ** (((exponent % 3) + 3) % 3)} ${prefix}`.trim();
  }

  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  // the contents of the plot: log cost to the right, score upwards; nothing without points.
  // points: name, method, label, cost, score, low, high, hollow, folded; cost is in `unit`; levels:
  // title and score of what is drawn as a line across
  function costPlot(points, width, height, { title, unit, levels }) {
    const known = points.filter(({ cost }) => isFinite(cost));
    const paid = known.filter(({ cost }) => cost > 0).map(({ cost }) => Math.log10(cost));
    if (!paid.length) return [];
    const [left, right, top, bottom] = [44, width - 14, 14, height - 46];
    const free = paid.length < known.length ? 1 : 0;
    const first = Math.floor(Math.min(...paid) - 0.1) - free;
    const last = Math.ceil(Math.max(...paid) + 0.1);
    const scores = [...known, ...levels].map(({ score }) => score);
    const [low, high] = limits(scores, known.flatMap((p) => [p.low, p.high]), BEYOND);
    const step = [0.05, 0.1, 0.2, 0.5, 1].find((s) => (high - low) / s <= 6);
    const lowest = Math.floor(low / step) * step;
    const highest = Math.max(Math.ceil(high / step) * step, lowest + step);
    const tenth = (value) => Math.round(value * 10) / 10;
    const across = (w) => tenth(left + (right - left) * (w - first) / (last - first));
    const up = (score) => tenth(bottom - (bottom - top)
      * (Math.min(Math.max(score, lowest), highest) - lowest) / (highest - lowest));
    const best = front(known);
    const placed = known.map((point) => ({
      ...point,
      on: best.has(point),
      lesser: point.folded && !best.has(point),
      x: across(point.cost > 0 ? Math.log10(point.cost) : first),
      y: up(point.score),
    }));
    const drawn = [];
    for (let i = 0; i <= Math.round((highest - lowest) / step); i++) {
      const value = lowest + i * step;
      drawn.push(
        svg("line", { class: "gl", x1: left, x2: right, y1: up(value), y2: up(value) }),
        svg("text", { class: "tk end", x: left - 8, y: up(value) + 4 }, tick(value, step)));
    }
    const every = Math.max(1, Math.ceil((last - first) * 52 / (right - left)));
    const marked = free ? [[first, "0"]] : [];
    for (let w = first + free; w <= last; w += every) marked.push([w, power(w)]);
    for (const [w, label] of marked) {
      const x = across(w);
      drawn.push(svg("line", { class: "gl", x1: x, x2: x, y1: bottom, y2: bottom + 4 }),
        svg("text", { class: "tk mid", x, y: bottom + 17 }, label));
    }
    drawn.push(
      svg("line", { class: "gl0", x1: left, x2: right, y1: bottom, y2: bottom }),
      svg("text", { class: "ax end", x: right, y: height - 8 }, `${title}, log scale →`),
      svg("text", { class: "ax", x: 0, y: 4 }, "↑ Score"),
      svg("path", { class: "front", d: steps(placed.filter(({ on }) => on), right) }));
    placed.forEach((point, i) => placed.slice(i + 1).forEach((other) => {
      if (other.method === point.method) {
        drawn.push(svg("line",
          { class: "con", x1: point.x, y1: point.y, x2: other.x, y2: other.y }));
      }
    }));
    for (const point of placed) {
      const words = `${point.label}: ${figure(point.score, 2)}, ${withUnit(point.cost, unit).join(" ")}`;
      const ends = { y1: up(isFinite(point.low) ? point.low : point.score),
        y2: up(isFinite(point.high) ? point.high : point.score) };
      const named = ["dot", point.on && "on", point.lesser && "lesser", point.hollow && "imp"];
      drawn.push(svg("g", { "data-m": point.name },
        svg("title", {}, words),
        point.lesser ? "" : svg("line",
          { class: point.on ? "wh on" : "wh", x1: point.x, x2: point.x, ...ends }),
        svg("circle", { class: named.filter(Boolean).join(" "), cx: point.x, cy: point.y,
          r: point.lesser ? 2.8 : 4.5 })));
    }
    const titled = levels.map(({ title: words, score }) =>
      ({ words, y: up(score), x: levelStart(words, up(score), placed, left, right) }));
    const lines = titled.flatMap(({ words, x, y }) => [
      svg("line", { class: "level", x1: left, x2: right, y1: y, y2: y }),
      svg("text", { class: "tk", x, y: y - 4 }, words)]);
    const boxes = titled.map(({ words, x, y }) => levelBox(words, x, y));
    return [...drawn, ...lines, ...labels(placed, boxes, right, bottom)];
  }

  // the front as steps: the best score that each cost buys; no step leads down
  function steps(corners, right) {
    if (!corners.length) return "";
    const sorted = corners.sort((a, b) => a.x - b.x || a.y - b.y);
    let [path, reached] = [`M${sorted[0].x} ${sorted[0].y}`, sorted[0].y];
    for (const { x, y } of sorted.slice(1)) {
      if (y < reached) { path += `H${x}V${y}`; reached = y; }
    }
    return `${path}H${right}`;
  }

  // where the title of a line across begins: as far to the left as no point is under it
  const levelBox = (words, x, y) => [x, y - 15, x + LETTER * words.length, y - 1];

  function levelStart(words, y, placed, left, right) {
    const first = Math.round(left) + 8;
    for (let x = first; x < right - LETTER * words.length; x += 24) {
      const box = levelBox(words, x, y);
      if (!placed.some((p) => overlap(box, [p.x - 5, p.y - 5, p.x + 5, p.y + 5]))) return x;
    }
    return first;
  }

  // names beside their points where there is room, those on the front first; `others` is taken
  function labels(placed, others, right, bottom) {
    const taken = [...others, ...placed.map(({ x, y }) => [x - 5, y - 5, x + 5, y + 5])];
    const named = placed.filter(({ lesser }) => !lesser)
      .sort((a, b) => b.on - a.on || b.score - a.score || (a.name < b.name ? -1 : 1));
    return named.flatMap(({ x, y, label, name, on }) => {
      const width = LETTER * label.length;
      for (const [dx, dy, anchor] of NEAR) {
        const start = x + dx - { start: 0, middle: width / 2, end: width }[anchor];
        const box = [start, y + dy - 11, start + width, y + dy + 3];
        const inside = box[0] >= 2 && box[2] <= right + 12 && box[1] >= 0 && box[3] <= bottom;
        if (inside && !taken.some((other) => overlap(box, other))) {
          taken.push(box);
          const text = { class: `lab ${anchor}${on ? " on" : ""}`, x: x + dx, y: y + dy };
          return [svg("g", { "data-m": name }, svg("text", text, label))];
        }
      }
      return [];
    });
  }

  Object.assign(weighhouse, {
    axisTicks, behindAxis, bold, costPlot, gridLines, heatClass, html, rowPlot, scoreAxis,
    stripSquares, svg,
  });
})();
