"""What can be wrong with a declaration, found in its text alone.

Here: the types of the decorators' arguments, which pydantic checks, and one check for each mistake
that only the suite or the function's head can show. Each tells the line of the mistake and a
sentence that says what and how to mend it. Not here: the text (bench.catalogue.decorated), imports
(bench.catalogue.imports); mistakes that show only when the method runs, which are the suite's to
check (bench.running.checking).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bench.catalogue.decorated import Decorated
from bench.catalogue.standing import stands_on
from bench.catalogue.suggestions import did_you_mean
from bench.contract.suite import TIERS, Suite

Mistake = tuple[int, str]
"""The line, and the sentence that comes after file and line."""


def _storable(value: Any) -> Any:
    """A value that a key and a record can hold: finite JSON. Raises ValueError on another."""
    try:
        json.dumps(value, allow_nan=False)
    except TypeError as error:
        raise ValueError(error) from None
    return value


def _identifier(name: str) -> str:
    if not name.isidentifier():
        raise ValueError(f"{name!r} is no name of an argument")
    return name


Text = Annotated[str, Field(min_length=1)]
Storable = Annotated[Any, AfterValidator(_storable)]
Argument = Annotated[str, AfterValidator(_identifier)]


class ReferenceArguments(BaseModel):
    """The arguments of `@reference`; bench.contract.decorators says what they mean."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: Text
    title: Text
    role: Literal["floor", "ceiling", "scale"]
    meaning: Text
    track: str = ""
    tasks: Sequence[str] = ()


class MethodArguments(BaseModel):
    """The arguments of `@method`."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: Text
    title: Text
    paper: tuple[Text, int, str]
    needs: Sequence[str] = ()
    params: dict[Argument, Storable] | None = None
    space: dict[str, Annotated[Sequence[Storable], Field(min_length=1)]] | None = None
    track: str = ""
    traits: Sequence[str] = ()
    tiers: Sequence[str] = ()


DECORATORS: Mapping[str, type[BaseModel]] = {
    "method": MethodArguments,
    "reference": ReferenceArguments,
}

PAPER = "Write (title, year, link), e.g. ('TIES', 2023, 'https://…')."
NAMES = "Write a list of names, e.g. {word}=['one']."
VALUE = (
    "Write what a record can hold: a finite number, a text, True, False, None, or a list of them."
)
GRID = "Write a list of the values to try."
KEY = "Write the name of an argument, as a text."

KEY_MARK = "[key]"
"""What pydantic ends a place with where a key is wrong, not its value."""

MENDS: Mapping[str, Sequence[str]] = {
    # argument -> how to mend it, how to mend what stands in it, what stands in that, and so on
    "name": ["Write the file's name, as a text."],
    "title": ["Write the name that the site should show, as a text."],
    "role": ["Write 'floor', 'ceiling' or 'scale'."],
    "meaning": ["Write one phrase for the table, as a text."],
    "track": ["Write the name of a ranking, as a text."],
    "paper": [PAPER],
    "tasks": [NAMES],
    "needs": [NAMES],
    "traits": [NAMES],
    "tiers": [NAMES],
    "params": ["Write a dict, e.g. {{'scale': 0.3}}.", VALUE],
    "space": [
        "Write a dict, e.g. {{'scale': [1, 2]}}.",
        "Write a list of the values to try.",
        VALUE,
    ],
}


def wrong_types(declared: Decorated, decorator: str) -> Iterator[Mistake]:
    """Every argument of a decorator that is unknown, missing or of a wrong type.

    Args:
        decorator: `method` or `reference`.
    """
    model = DECORATORS[decorator]
    try:
        model.model_validate(declared.values)
    except ValidationError as error:
        # an unknown argument first: it is often a known one misspelt, which is missing then
        wrongs = error.errors(include_url=False, include_context=False)
        for wrong in sorted(wrongs, key=lambda wrong: wrong["type"] != "extra_forbidden"):
            word, *inside = wrong["loc"]
            line = declared.line(str(word), *inside)
            if wrong["type"] == "extra_forbidden":
                known = model.model_fields
                yield (
                    line,
                    f"@{decorator} doesn't know {word}.{did_you_mean(str(word), known)} It takes "
                    f"{', '.join(known)}.",
                )
            elif wrong["type"] == "missing" and not inside:
                yield line, f"@{decorator} lacks {word}. Add {word}=... to it."
            else:
                yield line, _wrong_type(declared, decorator, wrong["loc"])


def _wrong_type(declared: Decorated, decorator: str, place: tuple[Any, ...]) -> str:
    """The sentence for an argument, or for a part of it, that isn't what it must be."""
    word, *inside = place
    if inside[-1:] == [KEY_MARK]:
        return f"{_who(declared, decorator)} has {inside[-2]!r} in {word}. {KEY}"
    mends = MENDS[word]
    inside = inside[: len(mends) - 1]  # deeper than that the whole is to be written anew
    value = declared.values[word]
    for part in inside:
        value = value[part]
    written = word + "".join(f"[{part!r}]" for part in inside)
    mend = mends[len(inside)].format(word=word)
    return f"{_who(declared, decorator)} has {written} = {value!r}. {mend}"


def _who(declared: Decorated, decorator: str = "method") -> str:
    return f"{decorator} {declared.values.get('name', declared.function.name)!r}"


def mistakes(method: Decorated, suite: Suite) -> Iterator[Mistake]:
    """Every mistake of a method whose arguments are of the right types; the first is to be told."""
    checks = (_name(method), _offered(method, suite), _space(method), _signature(method))
    for line, sentence in chain(*checks):
        yield line, f"{_who(method)} {sentence}"


