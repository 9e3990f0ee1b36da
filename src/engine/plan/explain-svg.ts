import { Graph, layout } from '@dagrejs/dagre';
import { type BoxKind, planGraph } from './explain-graph.ts';
import type { Plan } from './plan.ts';

const FILL: Readonly<Record<BoxKind, string>> = {
  source: '#e3f1ea',
  rows: '#eef3fb',
  value: '#fbf1df',
  sink: '#efe7f7',
};
const STROKE: Readonly<Record<BoxKind, string>> = {
  source: '#2f7d5b',
  rows: '#3563a8',
  value: '#a8701a',
  sink: '#6b3fa0',
};
const CHARACTER_PX = 7;
const BOX_HEIGHT_PX = 44;
const MARGIN_PX = 16;

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The plan as an SVG picture, laid out left to right. */
export function explainSvg(plan: Plan): string {
  const { boxes, arrows } = planGraph(plan);
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 46, marginx: MARGIN_PX, marginy: MARGIN_PX });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) {
    const characters = Math.max(box.title.length + 2, box.detail.length);
    graph.setNode(box.id, { width: Math.max(90, characters * CHARACTER_PX + 20), height: BOX_HEIGHT_PX });
  }
  arrows.forEach((arrow, index) => {
    graph.setEdge(
      arrow.from,
      arrow.to,
      { width: arrow.label.length * CHARACTER_PX, height: 14, labelpos: 'c' },
      String(index),
    );
  });
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  const lines = arrows.map((arrow, index) => {
    const edge = graph.edge(arrow.from, arrow.to, String(index)) as {
      points: { x: number; y: number }[];
      x?: number;
      y?: number;
    };
    return (
      arrowSvg(edge.points, arrow.side) + (arrow.label === '' ? '' : labelSvg(edge.x ?? 0, edge.y ?? 0, arrow.label))
    );
  });
  const shapes = boxes.map(box => boxSvg(graph.node(box.id) as Placed, box));
  const width = Math.ceil(size.width ?? 0);
  const height = Math.ceil(size.height ?? 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Plan of flow ${escaped(plan.flow.name)}" font-family="ui-sans-serif, system-ui, sans-serif">`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...lines,
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}

function boxSvg(at: Placed, box: { title: string; detail: string; kind: BoxKind }): string {
  const [left, top] = [at.x - at.width / 2, at.y - at.height / 2];
  const rect = `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${at.width}" height="${at.height}" rx="6" fill="${FILL[box.kind]}" stroke="${STROKE[box.kind]}"/>`;
  const title = `<text x="${at.x.toFixed(1)}" y="${(at.y - 4).toFixed(1)}" text-anchor="middle" font-size="13" font-weight="600" fill="#1b2330">${escaped(box.title)}</text>`;
  const detail = `<text x="${at.x.toFixed(1)}" y="${(at.y + 13).toFixed(1)}" text-anchor="middle" font-size="11" fill="#47536a">${escaped(box.detail)}</text>`;
  return rect + title + detail;
}

function arrowSvg(points: readonly { x: number; y: number }[], side: boolean): string {
  const path = points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`)
    .join(' ');
  return `<path d="${path}" fill="none" stroke="#667" stroke-width="1.3"${side ? ' stroke-dasharray="4 3"' : ''} marker-end="url(#tip)"/>`;
}

function labelSvg(x: number, y: number, label: string): string {
  return `<text x="${x.toFixed(1)}" y="${(y - 3).toFixed(1)}" text-anchor="middle" font-size="11" fill="#47536a">${escaped(label)}</text>`;
}

function escaped(text: string): string {
  return text.replace(/[<>&"]/g, character => `&#${character.charCodeAt(0)};`);
}
