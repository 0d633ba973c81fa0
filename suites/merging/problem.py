"""What a merging method is given: experts, and what more it asks for, metered.

Here: the problem object. The experts' weights and the template are free; the pretrained weights,
examples, statistics, validation and test inputs are each given only to a method that names them
in `needs`, and what they cost is charged to the run. Validation and statistics are trusted loops:
one step is counted, the others charged as much. Test labels are in no problem.
Not here: running a method and scoring what it returns (suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar, cast

import torch
from torch import Generator, Tensor, nn

from bench.contract.inputs import digests
from bench.contract.job import ContractError
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.accuracy import accuracy, choose
from suites.common.charging import Charges
from suites.common.needs import require
from suites.merging.buffers import mean_observed, observed, replaced
from suites.merging.counters import COUNTERS, EXAMPLES, TRIALS
from suites.merging.evaluation import Examples, logits
from suites.merging.form import check_state, check_states
from suites.merging.given import check_given
from suites.merging.routing import Routing
from suites.merging.statistics import diagonal_fisher, input_grams
from suites.merging.vectors import State

Router = Callable[[Tensor, int], Tensor]
"""`router(inputs, task) -> scores`: a merged model that isn't one state, e.g. a module.

Inputs have shape (examples, ...), scores (examples, outputs); `task` is the number of the expert
whose classes the inputs have.
"""

Remembered = TypeVar("Remembered", Tensor, State)
"""What `MergingProblem.remember` keeps."""

Merged = State | Sequence[State] | Router
"""What a method returns: one state; one state an expert (for inputs of its classes); a router."""


GUARDED = frozenset(
    ("pretrained", "unlabeled", "labels", "fisher", "gram", "validation", "test_inputs")
) | {"apart", "routing"}
"""Needs that the problem holds a method to; the suite's others only tell the reader."""


DATA = ("none", "unlabeled", "labeled", "test")
"""Classes of data that a method may use, from the weakest to the strongest."""


ENDLESS = 10**12
"""More validations than any run makes: what is left of them where they are unbounded."""


