/**
 * Solves A x = b for a symmetric positive definite A (its upper triangle, row-major, n × n), which is overwritten by its
 * factor. A direction with no curvature (a constant or repeated feature) gets no step: its pivot is left out.
 */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const tolerance = 1e-13;
  const usable = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const diagonal = a[i * n + i];
    let pivot = diagonal;
    for (let k = 0; k < i; k++) if (usable[k] === 1) pivot -= a[k * n + i] ** 2;
    if (!(pivot > tolerance * diagonal) || diagonal <= 0) continue;
    usable[i] = 1;
    const root = Math.sqrt(pivot);
    a[i * n + i] = root;
    for (let k = 0; k < i; k++) if (usable[k] === 1) subtractLine(a, i * n, k * n, a[k * n + i], i + 1, n);
    for (let j = i + 1; j < n; j++) a[i * n + j] /= root;
  }
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    if (usable[i] === 0) {
      x[i] = 0;
      continue;
    }
    x[i] /= a[i * n + i];
    for (let j = i + 1; j < n; j++) x[j] -= a[i * n + j] * x[i];
  }
  for (let i = n - 1; i >= 0; i--) {
    if (usable[i] === 0) continue;
    for (let j = i + 1; j < n; j++) if (usable[j] === 1) x[i] -= a[i * n + j] * x[j];
    x[i] /= a[i * n + i];
  }
  return x;
}

function subtractLine(a: Float64Array, target: number, source: number, scale: number, from: number, to: number): void {
  for (let j = from; j < to; j++) a[target + j] -= a[source + j] * scale;
}
