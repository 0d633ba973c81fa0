"""Facility location and graph cut beside apricot-select, the Vendi score beside vendi-score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from apricot import FacilityLocationSelection, GraphCutSelection
from torch import Generator, Tensor
from vendi_score import vendi

from methods.selection.graph_cut import cut
from suites.selection.figures import vendi_score
from suites.selection.geometry import distances, facility_location, similarity
from tests.crosscheck.comparisons import compared

COUNT, SIZE = 60, 12


@pytest.fixture(params=range(4))
def points(request: pytest.FixtureRequest) -> Tensor:
    """Sixty points in four dimensions."""
    return torch.randn(COUNT, 4, generator=Generator().manual_seed(request.param))


def similarities(points: Tensor) -> Tensor:
    """Ours, in double precision, so that no tie is broken by rounding."""
    return similarity(distances(points.double()))


@compared(
    "facility_location", "apricot-select `FacilityLocationSelection`, precomputed similarities"
)
@pytest.mark.parametrize("optimizer", ["naive", "lazy"])
def test_facility_location_is_apricots(points: Tensor, optimizer: str) -> None:
    kernel = similarities(points)
    theirs = FacilityLocationSelection(SIZE, metric="precomputed", optimizer=optimizer)
    theirs.fit(kernel.numpy())
    order = facility_location(kernel, SIZE)
    assert order.tolist() == theirs.ranking.tolist()
    reached = kernel[:, order].amax(1).sum()
    assert float(reached) == pytest.approx(float(theirs.gains.sum()))


@compared(
    "facility_location",
    "apricot-select `FacilityLocationSelection`, from features",
    differs="apricot takes the largest squared distance less each squared distance, we distances; "
    "given the squares, the same",
)
def test_apricots_own_similarities_are_of_squared_distances(points: Tensor) -> None:
    theirs = FacilityLocationSelection(SIZE, metric="euclidean", optimizer="naive")
    theirs.fit(points.double().numpy())
    squared = similarity(distances(points.double()).square())
    assert facility_location(squared, SIZE).tolist() == theirs.ranking.tolist()
    assert facility_location(similarities(points), SIZE).tolist() != theirs.ranking.tolist()


@compared("graph_cut", "apricot-select `GraphCutSelection`, precomputed similarities")
@pytest.mark.parametrize("weight", [1.0, 2.0])
def test_graph_cut_is_apricots(points: Tensor, weight: float) -> None:
    kernel = similarities(points)
    theirs = GraphCutSelection(SIZE, metric="precomputed", alpha=weight, optimizer="naive")
    theirs.fit(kernel.numpy())
    assert cut(kernel, SIZE, weight).tolist() == theirs.ranking.tolist()


@compared("vendi", "vendi-score `score_X` and `score_dual`: the score of a set")
@pytest.mark.parametrize("theirs", [vendi.score_X, vendi.score_dual])
@pytest.mark.parametrize("count", [3, COUNT])
def test_the_score_is_vendi_scores(
    points: Tensor, count: int, theirs: Callable[[np.ndarray], float]
) -> None:
    rows = points[:count].double()
    assert vendi_score(rows) == pytest.approx(theirs(rows.numpy()))
