// Weighhouse: records as leaderboard/runs.py writes them: loading a method's, and what they hold as
// text. Not here: the page of one (run.js), a method's list of them (runs.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};
  const { withUnit } = weighhouse;
  const SHORT = 80; // longer values than these letters stand by themselves

  // ---- loading: a page opened from a disk may read scripts alone ----

  function load(path) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = path;
      script.addEventListener("load", () => { script.remove(); resolve(weighhouse); });
      script.addEventListener("error", () => { script.remove(); reject(new Error(path)); });
      document.head.append(script);
    });
  }

  // ---- values as text ----

  const words = (name) => name.replaceAll("_", " ");

  // a key as a heading: `cpu_seconds` as `CPU seconds`
  function heading(name) {
    const text = words(name).toLowerCase();
    const first = text.charAt(0).toUpperCase() + text.slice(1);
    return first.startsWith("Cpu") ? `CPU${first.slice(3)}` : first;
  }

  const isObject = (value) => value !== null && typeof value === "object";
  const sortedEntries = (object) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));

  // JSON on one line, keys in order
  function json(value) {
    if (Array.isArray(value)) return `[${value.map(json).join(", ")}]`;
    if (!isObject(value)) return JSON.stringify(value);
    return `{${sortedEntries(value).map(([k, v]) => `${JSON.stringify(k)}: ${json(v)}`).join(", ")}}`;
  }

  // the same, with strings and flat objects bare
  function pretty(value) {
    if (isObject(value) && !Array.isArray(value) && !Object.values(value).some(isObject)) {
      return sortedEntries(value).map(([k, v]) => `${k} ${pretty(v)}`).join(", ");
    }
    return typeof value === "string" ? value : json(value);
  }

  // the same over many lines
  const indented = (value) => JSON.stringify(value, (_, one) => (
    isObject(one) && !Array.isArray(one) ? Object.fromEntries(sortedEntries(one)) : one), 1);

  const when = (created) => (created ? `${created.slice(0, 16).replace("T", " ")} UTC` : "");

  // ---- what a run spent, beside what it was allowed ----

  function amount(value, unit) {
    if (value === undefined || value === null) return "";
    if (unit === "") return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
    return withUnit(value, unit).join(" ");
  }

  function spent(title, used, allowed, unit) {
    const known = typeof used === "number" && typeof allowed === "number";
    const share = known ? (allowed ? used / allowed : (used ? 2 : 0)) : null;
    return { title, used: amount(used, unit), allowed: amount(allowed, unit), share };
  }

  // rows of `title`, `used` and `allowed` as text, `share` of the limit, `sub` for a part of the row
  // above; the suite's counters come first
  function spending(cost, budget, counters) {
    const rows = [];
    const limits = [
      ...counters.map(({ title, name, unit }) => [title, name, name, unit]),
      ["Wall time", "seconds", "seconds", "s"],
      ["Peak memory", "peak_memory", "memory", "B"],
    ];
    for (const [title, key, limit, unit] of limits) {
      rows.push(spent(title, cost[key], budget[limit], unit));
      const phases = key === "flops" ? sortedEntries(cost.flops_by ?? {}) : [];
      if (phases.length > 1) {
        rows.push(...phases.map(([name, value]) =>
          ({ ...spent(heading(name), value, budget[limit], unit), sub: true })));
      }
    }
    const known = ["flops_by", "uncharged", "scoring", ...limits.map(([, key]) => key)];
    for (const [key, value] of sortedEntries(cost).filter(([name]) => !known.includes(name))) {
      if (typeof value === "boolean") {
        rows.push({ title: heading(key), used: value ? "yes ‡" : "no", allowed: "", share: null,
          bad: value });
      } else if (typeof value === "number") {
        rows.push(spent(heading(key), value, undefined, key === "cpu_seconds" ? "s" : ""));
      }
    }
    return rows;
  }

  // what scoring it took, as [title, text]
  function scoring({ scoring: took = {}, uncharged = {} }) {
    const rows = [["FLOPs", "flops", "FLOP"], ["Wall time", "seconds", "s"],
      ["CPU time", "cpu_seconds", "s"], ["Peak memory", "peak_memory", "B"]];
    return [
      ...sortedEntries(uncharged).map(([name, flops]) => [heading(name), amount(flops, "FLOP")]),
      ...rows.filter(([, key]) => key in took)
        .map(([title, key, unit]) => [title, amount(took[key], unit)]),
    ];
  }

  // ---- what the suite adds ----

  // the keys that all objects of a list share; none where it isn't such a list
  function columnsOf(value) {
    const isTable = Array.isArray(value) && value.length > 0
      && value.every((one) => isObject(one) && !Array.isArray(one));
    if (!isTable) return [];
    const keys = Object.keys(value[0]).sort();
    return value.every((one) => Object.keys(one).sort().join() === keys.join()) ? keys : [];
  }

  // `short` values, `tables` of objects that share their keys, and the `long` rest
  function sorted(details) {
    const found = { short: [], tables: [], long: [] };
    for (const [key, value] of sortedEntries(details)) {
      const columns = columnsOf(value);
      if (columns.length) {
        const rows = value.map((one) => columns.map((column) => pretty(one[column])));
        found.tables.push([heading(key), columns, rows]);
      } else if (pretty(value).length <= SHORT) {
        found.short.push([heading(key), pretty(value)]);
      } else {
        found.long.push([heading(key), indented(value)]);
      }
    }
    return found;
  }

  Object.assign(weighhouse, { heading, load, pretty, scoring, sorted, spending, when, words });
})();
