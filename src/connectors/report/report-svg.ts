import type { TopLevelSpec } from 'vega-lite';

/** A plot as SVG text, drawn without a browser. Loaded on use: the plotting libraries are large. */
export async function plotSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
