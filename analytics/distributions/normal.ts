/** The standard normal distribution, accurate in both tails (Cody 1969; Wichura 1988, algorithm AS 241). */

const LOG_SQRT_2_PI = 0.9189385332046728;
const SQRT_2_PI = 2.5066282746310007;

// Cody, W. D. (1969) Rational Chebyshev approximations for the error function, Math. Comp. 23:631, in the form of R's pnorm.
const A = [2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356, 0.06568233791820745];
const B = [47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673];
const C = [
  0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002, 2494.5375852903726, 6848.190450536283,
  11602.65143764735, 9842.714838383978, 1.0765576773720192e-8,
];
const D = [
  22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097, 34900.95272114598,
  38912.00328609327, 19685.429676859992,
];
const P = [
  0.215898534057957, 0.12740116116024736, 0.022235277649823554, 0.0014216191932278934, 0.000029112874951168793,
  0.023073441764940174,
];
const Q = [1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 0.00007297515550839662];

const CENTRE = 0.67448975; // above it the tail is computed, below it the centre
const MIDDLE = Math.sqrt(32);
const SMALLEST = 39; // beyond it the tail is below the smallest double

/** The scaled upper tail P(X > x) · exp(x²/2) for x > CENTRE. */
function scaledTail(x: number): number {
  if (x <= MIDDLE) {
    let numerator = C[8]! * x;
    let denominator = x;
    for (let i = 0; i < 7; i++) {
      numerator = (numerator + C[i]!) * x;
      denominator = (denominator + D[i]!) * x;
    }
    return (numerator + C[7]!) / (denominator + D[7]!);
  }
  const square = 1 / (x * x);
  let numerator = P[5]! * square;
  let denominator = square;
  for (let i = 0; i < 4; i++) {
    numerator = (numerator + P[i]!) * square;
    denominator = (denominator + Q[i]!) * square;
  }
  return (1 / SQRT_2_PI - (square * (numerator + P[4]!)) / (denominator + Q[4]!)) / x;
}

/** P(X <= x) - 1/2 for |x| <= CENTRE. */
function centre(x: number): number {
  const square = x * x;
  let numerator = A[4]! * square;
  let denominator = square;
  for (let i = 0; i < 3; i++) {
    numerator = (numerator + A[i]!) * square;
    denominator = (denominator + B[i]!) * square;
  }
  return (x * (numerator + A[3]!)) / (denominator + B[3]!);
}

export function normalLogDensity(x: number): number {
  return -LOG_SQRT_2_PI - (x * x) / 2;
}

export function normalDensity(x: number): number {
  return Math.exp(-(x * x) / 2) / SQRT_2_PI;
}

/** P(X <= x); 1e-15 relative, to the smallest double. */
export function normalCdf(x: number): number {
  const size = Math.abs(x);
  if (size <= CENTRE) return 0.5 + centre(x);
  if (size > SMALLEST) return x < 0 ? 0 : 1;
  // exp(-x²/2) in two steps, so that the rounding of x² does not spoil the tail
  const head = Math.trunc(size * 16) / 16;
  const tail = Math.exp((-head * head) / 2) * Math.exp((-(size - head) * (size + head)) / 2) * scaledTail(size);
  return x < 0 ? tail : 1 - tail;
}

/** log P(X <= x), finite far beyond where the probability itself is zero. */
export function normalLogCdf(x: number): number {
  if (x >= -CENTRE) return x <= CENTRE ? Math.log(0.5 + centre(x)) : Math.log1p(-normalCdf(-x));
  return -(x * x) / 2 + Math.log(scaledTail(-x));
}

/** φ(x)/Φ(x), the derivative of log Φ; finite in the lower tail, where both are zero. */
export function inverseMillsRatio(x: number): number {
  return x < -CENTRE ? 1 / (SQRT_2_PI * scaledTail(-x)) : normalDensity(x) / normalCdf(x);
}

const CENTRAL = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
    5226.495278852546,
  ],
] as const;
const NEAR = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
    0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457, 0.0005475938084995345,
    1.0507500716444169e-9,
  ],
] as const;
const FAR = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124, 0.0012426609473880784,
    0.000027115555687434876, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 0.000018463183175100548,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;

function quotient([top, bottom]: readonly [readonly number[], readonly number[]], r: number): number {
  const horner = (coefficients: readonly number[]) => coefficients.reduceRight((sum, coefficient) => sum * r + coefficient, 0);
  return horner(top) / horner(bottom);
}

/** The x with P(X <= x) = p; -Infinity at 0, Infinity at 1, NaN outside [0, 1]. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * quotient(CENTRAL, 0.180625 - q * q);
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-Math.log(tail));
  const x = r <= 5 ? quotient(NEAR, r - 1.6) : quotient(FAR, r - 5);
  return q < 0 ? -x : x;
}