class MergingProblem:
    """Experts to be merged.

    Attributes:
        experts: each expert's state, fine-tuned apart; float32, the same names and shapes. Names
            hold what fine-tuning changed: a head that stayed frozen is in the template alone.
            Floating-point buffers (BatchNorm's running statistics) are the experts' mean in all of
            them, and in `pretrained`: see suites.merging.buffers.
        model: the template network, in evaluation mode: structure, and frozen parameters. Run it
            with `torch.func.functional_call(problem.model, state, (inputs,))`.
        generator: the only source of the method's draws.
        meter: the method's handle of what the run spends; the harness has it counting.
        trials: how many of the meter's validations are this problem's.
    """

    def __init__(
        self,
        model: nn.Module,
        experts: Sequence[State],
        *,
        pretrained: State | None = None,
        calibration: Sequence[Examples] = (),
        validation: Sequence[Examples] = (),
        test_inputs: Sequence[Tensor] = (),
        test_classes: Sequence[Tensor] = (),
        needs: Iterable[str] | None = None,
        meter: Meter | None = None,
        trials: int | None = None,
        fisher_examples: int | None = None,
        routing: Routing | None = None,
        generator: Generator | None = None,
    ) -> None:
        """Build a problem from tensors; all but the first two may be left out, e.g. in a test.

        Args:
            model, experts: see above.
            pretrained: what the experts were fine-tuned from.
            calibration: for each expert, labelled examples of its own task, apart from those it
                was trained, validated and tested on.
            validation: for each expert, labelled examples of its own task.
            test_inputs: for each cell of the task, the inputs that will be scored.
            test_classes: for each cell, the classes among which they will be.
            needs: what the method declared; by default everything may be asked for.
            meter: by default one without limits, which isn't counting.
            trials: how many of the meter's validations are for this problem; by default all.
            fisher_examples: the most of an expert's examples that `fisher` takes; by default all.
            routing: the router of a mixture whose experts these are.
            generator: by default one seeded with 0.
        Raises:
            ValueError: the states don't fit together (suites.merging.given).
        """
        self.model = model.eval()
        check_given(experts, pretrained, self.model)
        self._buffers = [observed(self.model, expert) for expert in experts]
        shared = mean_observed(self.model, experts)
        self.experts = [replaced(expert, shared) for expert in experts]
        self._meter = meter or Meter(Budget(), COUNTERS)
        self.meter = self._meter.handle()
        self.generator = generator or Generator().manual_seed(0)
        self.trials = trials_of(self._meter.budget) if trials is None else trials
        self._fisher_examples = fisher_examples
        self._routing = routing
        self._routings: dict[int, Tensor] = {}
        self._tried = 0
        self._pretrained = None if pretrained is None else replaced(pretrained, shared)
        self._calibration = list(calibration)
        self._validation = list(validation)
        self._test_inputs = list(test_inputs)
        self._test_classes = list(test_classes)
        self._needs = None if needs is None else frozenset(needs)
        self._charges = Charges(self._meter)
        self._taken = [0] * len(self.experts)
        self._fishers: dict[tuple[int, int], State] = {}
        self._grams: dict[tuple[int, int], dict[str, Tensor]] = {}
        self._remembered: dict[Hashable, tuple[Any, dict[str, str]]] = {}
        self._used: set[str] = set()

    @property
    def pretrained(self) -> State:
        """theta_0, what the experts were fine-tuned from. Needs `pretrained`.

        Raises:
            ContractError: the method didn't declare the need, or the task has no such model.
        """
        require("pretrained", self._needs, "problem.pretrained")
        if self._pretrained is None:
            raise ContractError("this task's experts have no pretrained model in common")
        return self._pretrained

    @property
    def trials_left(self) -> int:
        """How many more validations this problem has of the budget. Needs `validation`."""
        require("validation", self._needs, "problem.trials_left")
        return self._trials_left()

    @property
    def data_used(self) -> str:
        """The strongest class of data that was asked for: none, unlabeled, labeled or test."""
        return max(self._used, key=DATA.index, default=DATA[0])

    def unlabeled(self, expert: int, count: int) -> Tensor:
        """Inputs of an expert's task, shape (count, ...). Needs `unlabeled`.

        The first `count` of the task's pool, or all where it holds fewer. Each example is charged
        when it is first handed out: asking again, as tuning does, gives what the method could
        have kept.

        Raises:
            ContractError: the need wasn't declared, or the count isn't positive.
            BudgetExceeded: the run may take no more examples.
        """
        require("unlabeled", self._needs, "problem.unlabeled()")
        return self._take(expert, count, "unlabeled").inputs

    def labeled(self, expert: int, count: int) -> tuple[Tensor, Tensor]:
        """Inputs of an expert's task and their labels, shape (count,). Needs `labels`.

        The same examples that `unlabeled` gives, charged and refused likewise.
        """
        require("labels", self._needs, "problem.labeled()")
        examples = self._take(expert, count, "labeled")
        assert examples.labels is not None
        return examples.inputs, examples.labels

    def observed(self, expert: int) -> State:
        """An expert's own running statistics, by name, where `experts` hold their mean.

        Needs `apart`: of experts whose channels stand in different orders the mean means nothing,
        and a method that puts them into one order takes their statistics along.
        """
        require("apart", self._needs, "problem.observed()")
        return {name: tensor.clone() for name, tensor in self._buffers[expert].items()}

    def classes(self, expert: int) -> Tensor:
        """The classes that an expert's task tells apart, shape (classes,), int64, increasing."""
        return self._pool(expert).classes

    def fisher(self, expert: int, count: int) -> State:
        """The diagonal Fisher information of an expert on unlabelled examples of its task.

        Needs `fisher`. On the examples that `unlabeled(expert, count)` gives; where a task's
        networks are large, on fewer (its notes say so). Charged once for each (expert, count), in
        the phase "statistics": the examples, and for each of them one forward and one backward
        pass a class.

        Returns:
            Parameter name -> tensor of its shape; see suites.merging.statistics.
        """
        require("fisher", self._needs, "problem.fisher()")
        if self._fisher_examples is not None:
            count = min(count, self._fisher_examples)
        key = (expert, count)
        if key not in self._fishers:
            examples = self._take(expert, count, "unlabeled")
            with self._meter.phase("statistics"):
                self._fishers[key] = diagonal_fisher(
                    self.model, self._own(expert), examples, self._charges
                )
        return {name: tensor.clone() for name, tensor in self._fishers[key].items()}

    def gram(self, expert: int, count: int) -> dict[str, Tensor]:
        """Gram matrices of an expert's layer inputs on unlabelled examples of its task.

        Needs `gram`. On the examples that `unlabeled(expert, count)` gives. Charged once for
        each (expert, count), in the phase "statistics".

        Returns:
            Name of a Linear layer's weight -> X^T X / n, shape (inputs, inputs).
        """
        require("gram", self._needs, "problem.gram()")
        key = (expert, count)
        if key not in self._grams:
            examples = self._take(expert, count, "unlabeled")
            with self._meter.phase("statistics"):
                self._grams[key] = input_grams(
                    self.model, self._own(expert), examples, self._charges
                )
        return {name: tensor.clone() for name, tensor in self._grams[key].items()}

    def routing(self, count: int) -> Tensor:
        """A router's scores of inputs as they come, (count, experts); charged once a count."""
        require("routing", self._needs, "problem.routing()")
        if self._routing is None:
            raise ContractError("this task's experts are of no mixture")
        if count not in self._routings:
            self._used.add("unlabeled")
            few = min(count, len(self._routing.inputs))
            self._meter.spend(EXAMPLES.name, few, f"asking for {few} examples' routing")
            with self._meter.phase("statistics"):
                self._routings[count] = self._routing.ask(few, self._charges)
        return self._routings[count].clone()

    def remember(self, what: Hashable, compute: Callable[[], Remembered]) -> Remembered:
        """`compute()`, or what it gave when the same `what` was asked for before.

            change = problem.remember(("mine", keep), lambda: slow(problem, keep))

        For what doesn't depend on a hyperparameter that is tuned, such as a scale: every point of
        the grid gets this problem, and pays nothing for what the method could have kept.

        Args:
            what: names it, with each hyperparameter that it depends on.
            compute: gives a tensor, or a dict of them; what it spends is spent once.
        Returns:
            The same object each time: don't write into it.
        Raises:
            ContractError: it was written into.
        """
        if what not in self._remembered:
            value = compute()
            self._remembered[what] = (value, digests(_named(value)))
        value, before = self._remembered[what]
        if digests(_named(value)) != before:
            raise ContractError(
                f"the method wrote into what problem.remember({what!r}, ...) gave it. Clone a "
                "tensor before writing it."
            )
        return cast(Remembered, value)

    def validate(self, merged: Merged) -> float:
        """Accuracy on the experts' own cells, a fraction: the mean over them. Needs `validation`.

        Each example is classified among its task's classes. One trial, and the forward passes in
        the phase "tuning".

        Raises:
            ContractError: the need wasn't declared, or that isn't what a method may return.
            BudgetExceeded: no trial is left.
        """
        require("validation", self._needs, "problem.validate()")
        return self._try_out(merged)

    def _try_out(self, merged: Merged) -> float:
        """`validate` for the harness, which tunes methods that didn't declare the need."""
        if not self._validation:
            raise ContractError("this task has no validation examples")
        if self._tried == self.trials < (most := trials_of(self._meter.budget)):
            self._meter.refuse(
                f"validation number {self._tried + 1} is over this problem's share of the "
                f"budget, {self.trials} of {most}"
            )
        self._meter.spend(TRIALS.name, 1, f"validation number {self._tried + 1}")
        self._tried += 1
        self._used.add("labeled")
        with self._meter.phase("tuning"):
            return self._validation_accuracy(merged)

    def _trials_left(self) -> int:
        return int(min(self.trials - self._tried, self._meter.left(TRIALS.name)))

    def test_inputs(self, cell: int) -> Tensor:
        """Inputs that will be scored, shape (examples, ...), unlabelled. Needs `test_inputs`."""
        require("test_inputs", self._needs, "problem.test_inputs()")
        self._used.add("test")
        return self._test_inputs[cell]

    def test_classes(self, cell: int) -> Tensor:
        """The classes among which a cell's inputs are scored, as `classes`. Needs `test_inputs`."""
        require("test_inputs", self._needs, "problem.test_classes()")
        return self._test_classes[cell]

    @property
    def test_cells(self) -> int:
        """How many cells will be scored. Needs `test_inputs`."""
        require("test_inputs", self._needs, "problem.test_cells")
        return len(self._test_inputs)

    def handed(self) -> dict[str, Tensor]:
        """Every tensor that a method may get at, under the name that it knows it by."""
        found = {f"pretrained[{name!r}]": t for name, t in (self._pretrained or {}).items()}
        for i, state in enumerate(self.experts):
            found |= {f"experts[{i}][{name!r}]": tensor for name, tensor in state.items()}
        found |= {f"model's {name!r}": tensor for name, tensor in self.model.state_dict().items()}
        found |= {f"test_inputs({i})": tensor for i, tensor in enumerate(self._test_inputs)}
        found |= {f"test_classes({i})": tensor for i, tensor in enumerate(self._test_classes)}
        for kind, pools in (("examples", self._calibration), ("validation", self._validation)):
            for i, pool in enumerate(pools):
                found[f"{kind} of {i}"] = pool.inputs
                found[f"classes of the {kind} of {i}"] = pool.classes
                if pool.labels is not None:
                    found[f"labels of the {kind} of {i}"] = pool.labels
        return found

    def _validation_accuracy(self, merged: Merged) -> float:
        sizes = [len(examples) for examples in self._validation]
        if isinstance(merged, dict):
            check_state(merged, self.experts[0])
            together = torch.cat([examples.inputs for examples in self._validation])
            scores = logits(self.model, merged, together, self._charges).split(sizes)
        elif callable(merged):
            with torch.no_grad():
                scores = tuple(merged(e.inputs, i) for i, e in enumerate(self._validation))
        else:
            check_states(merged, self.experts)
            scores = tuple(
                logits(self.model, state, examples.inputs, self._charges)
                for state, examples in zip(merged, self._validation, strict=True)
            )
        with self._meter.paused():
            accuracies = []
            for examples, answer in zip(self._validation, scores, strict=True):
                assert examples.labels is not None
                accuracies.append(accuracy(choose(answer, examples.classes), examples.labels))
        return sum(accuracies) / len(accuracies)

    def _own(self, expert: int) -> State:
        """An expert with the buffers that it came with: what its activations are."""
        return replaced(self.experts[expert], self._buffers[expert])

    def _pool(self, expert: int) -> Examples:
        if not 0 <= expert < len(self._calibration):
            raise ContractError(
                f"the method asked for examples of expert {expert}, but this task has them for "
                f"experts 0 to {len(self._calibration) - 1}"
            )
        return self._calibration[expert]

    def _take(self, expert: int, count: int, kind: str) -> Examples:
        """At most `count` examples of the pool; those not handed out before are charged."""
        pool = self._pool(expert)
        if count < 1:
            raise ContractError(f"the method asked for {count} examples. Ask for at least one.")
        count = min(count, len(pool))
        new = max(0, count - self._taken[expert])
        self._meter.spend(EXAMPLES.name, new, f"asking for {new} examples of expert {expert}")
        self._taken[expert] = max(count, self._taken[expert])
        self._used.add(kind)
        labels = None if pool.labels is None else pool.labels[:count]
        return Examples(pool.inputs[:count], pool.classes, labels)


def _named(value: Tensor | State) -> State:
    return {"": value} if isinstance(value, Tensor) else value


def trials_of(budget: Budget) -> int:
    """How many validations a budget allows; ENDLESS where they are unbounded."""
    return int(min(budget.limit(TRIALS.name), ENDLESS))
