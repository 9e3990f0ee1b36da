import { briefParameters } from './brief-text.ts';
import type { Plan, PlanNode, PortRef } from './plan.ts';

/** The plan as boxes and arrows, for the Mermaid and SVG pictures. */
export interface PlanGraph {
  readonly boxes: readonly {
    readonly id: string;
    readonly title: string;
    readonly detail: string;
    readonly kind: BoxKind;
  }[];
  readonly arrows: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: string;
    readonly side: boolean;
  }[];
}
export type BoxKind = 'source' | 'rows' | 'value' | 'sink';

export function planGraph(plan: Plan): PlanGraph {
  const arrows = plan.nodes.flatMap(node => arrowsInto(node));
  return { boxes: plan.nodes.map(boxOf), arrows };
}

function boxOf(node: PlanNode): PlanGraph['boxes'][number] {
  switch (node.kind) {
    case 'source':
      return { id: node.id, title: node.binding, detail: briefParameters({ from: node.connector }), kind: 'source' };
    case 'registry':
      return { id: node.id, title: node.binding, detail: `${node.alias} of ${node.registry}`, kind: 'source' };
    case 'sink':
      return { id: node.id, title: node.binding, detail: briefParameters({ to: node.connector }), kind: 'sink' };
    case 'stage': {
      const rows = Object.values(node.ports).some(type => type.kind === 'rows');
      const title = node.id === node.binding ? `${node.binding}: ${node.op}` : node.op;
      return { id: node.id, title, detail: briefParameters(node.params), kind: rows ? 'rows' : 'value' };
    }
  }
}

function arrowsInto(node: PlanNode): PlanGraph['arrows'] {
  const arrow = (ref: PortRef, label: string, side: boolean) => ({
    from: ref.node,
    to: node.id,
    label: [label, ref.port === 'out' ? '' : ref.port].filter(part => part !== '').join(' '),
    side,
  });
  if (node.kind === 'sink') return [arrow(node.input, '', false)];
  if (node.kind !== 'stage') return [];
  const sides = Object.entries(node.sides).flatMap(([name, refs]) => refs.map(ref => arrow(ref, name, true)));
  return [arrow(node.input, '', false), ...sides];
}

/** Mermaid flowchart text. */
export function explainMermaid(plan: Plan): string {
  const graph = planGraph(plan);
  const ids = new Map(graph.boxes.map((box, index) => [box.id, `n${index}`]));
  const shape: Record<BoxKind, [string, string]> = {
    source: ['([', '])'],
    rows: ['[', ']'],
    value: ['{{', '}}'],
    sink: ['[[', ']]'],
  };
  const boxes = graph.boxes.map(box => {
    const [open, close] = shape[box.kind];
    return `  ${ids.get(box.id)}${open}"${mermaidText(box.title)}<br/><small>${mermaidText(box.detail)}</small>"${close}`;
  });
  const arrows = graph.arrows.map(arrow => {
    const label = arrow.label === '' ? '' : `|${mermaidText(arrow.label)}|`;
    return `  ${ids.get(arrow.from)} ${arrow.side ? '-.->' : '-->'}${label} ${ids.get(arrow.to)}`;
  });
  return `flowchart LR\n${[...boxes, ...arrows].join('\n')}\n`;
}

function mermaidText(text: string): string {
  return text.replace(/[#"<>&|`]/g, character => `#${character.charCodeAt(0)};`);
}
