// Log-gamma by Stirling's series and the regularised incomplete gamma function, with logarithms where they underflow.

const HALF_LOG_TWO_PI = 0.9189385332046728;

/**
 * Error of Stirling's formula, log n! - [(n + 1/2) log n - n + log(2 pi)/2], for any real n > 0.
 * Recursion upwards to n >= 16, then the asymptotic series (Loader 2000, "Fast and accurate computation of binomial
 * probabilities"; coefficients: Abramowitz and Stegun 6.1.40).
 */
export function stirlingError(n: number): number {
  let error = 0;
  let m = n;
  while (m < 16) {
    error += (m + 0.5) * Math.log1p(1 / m) - 1;
    m += 1;
  }
  const s = 1 / (m * m);
  const series =
    1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s * (1 / 156))))));
  return error + series / m;
}

/** log Gamma(x) for x > 0. */
export function logGamma(x: number): number {
  return stirlingError(x) + (x + 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI - Math.log(x);
}

/**
 * Deviance x log(x/m) + m - x without cancellation when x is near m (Loader 2000, bd0). x >= 0, m > 0.
 */
export function deviance(x: number, m: number): number {
  if (x === 0) return m;
  const d = x - m;
  if (Math.abs(d) >= 0.1 * (x + m)) return x * Math.log(x / m) - d;
  const v = d / (x + m);
  let sum = d * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** log of the regularised upper incomplete gamma function Q(a, x) = Gamma(a, x)/Gamma(a), a > 0, x >= 0. */
export function logGammaUpper(a: number, x: number): number {
  if (x <= 0) return 0;
  // log of x^a e^-x / Gamma(a + 1), the Poisson term at a real count.
  const logTerm = -stirlingError(a) - deviance(a, x) - HALF_LOG_TWO_PI - 0.5 * Math.log(a);
  if (x < a + 1) {
    let sum = 1;
    let term = 1;
    for (let k = 1; k < 10_000_000; k++) {
      term *= x / (a + k);
      sum += term;
      if (term < sum * 1e-17) break;
    }
    return Math.log1p(-Math.min(1, Math.exp(logTerm) * sum));
  }
  // Lentz's continued fraction for Gamma(a, x) (Press et al., Numerical Recipes, 6.2.7).
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i < 10_000_000; i++) {
    const an = -i * (i - a);
    b += 2;
    d = 1 / guard(an * d + b);
    c = guard(b + an / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return logTerm + Math.log(a * h);
}

/** Upper tail of the chi-square distribution, P(X > x) with df degrees of freedom. */
export function chiSquareTail(x: number, df: number): number {
  return Math.exp(logGammaUpper(df / 2, x / 2));
}

function guard(v: number): number {
  return Math.abs(v) < 1e-300 ? 1e-300 : v;
}
