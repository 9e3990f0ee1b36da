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
/** Widths are guesses at what a system font takes, on the safe side: text is measured by whoever shows the picture. */
const TITLE_CHARACTER_PX = 7.4;
const DETAIL_CHARACTER_PX = 6.2;
const DETAIL_LINE_PX = 15;
const DETAIL_LINES = 2;
const DETAIL_CHARACTERS = 40;
const MARGIN_PX = 16;

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The plan as an SVG picture, laid out top to bottom, so that it fits a page however many stages follow one another. */
export function explainSvg(plan: Plan): string {
  const { boxes: plain, arrows } = planGraph(plan);
  const boxes = plain.map(box => ({ ...box, lines: linesOf(box.detail) }));
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 26, marginx: MARGIN_PX, marginy: MARGIN_PX });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) {
    const text = Math.max(
      box.title.length * TITLE_CHARACTER_PX,
      ...box.lines.map(line => line.length * DETAIL_CHARACTER_PX),
    );
    graph.setNode(box.id, {
      width: Math.max(90, Math.ceil(text) + 22),
      height: 28 + box.lines.length * DETAIL_LINE_PX,
    });
  }
  arrows.forEach((arrow, index) => {
    graph.setEdge(
      arrow.from,
      arrow.to,
      { width: arrow.label.length * DETAIL_CHARACTER_PX, height: 14, labelpos: 'c' },
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

function boxSvg(at: Placed, box: { title: string; lines: readonly string[]; kind: BoxKind }): string {
  const [left, top] = [at.x - at.width / 2, at.y - at.height / 2];
  const text = (y: number, words: string, style: string) =>
    `<text x="${at.x.toFixed(1)}" y="${(top + y).toFixed(1)}" text-anchor="middle" ${style}>${escaped(words)}</text>`;
  return [
    `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${at.width}" height="${at.height}" rx="6" fill="${FILL[box.kind]}" stroke="${STROKE[box.kind]}"/>`,
    text(19, box.title, 'font-size="13" font-weight="600" fill="#1b2330"'),
    ...box.lines.map((line, index) => text(34 + index * DETAIL_LINE_PX, line, 'font-size="11" fill="#47536a"')),
  ].join('');
}

/** Broken between words into lines of like length, cut after the last line there is room for. */
function linesOf(text: string): readonly string[] {
  const lines = broken(text, DETAIL_CHARACTERS);
  if (lines.length < DETAIL_LINES) return lines;
  if (lines.length > DETAIL_LINES) {
    return [...lines.slice(0, DETAIL_LINES - 1), `${lines[DETAIL_LINES - 1].replace(/[,…]+$/, '')} …`];
  }
  for (let characters = Math.ceil(text.length / DETAIL_LINES); ; characters++) {
    const even = broken(text, characters);
    if (even.length <= lines.length) return even;
  }
}

function broken(text: string, characters: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < characters) lines[lines.length - 1] = `${last} ${word}`;
    else if (word !== '') lines.push(cut(word, DETAIL_CHARACTERS));
  }
  return lines;
}

function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}

function arrowSvg(points: readonly { x: number; y: number }[], side: boolean): string {
  const path = points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`)
    .join(' ');
  return `<path d="${path}" fill="none" stroke="#667" stroke-width="1.3"${side ? ' stroke-dasharray="4 3"' : ''} marker-end="url(#tip)"/>`;
}

function labelSvg(x: number, y: number, label: string): string {
  return `<text x="${x.toFixed(1)}" y="${(y + 4).toFixed(1)}" text-anchor="middle" font-size="11" fill="#47536a" stroke="#fff" stroke-width="5" paint-order="stroke">${escaped(label)}</text>`;
}

function escaped(text: string): string {
  return text.replace(/[<>&"]/g, character => `&#${character.charCodeAt(0)};`);
}
