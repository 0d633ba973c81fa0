"""BatchNorm's statistics: of the batch, measured anew, or kept while training."""

import pytest
import torch

from suites.common.draws import generator
from suites.supernet.networks import small
from suites.supernet.normalisation import RunningStatistics, recalibrated
from suites.supernet.overlay import overlay

ROW, OTHER = (3, 1, 2, 4, 0, 3), (3, 2, 1, 3, 4, 3)


def setting(count=64):
    network = small("micro201")
    return network, network.weights(generator(0, "test")), overlay("training").images[:count]


def test_the_average_moves_by_its_momentum_and_keeps_the_unbiased_variance():
    statistics = RunningStatistics(momentum=0.1)
    x = torch.tensor([0.0, 1.0, 2.0, 5.0]).reshape(4, 1, 1, 1)
    statistics.training("here", x)
    # mean 2: .9 x 0 + .1 x 2; squares about it 4 + 1 + 0 + 9 = 14, over 3: .9 x 1 + .1 x 14 / 3.
    assert statistics.means["here"].item() == pytest.approx(0.2)
    assert statistics.variances["here"].item() == pytest.approx(0.9 + 1.4 / 3)


def test_running_statistics_stay_as_they_are_when_they_are_used():
    network, weights, images = setting()
    statistics = RunningStatistics()
    network.forward(weights, ROW, images, statistics.training)
    before = {name: mean.clone() for name, mean in statistics.means.items()}
    network.forward(weights, ROW, images[:8], statistics)
    assert all(torch.equal(statistics.means[name], mean) for name, mean in before.items())


def test_recalibrated_on_one_batch_gives_nearly_that_batch_own_logits():
    network, weights, images = setting(512)
    fixed = recalibrated(network, weights, ROW, [images])
    logits = network.forward(weights, ROW, images, fixed)
    # The variance kept is larger by 1 / (512 x 16 - 1).
    torch.testing.assert_close(logits, network.forward(weights, ROW, images), rtol=1e-3, atol=1e-3)


def test_recalibrated_takes_the_mean_of_its_batches():
    network, weights, images = setting(256)
    fixed = recalibrated(network, weights, ROW, images.split(64))
    single = [recalibrated(network, weights, ROW, [part]) for part in images.split(64)]
    mean = torch.stack([one.means["tail"] for one in single]).mean(0)
    torch.testing.assert_close(fixed.means["tail"], mean)


def test_paths_share_running_statistics_where_they_share_a_choice():
    network, weights, images = setting()
    statistics = RunningStatistics()
    network.forward(weights, ROW, images, statistics.training)
    after_one = statistics.means["0/0/3<-2/3x3"].clone()
    network.forward(weights, OTHER, images, statistics.training)
    assert not torch.equal(statistics.means["0/0/3<-2/3x3"], after_one)
