"""The commands that publish records: `export`, and `publication`, which writes down what is there.

Here: which of the store's records go into which published file, and what is said of the rest. A
file that is there already is touched only where its method is named. Not here: a file's form
(bench.records.published), what lies behind the records (bench.planning.behind), the program
(commands.cli).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.catalogue.registry import Catalogue
from bench.planning.behind import behind
from bench.planning.current import plan_here
from bench.planning.keys import Keys
from bench.planning.plan import Plan
from bench.planning.selection import Selection
from bench.records import ledger
from bench.records.home import home, store_path
from bench.records.kept import folder_of
from bench.records.published import (
    PUBLISHED,
    PublishedError,
    Update,
    prune_kept,
    replace_file,
    updates,
    write_kept,
)
from bench.records.published import read as read_published
from bench.records.record import STANDINGS, Record
from bench.records.sound import refuse_wrong
from bench.records.store import Store
from commands.catalogue import read_catalogue
from commands.options import (
    DirsOption,
    MethodOption,
    StoreOption,
    SuiteOption,
    SuitesDirsOption,
    TaskOption,
    chosen_standing,
    chosen_tier,
)
from commands.summary import reasons


def export(
    store: StoreOption = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", show_default="reports/published", help="Where they go."
        ),
    ] = PUBLISHED,
    tier: Annotated[str, typer.Option("--tier", help="Only this tier.")] = "small",
    suite: SuiteOption = [],
    task: TaskOption = [],
    method: MethodOption = [],
    everything: Annotated[
        bool,
        typer.Option("--all", help="Every method and reference that was run here, named or not."),
    ] = False,
    standing: Annotated[
        str, typer.Option("--standing", help=f"{', '.join(STANDINGS[:-1])} or {STANDINGS[-1]}.")
    ] = STANDINGS[0],
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
) -> None:
    """Publish records of the store: JSON lines, DIR/SUITE/METHOD.jsonl, one file a method.

    A record replaces the line of its own task, tier, variant and seed; every other line stays.
    Only current records are taken: of the sources, tasks and versions that are here now, and made
    here, not served from published ones. What assets turned out to be goes into
    DIR/SUITE/ledger.json, so that nobody need build them to plan.

    A file that is there already is touched only if its method is named with --method, or with
    --all. Without either, only methods that have no file yet are written: after `try`, that is the
    method that you tried, and no baseline that ran for comparison.

    Examples:

        python -m bench export --method my_method

        python -m bench export --all --standing maintainer-run
    """
    chosen = Selection(chosen_tier(tier), suite, task, method)
    vouched = chosen_standing(standing)
    opened = Store(store or store_path(), create=False)
    known = read_catalogue(methods_dir, suites_dir)
    planned, keys = plan_here(known, chosen, opened, published=[])
    records = worth_publishing(planned.served, out)
    if not records:
        raise typer.BadParameter(_nothing_current(opened.path, planned, chosen))
    _refuse_wrong(records)
    for record in records:
        record.standing = vouched
    made = updates(records, out, lambda record: stands(record, known))
    written = [u for u in made if everything or u.path.stem in method or not u.path.is_file()]
    left = [update for update in made if update not in written and update.changed]
    if left and not written:
        raise typer.BadParameter(f"nothing is written. {_left(left)}")
    _write(written, out, known, keys)
    _tell(written, left, planned, tier)


def _refuse_wrong(records: Sequence[Record]) -> None:
    """Refuse what nobody could read again, before anything is written."""
    for record in records:
        try:
            refuse_wrong(record)
        except ValueError as error:
            raise typer.BadParameter(
                f"nothing is written: the record of {record.method} ({record.variant}) on "
                f"{record.task}, seed {record.seed}, can't be published, as {error}. Mend the "
                "suite's scoring, or the range that it declares."
            ) from None


def worth_publishing(records: Sequence[Record], out: Path) -> list[Record]:
    """Records without those of methods that were skipped wherever they were ever asked for.

    That a task lacks something says nothing of a method that wasn't run, here or in what `out`
    holds of it; of one that was, a table has to know that it can't do that task.
    """
    ran = {(r.suite, r.method) for r in records if r.status != "skipped"}

    def known(record: Record) -> bool:
        file = out / record.suite / f"{record.method}.jsonl"
        return (record.suite, record.method) in ran or file.is_file()

    return [record for record in records if known(record)]


def stands(record: Record, known: Catalogue) -> bool:
    """Whether a published line's cell is still there: its task in that version, its variant."""
    suite = known.suites.get(record.suite)
    method = known.methods.get(record.suite, {}).get(record.method)
    tasks = [task for task in suite.tasks if task.name == record.task] if suite else []
    return (
        method is not None
        and record.variant in method.variants
        and any(
            task.version == record.task_version
            and record.tier in task.settings
            and method.enters(task)
            and method.runs_at(record.tier)
            for task in tasks
        )
    )


