// Weighhouse: the suite's page, where a reader says what they have and may spend. Tracks, needs,
// variants, standings, tasks, costs and ticked methods choose what is ranked, anew and among
// themselves; the search only hides rows. Here: what is ranked and drawn for it, and when. Not here:
// what the controls and the address say (controls.js), ranks (ranking.js), drawing them (chosen.js),
// sorting (site.js).
addEventListener("DOMContentLoaded", () => {
  "use strict";
  const weighhouse = globalThis.weighhouse;
  const { all, fitBy, foldedAway, one, place, sortBy } = weighhouse.site;
  const {
    address, asked, checked, here, inputs, most, readAddress, search, track, unchecked, variant,
    within, writeAddress,
  } = weighhouse.controls();

  const rows = () => all(".rank tr[data-m]");
  const tables = all(".rank.big");
  const known = new Set(rows().map((row) => row.dataset.m));
  const order = new Map(tables.map((table) =>
    [table, [...table.tBodies[0].rows].filter((row) => !row.matches(".empty"))]));
  const ticked = () => new Set(checked("tick"));
  const untickAll = () => inputs("tick").forEach((input) => { input.checked = false; });
  let lines = []; // of the ranking that is drawn
  let drawn = false; // whether a choice of the reader is drawn in place of what was built
  let chosen = known; // names of the rows that are ranked

  // ---- scores, loaded at the first choice ----

  let loading = null;

  function scores() {
    loading ??= new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = one(".controls").dataset.scores;
      script.addEventListener("load", () => done(weighhouse.carried));
      script.addEventListener("error", () => {
        loading = null;
        fail(new Error(`${script.src} can't be read: load the page again`));
      });
      document.head.append(script);
    });
    return loading;
  }

  // ---- what is chosen ----

  // whether anything but the search, the columns and the order differs from the default
  function choosing() {
    return asked.runs.length > 0 || asked.spent !== "flops" || variant() !== "all"
      || unchecked("need").length > 0 || unchecked("stand").length > 0 || one("#okonly").checked
      || most().length > 0 || asked.only !== null || asked.tasks !== null;
  }

  const carriedTrack = (carried) => carried.tracks.find(({ name }) => name === track());

  let withRuns = {}; // the track with the reader's own rows, and of what it was made

  // the track that is shown, with the reader's own rows
  function trackOf(carried) {
    const of = carriedTrack(carried);
    if (!asked.runs.length) return of;
    if (withRuns.of !== of || withRuns.runs !== asked.runs) {
      const { track: made, tasks: own } = weighhouse.withOwn(of, asked.runs);
      const ranked = own.length ? own : of.ranked;
      withRuns = { of, runs: asked.runs, track: { ...made, ranked } };
    }
    return withRuns.track;
  }

  // the rows and tasks (as numbers) that are chosen of a track
  function choice(of, part) {
    const may = new Set(checked("need"));
    const standings = new Set(checked("stand"));
    const over = chosenTasks(of);
    const standing = new Map(all(".rank tr[data-m]", part)
      .map((tr) => [tr.dataset.m, tr.dataset.stand]));
    const fits = (row) => row.own || ((variant() === "all" || row.variant === variant())
      && row.needs.every((need) => may.has(need))
      && standings.has(standing.get(row.name))
      && (!one("#okonly").checked || !over.some((t) => row.cells[t]?.failed))
      && (!asked.only || asked.only.has(row.name))
      && within(row, over));
    return { over, rows: of.rows.filter(fits) };
  }

  const found = (row) => {
    const text = search.value.trim().toLowerCase();
    return chosen.has(row.dataset.m)
      && (!text || one(".c-name :is(a, b)", row).textContent.toLowerCase().includes(text));
  };

  // ---- two rows head to head ----

  // the numbers of the tasks that are chosen of a track
  const chosenTasks = (of) => of.tasks.map((_, t) => t)
    .filter((t) => (asked.tasks ? asked.tasks.has(of.tasks[t].name) : of.ranked.includes(t)));

  async function showPair() {
    const panel = one("#pair");
    panel.hidden = asked.pair === null;
    if (asked.pair === null) return;
    const carried = await scores();
    if (asked.pair === null) return;
    const of = trackOf(carried);
    const both = asked.pair.map((name) => of.rows.find((row) => row.name === name));
    one("#pairbody").replaceChildren(
      ...weighhouse.pairPanel(of, ...both, chosenTasks(of), carried.needs));
  }

  // ---- other views ----

  // what is open of the track's further views, drawn for the choice
  async function showViews() {
    const part = one(`.track.rest[data-track="${CSS.escape(track())}"] .views`);
    if (!part?.open) return;
    const carried = await scores();
    const of = trackOf(carried);
    const { over, rows: ranked } = choice(of, here());
    const made = weighhouse.view(one("input:checked", part).value, of,
      weighhouse.linesOf(of, ranked, over), over);
    one(".view", part).replaceChildren(made.svg);
    one("figcaption", part).textContent = made.caption;
    one(".viewtable", part).onclick = () => weighhouse.save(`${pictureName(part)}.csv`,
      new Blob([weighhouse.csvText(made.names, made.rows)], { type: "text/csv" }));
    showRows();
  }

  const pictureName = (part) => [location.pathname.split("/").at(-2), track(),
    one("input:checked", part)?.value ?? "cost"].join("-");

  // ---- the reader's own runs ----

  // the table has a row for each of them, and no other of its own
  function ownRows(part, of) {
    all(".rank tr.own").forEach((row) => row.remove());
    const table = one(".rank.big", part);
    for (const row of of.rows.filter((one) => one.own)) {
      const made = weighhouse.ownRow(one("tr[data-m]", table), of, row);
      one(".tick", made).addEventListener("input", showState);
      table.tBodies[0].append(made);
    }
  }

  async function weigh(files) {
    const mistake = one("#mistake");
    mistake.textContent = "";
    try {
      const carried = await scores();
      const read = [];
      for (const file of files) {
        read.push(...weighhouse.readRuns(file.name, await file.text(), carried));
      }
      if (!weighhouse.withOwn(carriedTrack(carried), read).tasks.length) {
        throw new Error(`${files[0].name} has no run of a task and seed that this ranking has.`);
      }
      asked.runs = [...asked.runs, ...read];
      asked.tasks = null;
      one("#dd-own").open = false;
      await change();
    } catch (error) {
      mistake.textContent = error.message;
      one("#dd-own").open = true;
    }
    one("#own").value = "";
  }

  // ---- drawing it ----

  let turn = 0;

  async function apply() {
    const own = ++turn;
    showPair();
    if (choosing()) {
      let carried;
      try { carried = await scores(); } catch (error) { say(error.message); return; }
      if (own !== turn) return;
      const part = here();
      const of = trackOf(carried);
      ownRows(part, of);
      const { over, rows: ranked } = choice(of, part);
      weighhouse.restore();
      const made = weighhouse.show(part, of, ranked, over, carried.needs, asked.spent);
      lines = made.lines;
      const table = one(".rank.big", part);
      const left = order.get(table).filter((row) => !made.order.includes(row));
      place(table, [...made.order, ...left]);
      chosen = new Set(ranked.map((row) => row.name));
      drawn = true;
    } else if (drawn) {
      weighhouse.restore();
      all(".rank tr.own").forEach((row) => row.remove());
      order.forEach((built, table) => place(table, built));
      chosen = known;
      drawn = false;
    }
    tables.forEach((table) => {
      const heading = one("th[aria-sort]", table);
      if (heading) sortBy(table, heading.dataset.k, heading.getAttribute("aria-sort"));
    });
    showRows();
    showViews();
  }

  function showRows() {
    all(".track").forEach((part) => { part.hidden = part.dataset.track !== track(); });
    const shown = new Set(rows().filter(found).map((row) => row.dataset.m));
    // lines, dots and names in figures go with their row; what has no row stays
    const gone = (name) => (known.has(name) || name.startsWith("own:")) && !shown.has(name);
    all("[data-m]").forEach((part) => part.toggleAttribute("hidden", gone(part.dataset.m)));
    all("[data-of]").forEach((row) => { row.hidden = row.hidden || foldedAway(row); });
    all(".rank .ref").forEach((row) => {
      row.hidden = !one("#refs").checked || search.value.trim() !== "";
    });
    for (const table of tables) {
      one(".empty", table).hidden = all("tr[data-m]", table).some((row) => !row.hidden);
    }
    showState();
  }

  function showState() {
    const part = here();
    const listed = all(".rank tr[data-m]", part);
    const ranked = listed.filter((row) => chosen.has(row.dataset.m)).length;
    const seen = listed.filter(found).length;
    const count = document.createElement("b");
    count.textContent = seen;
    const anew = ranked < listed.length || asked.tasks !== null || asked.runs.length > 0;
    let rest = ` row${seen === 1 ? "" : "s"}`;
    if (drawn && anew) rest = ` of ${listed.length} rows, ranked anew among themselves`;
    if (seen < ranked) {
      rest = ` of ${listed.length} rows shown; ranks, intervals and ties are those of `
        + (drawn && anew ? `the ${ranked} that are chosen` : "all rows");
    }
    const own = new Set(asked.runs.map((run) => run.method));
    if (own.size) rest += `, with ${[...own].join(" and ")} of yours`;
    const lost = asked.wrong.length ? `. Not here, so left out: ${asked.wrong.join(", ")}.` : "";
    one("#state").replaceChildren(count, rest + lost);
    const ticks = ticked();
    one("#ticked").hidden = ticks.size === 0;
    one("#ticked b").textContent = ticks.size;
    one("#compare").hidden = ticks.size !== 2;
    document.documentElement.classList.toggle("ticking", ticks.size > 0);
    one("#reset").hidden = address().size === 0 && !asked.runs.length;
    all(".choicefile").forEach((button) => { button.hidden = !drawn; });
    one("#dd-need")?.classList.toggle("on", unchecked("need").length > 0);
    one("#dd-task")?.classList.toggle("on", asked.tasks !== null);
    one("#dd-own").classList.toggle("on", asked.runs.length > 0);
    one("#dd-spend").classList.toggle("on", most().length > 0);
    const more = unchecked("stand").length > 0 || one("#okonly").checked || !one("#refs").checked;
    one("#dd-more").classList.toggle("on", more);
  }

  function say(text) { one("#state").textContent = text; }

  // ---- the address ----

  // what the address asks for, drawn
  function load() {
    const [key, direction] = readAddress();
    showTasks();
    tables.forEach((table) => sortBy(table, key, direction));
    return apply();
  }

  // the boxes of the tasks that the track has, ticked where they are ranked over
  function showTasks() {
    const own = new Set(here().dataset.scored.split(" "));
    const ranked = new Set(here().dataset.ranked.split(" "));
    inputs("task").forEach((input) => {
      input.closest("label").hidden = !own.has(input.value);
      input.checked = (asked.tasks ?? ranked).has(input.value);
    });
  }

  // ---- what the reader does ----

  function change() { asked.wrong = []; writeAddress(); return apply(); }

  all(".bar input").forEach((input) => {
    if (["col", "task", "own"].includes(input.name)) return;
    input.addEventListener("input", () => {
      if (input === search) { writeAddress(); showRows(); return; }
      if (input.name === "track") { asked.tasks = asked.only = asked.pair = null; showTasks(); }
      change();
    });
  });
  inputs("task").forEach((input) => input.addEventListener("input", () => {
    const names = inputs("task").filter((box) => box.checked && !box.closest("label").hidden)
      .map((box) => box.value);
    if (!names.length) { input.checked = true; return; } // a ranking is over one task at least
    asked.tasks = names.join(" ") === here().dataset.ranked ? null : new Set(names);
    change();
  }));
  inputs("tick").forEach((input) => input.addEventListener("input", showState));
  one("#untick").addEventListener("click", () => { untickAll(); showState(); });
  one("#own").addEventListener("input", () => weigh([...one("#own").files]));
  const dragged = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => { if (dragged(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    if (!dragged(event)) return;
    event.preventDefault();
    weigh([...event.dataTransfer.files]);
  });
  one("#compare").addEventListener("click", () => {
    asked.pair = [...ticked()];
    change();
    one("#pair").focus();
  });
  one("#closepair").addEventListener("click", () => { asked.pair = null; change(); });
  one("#only").addEventListener("click", () => {
    asked.only = ticked();
    untickAll();
    change();
  });
  all(".choicefile").forEach((button) => button.addEventListener("click", async () => {
    const carried = await scores();
    const of = trackOf(carried);
    const over = chosenTasks(of).map((t) => of.tasks[t].name);
    const choice = { suite: carried.suite, track: of.name, tasks: over, address: location.href };
    weighhouse.download(button.dataset.form, choice, lines);
  }));
  tables.forEach((table) => table.addEventListener("sorted", () => {
    const heading = one("th[aria-sort]", table);
    tables.filter((other) => other !== table).forEach((other) =>
      sortBy(other, heading.dataset.k, heading.getAttribute("aria-sort")));
    showRows();
    writeAddress();
  }));
  one("#reset").addEventListener("click", () => {
    history.replaceState(null, "", location.pathname + location.search);
    load();
  });
  addEventListener("hashchange", load);
  fitBy(found);

  all("[data-spent]").forEach((input) => input.addEventListener("input", () => {
    asked.spent = input.value;
    all("[data-spent]").forEach((other) => { other.checked = other.value === asked.spent; });
    change();
  }));
  all(".views").forEach((part) => {
    part.addEventListener("toggle", showViews);
    all("input", part).forEach((input) => input.addEventListener("input", showViews));
  });
  all("[data-picture]").forEach((button) => button.addEventListener("click", () => {
    const part = button.closest("section, .views");
    const shown = all(".view > svg, .fig.cost > svg", part)
      .find((figure) => getComputedStyle(figure).display !== "none");
    weighhouse.savePicture(shown, pictureName(part), button.dataset.picture);
  }));

  // ---- columns ----

  inputs("col").forEach((input) => {
    const heading = one(`thead .${input.value}`, tables[0]);
    input.checked = Boolean(heading) && getComputedStyle(heading).display !== "none";
    input.addEventListener("input", () => tables.forEach((table) =>
      all(`.${input.value}`, table).forEach((cell) => {
        cell.hidden = !input.checked;
        cell.classList.toggle("show", input.checked);
      })));
  });

  load();
});
