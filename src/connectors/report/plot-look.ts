/** Colours are the page's CSS variables, so a plot follows light, dark and print. */
const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
export const ACCENT = 'var(--accent)';

/** For every plot of a page with `REPORT_STYLE`. */
export const PLOT_CONFIG = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: 'var(--line)' },
  axis: {
    labelColor: MUTED,
    titleColor: INK,
    titleFontWeight: 'normal',
    gridColor: 'var(--line)',
    domainColor: MUTED,
    tickColor: MUTED,
    labelFontSize: 11,
    titleFontSize: 12,
  },
} as const;
