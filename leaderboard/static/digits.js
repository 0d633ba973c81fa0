// Weighhouse: figures as reports/digits writes them: decimals, signs, spans and units.
// Not here: sentences (words.js).
(() => {
  "use strict";
  const weighhouse = globalThis.weighhouse ??= {};

  const MINUS = "\u2212";
  const UNKNOWN_DECIMALS = 3;
  const EQUAL = 1e-9; // an interval narrower than this has no width but rounding

  // decimals that end at the first significant digit of an interval's half-width
  function decimals(half, least = 0) {
    if (!isFinite(half) || half <= 0) return UNKNOWN_DECIMALS;
    return Math.min(6, Math.max(least, -Number(half.toExponential(0).split("e")[1])));
  }

  const isInterval = (low, high) => isFinite(high - low) && high - low > EQUAL;

  // toFixed rounds 0.125 up, Python to the even 0.12: the same figure must not be written in two ways
  function fixed(value, places) {
    const size = Math.abs(value);
    const text = size.toFixed(places);
    const rest = size.toFixed(Math.min(100, places + 60)).slice(text.length).replace(".", "");
    const last = Number(text.at(-1));
    const even = /^50*$/.test(rest) && last % 2 ? text.slice(0, -1) + (last - 1) : text;
    return value < 0 ? `-${even}` : even;
  }

  // a number with a true minus; a dash for none; never a negative zero
  function figure(value, places = UNKNOWN_DECIMALS) {
    if (value === null || !isFinite(value)) return "–";
    const text = fixed(value, places);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", MINUS);
  }

  function signed(value, places = UNKNOWN_DECIMALS) {
    return (Number(fixed(value, places)) > 0 ? "+" : "") + figure(value, places);
  }

  function span(low, high, places) {
    return figure(low, places) + (low < 0 || high < 0 ? " to " : "–") + figure(high, places);
  }

  function significant(value, digits = 2) {
    if (isNaN(value)) return "–";
    if (value === 0) return "0";
    const rounded = Math.abs(Number(value.toExponential(digits - 1)));
    return figure(value, Math.max(0, digits - 1 - Math.floor(Math.log10(rounded))));
  }

  // a cost's figure and its unit: ["3.4", "GFLOP"]
  function withUnit(value, unit) {
    if (isNaN(value)) return ["–", ""];
    if (unit !== "s") {
      for (const [power, prefix] of [[12, "T"], [9, "G"], [6, "M"], [3, "k"]]) {
        if (Math.abs(value) >= 0.9995 * 10 ** power) {
          return [significant(value / 10 ** power), prefix + unit];
        }
      }
    }
    return [significant(value), unit];
  }

  // a difference and its interval, with two digits of the half-width; "" where there is none
  function difference({ mean, low, high }) {
    if (!isInterval(low, high)) return [signed(mean), ""];
    const places = decimals((high - low) / 2) + 1;
    return [signed(mean, places), span(low, high, places)];
  }

  Object.assign(weighhouse, {
    decimals, difference, figure, isInterval, significant, signed, span, withUnit,
  });
})();