def mistakes_of_reference(reference: Decorated, suite: Suite) -> Iterator[Mistake]:
    """The same of a reference: names that its suite lacks, tasks that it is a scale's end of."""
    for line, sentence in chain(_standing(reference, suite), _ends(reference, suite)):
        yield line, f"{_who(reference, 'reference')} {sentence}"


def _standing(reference: Decorated, suite: Suite) -> Iterator[Mistake]:
    """Its track and the tasks that it names against what there is."""
    track, tracks = reference.values.get("track"), [known.name for known in suite.tracks]
    if track and track not in tracks:
        yield (
            reference.line("track"),
            f"has track={track}, which suite {suite.name!r} doesn't have."
            f"{did_you_mean(track, tracks)} It has {', '.join(tracks)}: correct track= in its "
            "@reference line.",
        )
    tasks = [task.name for task in suite.tasks]
    for place, pattern in enumerate(reference.values.get("tasks", ())):
        if not any(fnmatchcase(task, pattern) for task in tasks):
            yield (
                reference.line("tasks", place),
                f"has {pattern!r} in tasks, which no task of suite {suite.name!r} is called."
                f"{did_you_mean(pattern, tasks)} There are {', '.join(tasks)}: correct tasks= in "
                "its @reference line.",
            )


def _ends(reference: Decorated, suite: Suite) -> Iterator[Mistake]:
    """A floor or ceiling must stand on its task: without it the task has no score."""
    name, values = reference.values["name"], reference.values
    for task in suite.tasks:
        word = "tasks" if values.get("tasks") else "track"
        for end in ("floor", "ceiling"):
            named = getattr(task, end) == name
            there = task.admits(values.get("track", "")) and stands_on(
                task, values.get("tasks", ())
            )
            if named and not there:
                yield (
                    reference.line(word),
                    f"is the {end} of task {task.name!r}, but doesn't stand on it, as its {word}= "
                    f"says. Let it stand there, or give the task another {end}.",
                )


def _name(method: Decorated) -> Iterator[Mistake]:
    name, stem = method.values["name"], method.path.stem
    if name != stem:
        yield (
            method.line("name"),
            f"stands in a file of another name. Call the file {name}.py, or the method {stem!r}.",
        )


def _offered(method: Decorated, suite: Suite) -> Iterator[Mistake]:
    """Needs, traits, track and tiers against what there is."""
    track = method.values.get("track")
    for word, names, offered in (
        ("needs", method.values.get("needs", ()), [need.name for need in suite.needs]),
        ("traits", method.values.get("traits", ()), list(suite.traits)),
        ("track", [track] if track else [], [known.name for known in suite.tracks]),
        ("tiers", method.values.get("tiers", ()), list(TIERS)),
    ):
        for place, name in enumerate(names):
            if name not in offered:
                known = ", ".join(offered) or "none"
                yield (
                    method.line(word, place),
                    f"has {word}={name}, which suite {suite.name!r} doesn't offer."
                    f"{did_you_mean(name, offered)} It offers {known}: correct {word}= in "
                    "its @method line.",
                )


def _space(method: Decorated) -> Iterator[Mistake]:
    params, space = method.values.get("params") or {}, method.values.get("space") or {}
    for name, values in space.items():
        line = method.line("space", name)
        if name not in params:
            yield (
                line,
                f"has {name!r} in space but not in params.{did_you_mean(str(name), params)} Give "
                "its default in params.",
            )
        else:
            yield from _grid(method, name, values, params[name])


def _grid(method: Decorated, name: str, values: Sequence[Any], default: Any) -> Iterator[Mistake]:
    """The values to try must be of the default's type, and differ.

    The default needn't be among them: papers give grids without it, and tuning thins a long grid
    anyway.
    """
    for place, value in enumerate(values):
        line = method.line("space", name, place)
        if not _same_type(value, default):
            yield (
                line,
                f"has {value!r} in space[{name!r}], but its default in params is {default!r}. "
                f"Write values of that type ({type(default).__name__}).",
            )
        elif value in values[:place]:
            yield (
                line,
                f"has {value!r} twice in space[{name!r}]. Each would cost a trial: drop one.",
            )


def _same_type(value: Any, default: Any) -> bool:
    """Whether a value can stand for the default: a whole number may stand for a float."""
    if default is None:
        return True
    return type(value) is type(default) or (type(value), type(default)) == (int, float)


def _signature(method: Decorated) -> Iterator[Mistake]:
    function, params = method.function, method.values.get("params") or {}
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if not positional:
        yield function.lineno, f"takes no problem. Write def {function.name}(problem, *, ...)."
        return
    head = f"def {function.name}({', '.join([positional[0].arg, '*', *map(str, params)])})"
    head = head.replace(", *)", ")")
    for argument in arguments.posonlyargs[1:]:
        yield (
            argument.lineno,
            f"takes {argument.arg!r} by position only, but hyperparameters come by name. Write "
            f"{head}.",
        )
    optional = {a.arg for a in positional[len(positional) - len(arguments.defaults) :]}
    optional |= {
        a.arg
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    named = [*positional[1:], *arguments.kwonlyargs]
    for argument in named:
        if argument.arg not in params and argument.arg not in optional:
            yield (
                argument.lineno,
                f"has an argument {argument.arg!r} without a default. Add it to params."
                f"{did_you_mean(argument.arg, params)}",
            )
    for name in params:
        if name not in {a.arg for a in named} and arguments.kwarg is None:
            yield (
                function.lineno,
                f"has {name!r} in params, but {function.name}() takes no such argument. Write "
                f"{head}.",
            )