def _write(written: Sequence[Update], out: Path, known: Catalogue, keys: Keys) -> None:
    """The files that records keep, the records, and the ledgers; the names of files are printed."""
    records = [record for update in written for record in update.records]
    write_kept(records, folder_of(home()), out)
    for update in written:
        replace_file(update.path, update.text)
        print(update.path)
    prune_kept(out)
    for name in sorted({record.suite for record in records}):
        own = [record for record in records if record.suite == name]
        if _write_ledger(out / name / ledger.PUBLISHED, own, known, keys):
            print(out / name / ledger.PUBLISHED)


def _write_ledger(file: Path, records: Sequence[Record], known: Catalogue, keys: Keys) -> bool:
    """Add what lies behind records to a suite's published ledger; whether anything was new."""
    more = behind(records, known, keys)
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    try:
        text = ledger.published_text(more.assets, more.closures, before)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PublishedError(
            f"{file}: not a ledger ({error}). Take it back from git, or delete it; export again."
        ) from None
    if text != before:
        replace_file(file, text)
    return text != before


def _tell(written: Sequence[Update], left: Sequence[Update], planned: Plan, tier: str) -> None:
    """What isn't in the files, and why, on standard error."""
    for update in written:
        for sentence in _dropped(update):
            _say(sentence)
    for task in planned.left_out:
        _say(f"{task}; what is published of it stays")
    if left:
        _say(_left(left))
    names = {(update.path.parent.name, update.path.stem) for update in written}
    runs = [*planned.todo, *(run for run, _ in planned.skipped)]
    missing = Counter(p.run.method for p in runs if (p.run.suite, p.run.method) in names)
    for name, count in sorted(missing.items()):
        _say(
            f"{name}: {count} {'run has' if count == 1 else 'runs have'} no current record here at "
            f"tier {tier}; what is published of that stays. `python -m bench run --tier {tier} "
            f"--method {name}` goes on."
        )


def _dropped(update: Update) -> list[str]:
    """A sentence for each task, version and variant whose lines went."""
    gone = Counter((r.task, r.task_version, r.tier, r.variant) for r in update.dropped)
    return [
        f"{update.path}: {count} {'line' if count == 1 else 'lines'} dropped: there is no "
        f"{variant} run of task {task} (version {version}, tier {tier}) any more"
        for (task, version, tier, variant), count in sorted(gone.items())
    ]


def _left(left: Sequence[Update]) -> str:
    """Which files stay as they are though there are records for them."""
    names = [update.path.stem for update in left]
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    return (
        f"Left as they are: the published files of {shown}, though they were run here. Name those "
        f"that you mean to change, e.g. --method {names[0]}, or give --all."
    )


def _nothing_current(path: Path, planned: Plan, chosen: Selection) -> str:
    options = [f"--tier {chosen.tier}"]
    options += [f"--{kind} {name}" for kind, name in _named(chosen)]
    why = "".join(f" {line}." for line in reasons(planned)[:2] if line.startswith("why: "))
    return (
        f"{path}: no current record of these runs.{why} Make some with "
        f"`python -m bench run {' '.join(options)}`."
    )


def _named(chosen: Selection) -> Iterable[tuple[str, str]]:
    asked = (("suite", chosen.suites), ("task", chosen.tasks), ("method", chosen.methods))
    return ((kind, name) for kind, names in asked for name in names)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def publication(
    note: Annotated[str, typer.Option("--note", help="A sentence on it, for readers.")] = "",
    tier: Annotated[str, typer.Option("--tier", help="The one that the site shows.")] = "small",
    published: Annotated[
        Path, typer.Option(help="Folder of published records.", show_default="reports/published")
    ] = PUBLISHED,
) -> None:
    """Write down what is published now: a line of reports/publications.jsonl.

    It holds every row's rank and score and a digest over all records, and gives the publication a
    name for ever. The site says what each publication changed, and offers it as a feed. Where
    nothing changed since the last one, nothing is written.

    Examples:

        python -m bench publication --note "Three new merging methods."
    """
    from reports.board import boards
    from reports.history import history_of, read_history
    from reports.history import publication as made_of

    known = read_catalogue()
    records = list(read_published(published))
    if not records:
        raise typer.BadParameter(f"{published} holds no records: publish some with export.")
    found = [b for suite in known.suites for b in boards(records, known, suite, chosen_tier(tier))]
    new = made_of(records, found, note)
    file = history_of(published)
    history = read_history(file)
    if history and history[-1].digest == new.digest:
        print(f"Nothing changed since {history[-1].id}.")
        return
    replace_file(file, "".join(f"{one.to_json()}\n" for one in (*history, new)))
    print(f"{file}: {new.id}, {new.records:,} records.")
