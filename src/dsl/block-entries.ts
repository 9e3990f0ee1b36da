import type { Span } from '../engine/base/span.ts';
import type { BlockValues } from '../engine/contract/parameter.ts';
import type { StageContext } from './stage-context.ts';
import type { BlockEntry, ExpressionNode, Name } from './syntax.ts';

/** A block, checked: the plan's `params.block`, and what the compiler keeps beside it. */
export interface CheckedBlock {
  readonly value: BlockValues[keyof BlockValues];
  /** Fields it assigns, in the order written: what a fitted pipeline's features are. */
  readonly assigned: readonly Name[];
  /** Units of computed fields. */
  readonly units: ReadonlyMap<string, string | null>;
  readonly spans: ReadonlyMap<string, Span>;
  /** Something is missing in it whose absence shows in the rows that come out. */
  readonly lost: boolean;
  /** A mistake that does not show. */
  readonly wrong?: boolean;
}

export type Targeted = { readonly name: Name; readonly entry: BlockEntry; readonly at: number };

/** Entries with one name each; a list or `*` on the left is reported, unless `star` is asked for. */
export function targets(
  of: StageContext,
  allowed: { readonly star: boolean },
): {
  readonly entries: readonly (Targeted | { readonly star: BlockEntry; readonly at: number })[];
  readonly spans: Map<string, Span>;
  readonly lost: boolean;
} {
  const { reporter } = of.pipe.context;
  const spans = new Map<string, Span>();
  const seen = new Set<string>();
  let lost = false;
  const entries = (of.stage.block?.entries ?? []).flatMap(
    (entry, at): (Targeted | { star: BlockEntry; at: number })[] => {
      spans.set(`block.${at}`, entry.span);
      const { target } = entry;
      if (target.kind === 'star') {
        if (allowed.star && entry.value === null) return [{ star: entry, at }];
        const hint =
          entry.value === null ? 'Name the fields.' : '`*` alone stands for all fields; it takes no value here.';
        reporter.report('E354', entry.span, { what: '`*`', stage: of.stage.op.text, hint });
        lost = true;
        return [];
      }
      if (target.kind === 'names') {
        const hint = `Write one for each: \`${target.names.map(name => `${name.text} = …`).join(', ')}\`.`;
        reporter.report('E354', entry.span, { what: 'list of fields', stage: of.stage.op.text, hint });
        lost = true;
        return [];
      }
      if (target.name.text === '') return [];
      if (seen.has(target.name.text)) {
        reporter.report('E205', target.name.span, { name: target.name.text, where: 'this block' });
        return [];
      }
      seen.add(target.name.text);
      return [{ name: target.name, entry, at }];
    },
  );
  return { entries, spans, lost };
}

export function entryValue({ name, entry }: Targeted): ExpressionNode {
  return entry.value ?? { kind: 'name', name: name.text, span: name.span };
}
