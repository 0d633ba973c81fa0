"""The contract of a hypernet method, held against it on the smallest courses.

Here: the clauses, each on every task whose needs the method meets; `check` holds a method to all of
them, for `python -m bench try`; tests/methods/hypernet/test_contract.py holds this repository's
methods to them one by one. Not here: what can be told from the declaration alone
(bench.catalogue.mistakes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Generator, Tensor, nn

from bench.catalogue.registry import Method
from bench.contract.job import ContractError
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.clauses import (
    Checked,
    Contract,
    changes_nothing,
    never_asked_for,
    other_values,
)
from suites.hypernet import harness
from suites.hypernet.building import draw_course
from suites.hypernet.course import Part, Questions, Stage
from suites.hypernet.definition import course_settings
from suites.hypernet.objective import answer
from suites.hypernet.problem import TOLERANCE, HypernetProblem, TooFewNumbers
from suites.hypernet.tasks import TASKS
from suites.hypernet.training import Fit, fit

GUARDED = {"support": "_support", "teacher": "_teacher", "sizes": "_sizes"}
"""Needs that the problem holds a method to; the suite's others only say where it can run."""

STEPS = 6
"""How long the trainings of a check are."""

RATES = {"rates": {"adam": [1e-3, 1e-2], "sgd": [1e-2]}}


@dataclass(frozen=True)
class CheckedHypernet(Checked):
    """A hypernet method under check."""

    def parts(self) -> Iterator[Part]:
        """The smallest parts of every task that it can run on, with short trainings.

        Those whose cap it can't meet, as it says itself, are left out.
        """
        for task in TASKS:
            if set(self.method.needs) <= set(task.offers):
                for part in parts_of(task.name):
                    with suppress(TooFewNumbers):
                        self.build(part)
                        yield part

    def module(
        self, part: Part, seed: int = 0, without: str = "", changed: Mapping[str, Any] | None = None
    ) -> nn.Module:
        """What it returns for a part, held against the form that it must have; see `build`."""
        module = self.build(part, seed, without, changed)
        harness.check(module, part)
        return module

    def build(
        self,
        part: Part,
        seed: int = 0,
        without: str = "",
        changed: Mapping[str, Any] | None = None,
    ) -> nn.Module:
        """What it returns for a part.

        Args:
            without: a need that it isn't given, though it declares it.
            changed: hyperparameters that differ from its defaults.
        """
        needs = tuple(need for need in self.method.needs if need != without)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return self.call(
                problem_of(part, needs, seed), **{**(self.method.params or {}), **(changed or {})}
            )


def check(call: Callable[..., Any], method: Method) -> list[str]:
    """Every breach that a method commits on the smallest courses.

    Args:
        call: its function.
        method: its declaration.
    """
    return CONTRACT.breaches(CheckedHypernet(call, method))


@cache
def parts_of(name: str) -> tuple[Part, ...]:
    """A task's parts at the smoke tier's first seed, cut to few steps and questions."""
    task = next(task for task in TASKS if task.name == name)
    drawn = draw_course(name, course_settings(task.settings["smoke"]), 0)
    return tuple(
        replace(
            part,
            stages=tuple(_first_steps(stage) for stage in part.stages[:2]),
            validation=_first_questions(part.validation),
            test=_first_questions(part.test),
        )
        for part in drawn
    )


def _first_steps(stage: Stage) -> Stage:
    return replace(
        stage,
        rows=stage.rows[:STEPS],
        labels=stage.labels[:STEPS],
        conditions=stage.conditions[:STEPS],
        masks=None if stage.masks is None else stage.masks[:STEPS],
    )


def _first_questions(asked: Questions) -> Questions:
    return replace(
        asked,
        names=asked.names[:3],
        conditions=asked.conditions[:3],
        inputs=asked.inputs[:3, :8],
        labels=None if asked.labels is None else asked.labels[:3, :8],
        masks=None if asked.masks is None else asked.masks[:3],
    )


def problem_of(part: Part, needs: tuple[str, ...], seed: int = 0) -> HypernetProblem:
    """What a method is given for a part."""
    generator = torch.Generator().manual_seed(seed)
    return harness.problem_of(part, needs, generator)


