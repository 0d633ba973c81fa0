// Weighhouse: what a reader asks for on a suite's page: what its controls say, what no control holds,
// and both as the address, whose hash holds what differs from the default. Not here: what is done with
// it (suite.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};

  // by the address's name of a budget: the cost's name, and what a unit of its field is
  const BUDGETS = { flops: ["flops", 1e9], seconds: ["seconds", 1], memory: ["peak_memory", 1e6],
    parameters: ["parameters", 1e6] };

  // the page's, once it is there
  function controls() {
    const { all, hash, one } = weighhouse.site;
    const search = one("#q");
    const parts = all(".track:not(.rest)");
    const firstTrack = parts[0].dataset.track;

    // what is asked for beside the state of the controls
    const asked = {
      only: null, // names of the rows that alone are ranked; null for all
      pair: null, // names of the two rows that are held against each other
      runs: [], // the reader's own; not in the address
      spent: "flops", // what quality is plotted against
      tasks: null, // names of the tasks; null for those of the track's own ranking
      wrong: [], // what the address asks for that isn't here
    };

    const inputs = (name) => all(`input[name=${name}]`);
    const values = (name) => inputs(name).map((input) => input.value);
    const checked = (name) => inputs(name).filter((box) => box.checked).map((box) => box.value);
    const unchecked = (name) => inputs(name).filter((box) => !box.checked).map((box) => box.value);
    const variant = () => checked("var")[0];
    const track = () => checked("track")[0] ?? firstTrack;
    const here = () => parts.find((part) => part.dataset.track === track());
    const most = () => inputs("most").filter((input) => input.value.trim() !== "");

    // whether a row's runs on those tasks take no more than they may
    const within = (row, tasks) => most().every((input) => {
      const [cost, unit] = BUDGETS[input.dataset.cost];
      const spent = weighhouse.meanCost(row, tasks, cost);
      return isFinite(spent) && spent <= Number(input.value) * unit;
    });

    // ---- the address ----

    // what differs from the default
    function address() {
      const kept = new URLSearchParams();
      const put = (key, value) => { if (value) kept.set(key, value); };
      const { only, pair, spent, tasks } = asked;
      put("track", track() === firstTrack ? "" : track());
      put("q", search.value.trim());
      put("var", variant() === "all" ? "" : variant());
      put("without", unchecked("need").join());
      put("tasks", tasks ? [...tasks].join() : "");
      most().forEach((input) => put(input.dataset.cost, input.value.trim()));
      put("only", only ? [...only].join() : "");
      put("cost", spent === "flops" ? "" : spent);
      put("pair", pair ? pair.join() : "");
      put("nostand", unchecked("stand").join());
      put("ok", one("#okonly").checked ? "1" : "");
      put("norefs", one("#refs").checked ? "" : "1");
      const heading = one(".rank th[aria-sort]", here());
      const sorted = heading ? `${heading.dataset.k}:${heading.getAttribute("aria-sort")}` : "";
      put("sort", sorted === "c-rank:ascending" ? "" : sorted);
      return kept;
    }

    function writeAddress() {
      const kept = address();
      if (hash().get("theme")) kept.set("theme", hash().get("theme"));
      const plain = location.pathname + location.search;
      history.replaceState(null, "", kept.size ? `#${kept}` : plain);
    }

    // Set the controls and `asked` by the address: what isn't here is left out, and in `asked.wrong`.
    // Returns the column that it sorts by, and the direction.
    function readAddress() {
      const kept = hash();
      asked.wrong = [];
      const listed = (key, offered) => {
        const known = new Set(offered);
        const names = (kept.get(key) ?? "").split(",").filter(Boolean);
        const lacking = names.filter((name) => !known.has(name));
        asked.wrong.push(...lacking.map((name) => `${key} ${name}`));
        return new Set(names.filter((name) => known.has(name)));
      };
      const untick = (name, key) => {
        const out = listed(key, values(name));
        inputs(name).forEach((input) => { input.checked = !out.has(input.value); });
      };
      const pick = (name) => {
        const picked = listed(name, values(name));
        inputs(name).forEach((input, i) => {
          input.checked = picked.size ? picked.has(input.value) : i === 0;
        });
      };
      const some = (names) => (names.size ? names : null);
      search.value = kept.get("q") || "";
      pick("var");
      pick("track");
      untick("need", "without");
      untick("stand", "nostand");
      asked.tasks = some(listed("tasks", values("task")));
      const own = all(".rank tr[data-m]", here()).map((row) => row.dataset.m);
      asked.only = some(listed("only", own));
      const two = [...listed("pair", own)];
      if (two.length === 1) asked.wrong.push(`pair ${two[0]} alone`);
      asked.pair = two.length === 2 ? two : null;
      inputs("most").forEach((input) => {
        const limit = kept.get(input.dataset.cost) ?? "";
        const isNumber = limit !== "" && Number(limit) >= 0;
        if (limit && !isNumber) asked.wrong.push(`${input.dataset.cost} ${limit}`);
        input.value = isNumber ? limit : "";
      });
      inputs("tick").forEach((input) => { input.checked = false; });
      const costs = all("[data-spent]");
      asked.spent = [...listed("cost", costs.map((input) => input.value))][0] ?? "flops";
      costs.forEach((input) => { input.checked = input.value === asked.spent; });
      asked.runs = [];
      one("#okonly").checked = kept.has("ok");
      one("#refs").checked = !kept.has("norefs");
      return (kept.get("sort") || "c-rank:ascending").split(":");
    }

    return {
      address, asked, checked, here, inputs, most, readAddress, search, track, unchecked, variant,
      within, writeAddress,
    };
  }

  Object.assign(weighhouse, { controls });
})();
