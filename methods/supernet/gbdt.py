"""GBDT-NAS: trees, boosted on the encodings of architectures whose labels were bought.

f = sum over rounds m of rate * tree_m(encoding), each tree fitted to what is left of the
standardised accuracies; score = f.
Source: Luo et al., section 3, and github.com/renqianluo/GBDT-NAS: LightGBM with squared loss, 100
rounds of rate .05, at most 31 leaves, 90% of the features a tree and 80% of the labels, drawn anew
every 5 rounds. Encoding: each place's choice one-hot; of `pooling` the halved blocks. All of the
budget goes to labels; theirs were 1,000. With the few that it holds here LightGBM's own least leaf
of 20 labels lets no tree split, so leaves hold 2, and bins 1 where it asks 3. Of 3 labels, all that
2,000 passes buy of `pooling`, trees see 2: the score is constant. Their search, which buys labels
of what the predictor ranks high, has no place here: what is ranked is never for sale.
LightGBM's work isn't torch's and is charged by a formula: see `fitting` and `PREDICTING`.
"""

from math import log2

import lightgbm

from bench import method
from suites.supernet.labels import affordable, buy, standardised
from suites.supernet.problem import Rows, Scorer, SupernetProblem

LEAVES = 31

SPLITS = 20
"""Operations at a feature in search of a leaf's best split: some ten at each of two bins."""


def fitting(rounds: int, features: int, labels: int) -> float:
    """FLOPs of fitting.

    A round sums gradients and their number by bin, for each feature over the labels of each level
    of the tree, and looks at each leaf's sums for its best split.
    """
    leaves = min(LEAVES, labels)
    return rounds * features * (2.0 * labels * log2(leaves + 1) + SPLITS * leaves)


PREDICTING = 1 + log2(LEAVES + 1)
"""FLOPs of a tree for one architecture: the comparisons on the way to a leaf, and a sum."""


@method(
    name="gbdt",
    title="GBDT-NAS, one round of labels",
    paper=(
        "Accuracy Prediction with Non-neural Model for Neural Architecture Search",
        2020,
        "https://arxiv.org/abs/2007.04785",
    ),
    needs=["labels"],
    params={
        "rounds": 100,
        "rate": 0.05,
        "features": 0.9,
        "bagging": 0.8,
        "every": 5,
        "least": 2,
    },
    track="labels",
)
def gbdt(
    problem: SupernetProblem,
    *,
    rounds: int,
    rate: float,
    features: float,
    bagging: float,
    every: int,
    least: int,
) -> Scorer:
    """Buy labels, then boost trees on them."""
    encoded = problem.space.encoded
    width = encoded(problem.architectures[:1]).shape[1]
    count = affordable(problem, lambda labels: fitting(rounds, width, labels))
    rows, accuracies = buy(problem, count)
    problem.meter.charge(fitting(rounds, width, count), "boosting trees")
    settings = {
        "objective": "regression",
        "learning_rate": rate,
        "num_leaves": LEAVES,
        "feature_fraction": features,
        "bagging_fraction": max(bagging, 1 / count),  # of one label all
        "bagging_freq": every,
        "min_data_in_leaf": least,
        "min_data_in_bin": 1,
        "feature_pre_filter": False,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": int(problem.random.integers(2**31)),
        "verbose": -1,
    }
    data = lightgbm.Dataset(encoded(rows).astype(float), standardised(accuracies))
    trees = lightgbm.train(settings, data, num_boost_round=rounds)

    def scorer(architectures: Rows) -> object:
        problem.meter.charge(PREDICTING * rounds * len(architectures), "prediction by trees")
        return trees.predict(encoded(architectures).astype(float), num_threads=1)

    return scorer
