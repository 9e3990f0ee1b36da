/** `12,345` */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `1.2M/s`, `850/s` */
export function rateText(perSecond: number): string {
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)}M/s`;
  if (perSecond >= 10_000) return `${Math.round(perSecond / 1e3)}k/s`;
  return `${Math.round(perSecond)}/s`;
}

/** `0.4 s`, `12 s`, `3 min 5 s` */
export function secondsText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `0.6712`, `12`, `—` */
export function metricText(value: unknown): string {
  if (typeof value !== 'number') return value === null ? '—' : String(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}
