import { pathToFileURL } from 'node:url';
import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { Evaluator } from '../contract/evaluation.ts';
import type { OperatorCatalog, Scorer } from '../contract/operator.ts';
import type { ModelContent, ValueContent } from '../contract/value.ts';

/**
 * What the module named by `RunOptions.catalogModule` exports: every thread imports it, for definitions are functions and
 * cannot be sent. `extensions` are absolute paths of further modules.
 */
export interface CatalogModule {
  loadCatalog(extensions: readonly string[]): Promise<Catalog>;
  readonly evaluator?: Evaluator;
}
export interface LoadedCatalog {
  readonly catalog: Catalog;
  readonly lookUp: OperatorCatalog;
}

export async function importCatalog(path: string, extensions: readonly string[]): Promise<LoadedCatalog> {
  const module = (await import(path.startsWith('file:') ? path : pathToFileURL(path).href)) as Partial<CatalogModule>;
  assert(typeof module.loadCatalog === 'function', `${path} exports no loadCatalog`);
  const catalog = await module.loadCatalog(extensions);
  return { catalog, lookUp: operatorCatalog(catalog, module.evaluator) };
}

/** What running stages may look up, from the whole catalogue. */
export function operatorCatalog(catalog: Catalog, evaluator?: Evaluator): OperatorCatalog {
  // A model's stages, in all tasks of a thread, share one scorer: its tables take megabytes, and its code is compiled once.
  const scorers = new WeakMap<ModelContent, Scorer>();
  const scorerOf = (model: ModelContent, bytes: ValueContent['bytes']): Scorer => {
    const learner = catalog.learners.get(model.learner);
    if (learner !== undefined) return learner.scorer(model, bytes);
    throw new OperationalError('R320', `the model was made by learner "${model.learner}", which is not at hand`, {
      hint: 'give the module that defines it: --with ./my-learner.ts',
    });
  };
  return {
    rule: (op, rule) => catalog.operators.get(op)?.rules?.find(one => one.name === rule),
    scorer(model, bytes) {
      const scorer = scorers.get(model) ?? scorerOf(model, bytes);
      scorers.set(model, scorer);
      return scorer;
    },
    lower(op, params, input) {
      const execution = catalog.operators.get(op)?.execution;
      return execution?.mode === 'expressions' ? execution.lower(params as never, input) : null;
    },
    evaluator(input, options) {
      assert(evaluator !== undefined, 'no evaluator was handed in');
      return evaluator(input, options);
    },
  };
}
