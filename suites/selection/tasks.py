"""The tasks of the suite selection: which there are, and what each asks.

Here: plain data, read without torch. Not here: what a kind of task has in common
(suites.selection.choosing, suites.selection.targets, suites.selection.distill.making), the settings
(suites.selection.settings), metrics and their computation.
"""

from __future__ import annotations

from suites.selection import metrics
from suites.selection.choosing import coreset, debug
from suites.selection.distill.making import distill
from suites.selection.targets import targeted_image, targeted_text

TASKS = (
    coreset(
        "coreset-clean",
        "digits, clean",
        "Which 1, 10 and 30% of 3,600 digits train a model best?",
        "mnist5k",
        "clean",
        1000,
        full=True,
    ),
    coreset(
        "coreset-noise",
        "digits, wrong labels",
        "Which part trains a model best, where a fifth of the labels is wrong?",
        "mnist5k",
        "noise",
        2000,
        full=True,
        more=(metrics.WRONG,),
    ),
    coreset(
        "coreset-tail",
        "digits, long tail",
        "Which part trains a model best for all classes, where one is 20 times another?",
        "mnist5k",
        "tail",
        3000,
    ),
    coreset(
        "coreset-copies",
        "digits, copies",
        "Which part trains a model best, where most of the pool are copies of a few?",
        "mnist5k",
        "copies",
        4000,
        more=(metrics.DUPLICATES,),
    ),
    coreset(
        "coreset-fashion",
        "clothes, clean",
        "Which 1, 10 and 30% of 6,000 pictures of clothes train a model best?",
        "tv:FashionMNIST",
        "clean",
        5000,
    ),
    coreset(
        "coreset-fashion-noise",
        "clothes, wrong labels",
        "Which part of the clothes trains best, where a fifth of the labels is wrong?",
        "tv:FashionMNIST",
        "noise",
        6000,
        more=(metrics.WRONG,),
    ),
    debug(
        "debug-mnist",
        "digits, setting right",
        "Which labels are wrong, a fifth of them at random? The first suspects are set right.",
        "mnist5k",
        "noise",
        7000,
    ),
    debug(
        "debug-fashion",
        "clothes, setting right",
        "Which labels are wrong, a fifth of each class moved to the next one?",
        "tv:FashionMNIST",
        "pairs",
        7500,
    ),
    targeted_text(),
    targeted_image(),
    distill(
        "distill-mnist-1",
        "digits, one a class",
        "Which ten images, one a class, train a network from its start best?",
        "mnist5k",
        1,
        10_000,
        seeds=3,
    ),
    distill(
        "distill-fashion-1",
        "clothes, one a class",
        "Which ten pictures of clothes train a network from its start best?",
        "tv:FashionMNIST",
        1,
        11_000,
        seeds=5,
    ),
    distill(
        "distill-fashion-10",
        "clothes, ten a class",
        "Which hundred pictures of clothes train a network from its start best?",
        "tv:FashionMNIST",
        10,
        12_000,
        seeds=3,
    ),
)
