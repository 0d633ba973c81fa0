// Weighhouse: the statistics of reports/statistics, for what a reader chooses in the browser.
// Here: Student's t, the stratified mean and the paired difference with its prior, Holm's
// correction and the places that follow from a family of tests; the sources of the equations are
// named there, file by file. Not here: what is compared (ranking.js), the page (chosen.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};

  const ALPHA = 0.05;
  const CONFIDENCE = 0.95;
  const LEAST_SEEDS = 3;
  const EQUAL = 1e-12; // a mean below this is rounding
  const ROUNDING = 1e-9; // degrees of freedom of 6.9999999999 are 7 by another rounding
  const NOTHING_KNOWN = { variance: 0, freedom: 0 };

  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const mean = (values) => sum(values) / values.length;

  function variance(values) {
    const middle = mean(values);
    return sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1);
  }

  // ---- Student's t ----

  // the probability that |T| <= t, by the finite sums of Abramowitz and Stegun
  function within(t, freedom) {
    if (t === Infinity) return 1;
    const theta = Math.atan(t / Math.sqrt(freedom));
    const sine = Math.sin(theta);
    const cosine = Math.cos(theta);
    const odd = freedom % 2;
    let term = odd ? cosine : 1;
    let total = freedom > 1 ? term : 0;
    for (let k = 2 + odd; k < freedom - 1; k += 2) {
      term *= (k - 1) / k * cosine ** 2;
      total += term;
    }
    return odd ? 2 / Math.PI * (theta + sine * total) : sine * total;
  }

  const twoSidedP = (t, freedom) => Math.max(0, 1 - within(Math.abs(t), freedom));

  const quantiles = new Map();

  // the t with within(t) = confidence, by bisection to the last bit
  function quantile(freedom, confidence = CONFIDENCE) {
    const key = `${freedom} ${confidence}`;
    if (quantiles.has(key)) return quantiles.get(key);
    let [low, high] = [0, 1];
    while (within(high, freedom) < confidence) high *= 2;
    for (;;) {
      const middle = (low + high) / 2;
      if (middle === low || middle === high) break;
      if (within(middle, freedom) < confidence) low = middle; else high = middle;
    }
    quantiles.set(key, high);
    return high;
  }

  // ---- means over tasks ----

  // a mean with its standard error and degrees of freedom (0: it has no error)
  function estimate(middle, error, freedom) {
    return {
      mean: middle,
      error,
      freedom,
      interval(confidence = CONFIDENCE) {
        const half = freedom ? quantile(freedom, confidence) * error : NaN;
        return { mean: middle, low: middle - half, high: middle + half };
      },
      get p() {
        if (!freedom || Math.abs(middle) < EQUAL) return 1;
        return twoSidedP(error > 0 ? Math.abs(middle) / error : Infinity, freedom);
      },
    };
  }

  // the mean over tasks of each task's mean, sure as far as seeds vary: one array a task; `floors`
  // and `priors` are of its variance, one a task
  function stratifiedMean(cells, floors = [], leastSeeds = 2, priors = []) {
    const middle = mean(cells.map(mean));
    if (Math.min(...cells.map((values) => values.length)) < Math.max(2, leastSeeds)) {
      return estimate(middle, NaN, 0);
    }
    let [error, square] = [0, 0];
    cells.forEach((values, i) => {
      const { variance: before, freedom: known } = priors[i] ?? NOTHING_KNOWN;
      const own = values.length - 1;
      const freedom = known + own;
      const spread = Math.max(variance(values), floors[i] ?? 0);
      const part = (known * before + own * spread) / freedom / values.length;
      error += part;
      square += part ** 2 / freedom;
    });
    const freedom = square > 0 ? Math.max(1, Math.floor(error ** 2 / square + ROUNDING)) : 1;
    return estimate(middle, Math.sqrt(error) / cells.length, freedom);
  }

  // how far the first is ahead of the second: scores as one array a task, paired on seeds; `grains`
  // are the steps that they come in
  function pairedDifference(first, second, grains = [], priors = []) {
    const differences = first.map((values, t) => values.map((value, i) => value - second[t][i]));
    const floors = grains.map((grain) => grain ** 2 / 6);
    return stratifiedMean(differences, floors, LEAST_SEEDS, priors);
  }

  // the mean with Student's interval over the values
  function meanInterval(values) {
    if (!values.length) return { mean: NaN, low: NaN, high: NaN };
    const middle = mean(values);
    if (values.length < 2) return { mean: middle, low: NaN, high: NaN };
    const error = Math.sqrt(variance(values) / values.length);
    return estimate(middle, error, values.length - 1).interval();
  }

  // ---- a family of tests ----

  // which hypotheses Holm's step-down procedure rejects
  function holm(pValues) {
    const rejected = pValues.map(() => false);
    const order = pValues.map((_, i) => i).sort((a, b) => pValues[a] - pValues[b] || a - b);
    for (const [step, i] of order.entries()) {
      if (pValues[i] > ALPHA / (pValues.length - step)) break;
      rejected[i] = true;
    }
    return rejected;
  }

  // the level at which it stopped: an interval of that confidence agrees with the tests
  function holmLevel(rejected) {
    return ALPHA / Math.max(1, rejected.filter((one) => !one).length);
  }

  // each row's rank and the last rank that the tests leave it, from which row beats which
  function places(beats) {
    return beats.map((own, i) => ({
      rank: 1 + beats.filter((other) => other[i]).length,
      last: beats.length - own.filter(Boolean).length,
    }));
  }

  // ---- power ----

  const MOST_SEEDS = 10000; // nobody runs more

  // the standard normal distribution's P(Z <= z), by the series of Abramowitz and Stegun (26.2.10)
  // near 0 and the continued fraction (26.2.14) beyond
  function normalBelow(z) {
    const size = Math.abs(z);
    const density = Math.exp(-size * size / 2) / Math.sqrt(2 * Math.PI);
    let beyond;
    if (size < 3) {
      let [term, total] = [size, size];
      for (let k = 3; Math.abs(term) > 1e-17 * total; k += 2) {
        term *= size * size / k;
        total += term;
      }
      beyond = 0.5 - density * total;
    } else {
      let fraction = size;
      for (let k = 60; k > 0; k--) fraction = size + k / fraction;
      beyond = density / fraction;
    }
    return z > 0 ? 1 - beyond : beyond;
  }

  // the probability that a noncentral t is above `t`: the mean of P(Z > t s - shift) over s, the
  // root of chi-squared / freedom, by Simpson's rule
  function noncentralAbove(t, freedom, shift) {
    const deviation = 1 / Math.sqrt(2 * freedom);
    const [low, high] = [Math.max(0, 1 - 12 * deviation), 1 + 14 * deviation];
    const steps = 2000;
    const width = (high - low) / steps;
    // the density's log less a constant, so that no power of a large number is taken
    const log = (s) => (s > 0 ? (freedom - 1) * Math.log(s) - freedom * (s * s - 1) / 2
      : freedom === 1 ? freedom / 2 : -Infinity);
    let [total, weight] = [0, 0];
    for (let i = 0; i <= steps; i++) {
      const s = low + i * width;
      const share = (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp(log(s));
      weight += share;
      total += share * (1 - normalBelow(t * s - shift));
    }
    return total / weight;
  }

  // the probability that a paired t-test of so many pairs shows which is better
  function powerOf(difference, deviation, seeds, level, known) {
    const freedom = seeds - 1 + known;
    const shift = difference * Math.sqrt(seeds) / deviation;
    return noncentralAbove(quantile(freedom, 1 - level), freedom, shift);
  }

  // the least number of pairs with which the test has a power of .8
  function seedsNeeded(difference, deviation, level, known) {
    if (deviation <= 0) return 2;
    const enough = (seeds) => powerOf(difference, deviation, seeds, level, known) >= 0.8;
    let [low, high] = [1, 2];
    while (!enough(high)) {
      if (high >= MOST_SEEDS) return MOST_SEEDS;
      [low, high] = [high, Math.min(2 * high, MOST_SEEDS)];
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (enough(middle)) high = middle; else low = middle;
    }
    return high;
  }

  weighhouse.statistics = {
    MOST_SEEDS, NOTHING_KNOWN, holm, holmLevel, mean, meanInterval, pairedDifference, places,
    seedsNeeded, stratifiedMean,
  };
})();
