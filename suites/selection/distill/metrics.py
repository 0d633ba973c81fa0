"""What a made set is measured by, as plain data without torch.

Here: the columns, in their order. Not here: computing them (suites.selection.distill.scoring).
"""

from __future__ import annotations

from bench.contract.metric import Metric


def _accuracy(name: str, title: str, meaning: str) -> Metric:
    return Metric(name=name, title=title, unit="fraction", better="high", meaning=meaning)


METRICS = (
    _accuracy(
        "accuracy",
        "ConvNet-3",
        "Test accuracy of the ConvNet-3 that most methods are made for, trained on the made set, "
        "mean of its starts; it can't tell what else learns from the set.",
    ),
    _accuracy(
        "others",
        "Others",
        "Mean test accuracy of an MLP, LeNet and a strided ConvNet trained on the made set; it "
        "can't tell which of them learns from it: see their own columns.",
    ),
    _accuracy(
        "accuracy_mlp",
        "MLP",
        "Test accuracy of an MLP, which sees no neighbourhoods; one start, so it is noisier than "
        "ConvNet-3's.",
    ),
    _accuracy(
        "accuracy_lenet",
        "LeNet",
        "Test accuracy of LeNet, which pools by the largest; one start, and on ten images it may "
        "hardly learn, which says as much of LeNet as of the set.",
    ),
    _accuracy(
        "accuracy_strided",
        "Strided",
        "Test accuracy of a ConvNet with strides in place of pooling and no norm; one start, so it "
        "is noisier than ConvNet-3's.",
    ),
    _accuracy(
        "augmented",
        "Augmented",
        "ConvNet-3's test accuracy when each batch is augmented as DSA does; what it gains over "
        "plain training is augmentation's, not the set's.",
    ),
    _accuracy(
        "accuracy_hard",
        "Hard labels",
        "ConvNet-3's test accuracy with the images' classes for labels: what the images hold "
        "without what soft labels add; images that were made with their labels may lose by it.",
    ),
    _accuracy(
        "own_rate",
        "Own rate",
        "ConvNet-3's test accuracy by SGD at the learning rate that the method learnt; absent "
        "where it learnt none, so it ranks nobody.",
    ),
    Metric(
        name="ior",
        title="Over random",
        unit="",
        better="high",
        meaning="ConvNet-3's accuracy less that on random real images with the same kind of "
        "labels, hard or the teacher's (IOR); a set with labels for squared error is held to "
        "random ones with probabilities.",
        range=(-1.0, 1.0),
    ),
    _accuracy(
        "lrs",
        "LRS",
        "Label-robust score: what is gained over random images with the same kind of labels and "
        "kept of the full pool with hard ones, on an exponential scale from 0 to 1; a set that is "
        "no better than random and no worse than full has .27.",
    ),
    _accuracy(
        "ars",
        "ARS",
        "Augmentation-robust score: what is gained over random images, mean of plain and "
        "augmented training, on LRS's scale, .27 for nothing gained; it can't tell a high "
        "accuracy from a weak random set.",
    ),
)
"""In the order of columns."""