def returns_a_hypernetwork(checked: CheckedHypernet) -> Iterator[str]:
    """It returns a module of the right form, within the cap, on every task that it can run on."""
    ran = False
    for part in checked.parts():
        ran = True
        try:
            checked.module(part)
        except ContractError as error:
            yield f"{checked.at()}: {error}"
            return
    if not ran:
        yield (
            f"{checked.at()}: no task of the suite offers all of "
            f"needs={list(checked.method.needs)}. Take out what it can do without."
        )


def is_the_same_twice(checked: CheckedHypernet) -> Iterator[str]:
    """The same problem gives the same module, another generator another one."""
    for part in checked.parts():
        one, again, other = (states(checked.module(part, seed)) for seed in (1, 1, 2))
        if not same(one, again):
            yield (
                f"{checked.at()}: the same problem twice gave two modules. Draw with "
                "generator=problem.generator, from nothing else."
            )
            return
        if same(one, other):
            yield (
                f"{checked.at()}: another generator gave the same module. Draw its initial "
                "parameters with generator=problem.generator."
            )
            return


def can_be_stacked(checked: CheckedHypernet) -> Iterator[str]:
    """It does nothing that can't be recorded once and trained in a stack."""
    for part in checked.parts():
        try:
            _fit(checked.module(part), part)
        except ContractError as error:
            own = str(error).startswith(f"{checked.method.path.name}:")
            yield f"{checked.method.path.parent}/{error}" if own else f"{checked.at()}: {error}"
            return


def spends_the_cap(checked: CheckedHypernet) -> Iterator[str]:
    """It has as many trainable numbers as the others, or says that it can't."""
    shares = [harness.numbers(checked.module(part)) / part.cap for part in checked.parts()]
    if min(shares) < 1 - TOLERANCE and "smaller" not in checked.method.traits:
        yield (
            f"{checked.at()}: it has {min(shares):.0%} of the numbers that it may have. Make its "
            "layers larger (problem.cap), or declare traits=['smaller'] in its @method line."
        )


def takes_a_condition_for_each_sample(checked: CheckedHypernet) -> Iterator[str]:
    """Different conditions in one batch give what they give one by one."""
    for part in checked.parts():
        module = checked.module(part).eval()
        asked = part.validation
        with torch.no_grad():
            together = _ask(module, part, slice(None))
            alone = [_ask(module, part, slice(i, i + 1)) for i in range(len(asked.names))]
        if (together - torch.cat(alone)).abs().max() > 1e-5 * together.abs().max().clamp(min=1):
            yield (
                f"{checked.at()}: a batch of conditions gives something else than one by one. "
                "Treat the first dimension as independent samples."
            )
            return


def depends_on_the_condition(checked: CheckedHypernet) -> Iterator[str]:
    """Another condition gives other parameters (or logits of its own) once it is trained."""
    differing = []
    for part in checked.parts():
        asked = part.validation
        size = part.conditions.size
        if size < (2 if "scale_free" in checked.method.traits else 1) or len(asked.names) < 2:
            continue
        trained = _trained(checked, part)
        first = asked.inputs[:1].expand(2, -1, -1)
        masks = None if asked.masks is None else asked.masks[:1].expand(2, -1)
        two = asked.conditions[[0, -1]]
        with torch.no_grad():
            if hasattr(trained, "logits"):
                found = answer(trained, part.target, two, first, masks)
            else:
                found = part.target.join(trained(two))
        differing.append(not torch.equal(found[0], found[1]))
    declared = "unconditional" in checked.method.traits
    if differing and not all(differing) and not declared:
        yield (
            f"{checked.at()}: what it generates doesn't depend on the condition. Use the "
            "condition, or declare traits=['unconditional'] in its @method line."
        )
    if differing and all(differing) and declared:
        yield f"{checked.at()}: traits holds 'unconditional', but it isn't. Take it out."


