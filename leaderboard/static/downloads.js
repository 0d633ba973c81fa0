// Weighhouse: a chosen ranking as a file, at full precision, as the page's other downloads have it.
// Not here: what is chosen (suite.js), ranks (ranking.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};

  const { aboutOf } = weighhouse;

  // a line of the ranking (lines.js) under the names that the suite's table has
  function record(suite, track, line) {
    const { row, place, score, behind, cost } = line;
    const within = behind ? aboutOf(behind) : "";
    const ordering = Object.fromEntries((line.ordering ?? []).flatMap((of) => [
      [`order.${of.metric}`, of.mean], [`order.${of.metric}_low`, of.low],
      [`order.${of.metric}_high`, of.high]]));
    return {
      suite, track, rank: place?.rank, tied: place && place.last > place.rank,
      rank_low: place?.rank, rank_high: place?.last, method: row.method, variant: row.variant,
      label: row.label, kind: line.reference ? "reference" : "method", score: score?.mean,
      score_low: score?.low, score_high: score?.high, behind: place ? behind?.mean ?? 0 : undefined,
      behind_low: behind?.low, behind_high: behind?.high, behind_in: within,
      mean_rank: line.meanRank, ...ordering, flops: cost?.flops, seconds: cost?.seconds,
      peak_memory: cost?.peak_memory, needs: row.needs.join(" "), failed: line.failed,
    };
  }

  const plain = (value) => (value === undefined || Number.isNaN(value) ? null : value);

  function asJson(choice, records) {
    const rows = records.map((one) =>
      Object.fromEntries(Object.entries(one).map(([name, value]) => [name, plain(value)])));
    return `${JSON.stringify({ ...choice, rows }, null, 1)}\n`;
  }

  // a cell by RFC 4180; a text that a spreadsheet would run as a formula is a text
  function cell(value) {
    const known = plain(value);
    if (typeof known !== "string") return known === null ? "" : String(known);
    const text = /^[=+\-@\t\r]/.test(known) ? `'${known}` : known;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  // names of columns and rows of values as CSV
  const csvText = (names, rows) =>
    [names, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");

  function asCsv(choice, records) {
    const names = [...new Set(records.flatMap(Object.keys))];
    const over = choice.tasks.join(" ");
    return csvText([...names, "tasks"], records.map((one) => [...names.map((n) => one[n]), over]));
  }

  // hand the reader a file
  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  // form: csv or json; choice: suite, track, tasks (names), address; lines: as `show` gives them
  function download(form, choice, lines) {
    const records = lines.map((line) => record(choice.suite, choice.track, line));
    const text = form === "csv" ? asCsv(choice, records) : asJson(choice, records);
    const type = form === "csv" ? "text/csv" : "application/json";
    save(`${choice.suite}-${choice.track}-choice.${form}`, new Blob([text], { type }));
  }

  Object.assign(weighhouse, { csvText, download, save });
})();