def ignores_a_scale_where_it_says_so(checked: CheckedHypernet) -> Iterator[str]:
    """Longer conditions of one direction give the same, for what is declared `scale_free`."""
    if "scale_free" not in checked.method.traits:
        return
    for part in checked.parts():
        trained = _trained(checked, part)
        asked = part.validation
        masks = None if asked.masks is None else asked.masks[-1:]
        short, long = (
            answer(trained, part.target, scale * asked.conditions[-1:], asked.inputs[-1:], masks)
            for scale in (1, 2)
        )
        if not torch.allclose(short, long, atol=1e-5, rtol=1e-4):
            yield f"{checked.at()}: traits holds 'scale_free', but it isn't. Take it out."
            return


def stacks_without_changing_digits(checked: CheckedHypernet) -> Iterator[str]:
    """Trained with others in a stack it has the digits that it has alone."""
    for part in checked.parts():
        together, alone = (_fit(checked.module(part), part, chunk) for chunk in (None, 1))
        if not all(
            identical(a.losses, b.losses) and identical(a.test, b.test)
            for a, b in zip(together, alone, strict=True)
        ):
            yield (
                f"{checked.at()}: its digits depend on how many networks are trained at once. "
                "Build it from suites.hypernet.layers and suites.common.networks.Linear, in "
                "shapes that are multiples of 4."
            )
            return


def asks_for_all_that_it_declares(checked: CheckedHypernet) -> Iterator[str]:
    """Each need that the problem guards is one that it fails without."""
    for need in sorted(GUARDED.keys() & set(checked.method.needs)):
        try:
            for part in checked.parts():
                checked.module(part, without=need)
        except ContractError:
            continue
        yield never_asked_for(checked, need)


def each_hyperparameter_counts(checked: CheckedHypernet) -> Iterator[str]:
    """Another value of each hyperparameter gives another result: half of it."""
    for name, default in (checked.method.params or {}).items():
        others = other_values(default)
        if others and not any(
            _counts(checked, part, name, default, other)
            for other in others
            for part in checked.parts()
        ):
            yield changes_nothing(checked, name, default, others)


def _counts(checked: CheckedHypernet, part: Part, name: str, default: Any, other: Any) -> bool:
    """Whether another value of a hyperparameter trains otherwise, or can't be trained at all."""
    try:
        one, two = (
            _fit(checked.module(part, changed={name: value}), part)[-1]
            for value in (default, other)
        )
    except ContractError:
        return True
    return not (identical(one.losses, two.losses) and identical(one.test, two.test))


CONTRACT = Contract(
    ground=(returns_a_hypernetwork, is_the_same_twice, can_be_stacked),
    others=(
        spends_the_cap,
        takes_a_condition_for_each_sample,
        depends_on_the_condition,
        ignores_a_scale_where_it_says_so,
        stacks_without_changing_digits,
        asks_for_all_that_it_declares,
        each_hyperparameter_counts,
    ),
)


def states(module: nn.Module) -> Mapping[str, Tensor]:
    """All numbers of a module."""
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether two modules hold the same numbers."""
    return all(torch.equal(one[name], other[name]) for name in one)


def identical(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors agree in every digit; a training that diverged equals its like."""
    return torch.equal(one.nan_to_num(torch.pi), other.nan_to_num(torch.pi))


def _ask(module: nn.Module, part: Part, some: slice) -> Tensor:
    asked = part.validation
    masks = None if asked.masks is None else asked.masks[some]
    return answer(module, part.target, asked.conditions[some], asked.inputs[some], masks)


def _fit(module: nn.Module, part: Part, chunk: int | None = None) -> list[Fit]:
    meter = Meter(Budget())
    return fit([module], [part], RATES, [meter], [Generator().manual_seed(0)], chunk=chunk)[0]


def _trained(checked: CheckedHypernet, part: Part) -> nn.Module:
    """The method's module after a few steps, as some start with the condition's effect at zero."""
    module = checked.module(part)
    parameters = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(parameters, lr=1e-2)
    asked = part.validation
    assert asked.labels is not None
    for _ in range(STEPS):
        scores = _ask(module, part, slice(None))
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), asked.labels.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return module.eval()
