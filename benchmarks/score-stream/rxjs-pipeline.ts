import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { filter, map, Observable } from 'rxjs';
import type { ModelContent } from '../../src/engine/contract/value.ts';
import type { Forest } from '../../src/learners/gbdt/forest.ts';

/** A record at a time: an object from csv-parse, then one operator per stage, as one would write it by hand. */
export interface RecordModel {
  readonly version: string;
  readonly base: number;
  readonly trees: readonly TreeNode[];
  /** From a record with the derived fields to the features in the model's order. */
  features(record: Fields): number[];
}

export type Fields = Record<string, string | number | boolean | null>;
type TreeNode =
  | { readonly value: number }
  | {
      readonly feature: number;
      readonly threshold: number;
      readonly missingLeft: boolean;
      readonly left: TreeNode;
      readonly right: TreeNode;
    };
export interface Alert {
  readonly encounter_id: number;
  readonly patient_nbr: string;
  readonly p: number;
  readonly model: string;
}

export const NUMBERS = [
  'encounter_id',
  'admission_type',
  'discharge',
  'admission_source',
  'days',
  'labs',
  'procedures',
  'medications',
  'outpatient',
  'emergency',
  'inpatient',
  'diagnoses',
];
const GONE = new Set([11, 13, 14, 19, 20, 21]);

/** Resolves with all alerts as JSON lines. `names`: the record's name of a field, where the file has another. */
export function scoreByRecord(
  path: string,
  names: Readonly<Record<string, string>>,
  fields: readonly string[],
  model: RecordModel,
  threshold: number,
): Promise<string> {
  const inFile = fields.map(field => ({ field, column: names[field] ?? field, isNumber: NUMBERS.includes(field) }));
  const records = new Observable<Record<string, string>>(subscriber => {
    const parser = createReadStream(path).pipe(parse({ columns: true }));
    parser.on('data', record => subscriber.next(record as Record<string, string>));
    parser.on('end', () => subscriber.complete());
    parser.on('error', error => subscriber.error(error));
  });
  const stays = records.pipe(
    map(record => {
      const stay: Fields = {};
      for (const { field, column, isNumber } of inFile) {
        const text = record[column];
        stay[field] = text === '?' || text === '' ? null : isNumber ? Number(text) : text;
      }
      return stay;
    }),
  );
  const alerts = alertsOf(stays, model, threshold).pipe(map(alert => JSON.stringify(alert)));
  return new Promise((resolve, reject) => {
    let text = '';
    alerts.subscribe({
      next: line => {
        text += `${line}\n`;
      },
      complete: () => resolve(text),
      error: reject,
    });
  });
}

/** An operator per stage. */
export function alertsOf(stays: Observable<Fields>, model: RecordModel, threshold: number): Observable<Alert> {
  return stays.pipe(
    filter(stay => !GONE.has(stay['discharge'] as number)),
    map(withDerived),
    map((stay): Alert => {
      const row = model.features(stay);
      let margin = model.base;
      for (const tree of model.trees) margin += leafOf(tree, row);
      return {
        encounter_id: stay['encounter_id'] as number,
        patient_nbr: stay['patient_nbr'] as string,
        p: 1 / (1 + Math.exp(-margin)),
        model: model.version,
      };
    }),
    filter(alert => alert.p >= threshold),
  );
}

function leafOf(tree: TreeNode, row: readonly number[]): number {
  let node = tree;
  while ('feature' in node) {
    const x = row[node.feature];
    node = (Number.isNaN(x) ? node.missingLeft : x <= node.threshold) ? node.left : node.right;
  }
  return node.value;
}

/** `visit_columns` of visits.flow. */
function withDerived(stay: Fields): Fields {
  const decade = /\[(\d+)-/.exec(stay['age'] as string);
  stay['age_mid'] = (decade === null ? 50 : Number(decade[1])) + 5;
  for (const n of [1, 2, 3]) {
    const code = stay[`diag_${n}`] as string | null;
    stay[`dx${n}`] = chapter(code === null || !/^\d+(\.\d+)?$/.test(code) ? -1 : Number(code));
    stay[`code${n}`] = /^[^.]*/.exec(code ?? '?')?.[0] ?? '?';
  }
  stay['diabetes_first'] = stay['dx1'] === 'diabetes';
  const days = stay['days'] as number;
  stay['visits_before'] =
    (stay['outpatient'] as number) + (stay['emergency'] as number) + (stay['inpatient'] as number);
  stay['medications_a_day'] = (stay['medications'] as number) / days;
  stay['labs_a_day'] = (stay['labs'] as number) / days;
  stay['admission_kind'] = String(stay['admission_type']);
  stay['discharged_to'] = String(stay['discharge']);
  stay['came_from'] = String(stay['admission_source']);
  return stay;
}

function chapter(n: number): string {
  if ((n >= 390 && n <= 459.9) || n === 785) return 'circulatory';
  if ((n >= 460 && n <= 519.9) || n === 786) return 'respiratory';
  if ((n >= 520 && n <= 579.9) || n === 787) return 'digestive';
  if (n >= 250 && n <= 250.99) return 'diabetes';
  if (n >= 800 && n <= 999.9) return 'injury';
  if (n >= 710 && n <= 739.9) return 'musculoskeletal';
  if ((n >= 580 && n <= 629.9) || n === 788) return 'genitourinary';
  if (n >= 140 && n <= 239.9) return 'neoplasms';
  return 'other';
}

/** The fitted transform as functions on one record, and the trees as nested objects. */
export function recordModel(content: ModelContent, version: string, forest: Forest): RecordModel {
  if (content.transform === null) throw new Error('the model brings its transform');
  const steps = content.transform.steps.flatMap(step => (step.kind === 'rule' ? [recordStep(step)] : []));
  const names = content.transform.features;
  const { base } = content.learned as { readonly base: readonly number[] };
  const trees = Array.from(forest.treeStart.subarray(0, -1), start => nodeOf(forest, start, 0));
  return {
    version,
    base: base[0],
    trees,
    features(record) {
      for (const step of steps) step(record);
      return names.map(name => {
        const value = record[name];
        return value === null || value === undefined ? Number.NaN : Number(value);
      });
    },
  };
}

interface RuleStep {
  readonly op: string;
  readonly rule: string;
  readonly column: string;
  readonly fitted: unknown;
  readonly outputs: readonly string[];
}

function recordStep({ op, rule, column, fitted, outputs }: RuleStep): (record: Fields) => void {
  if (rule === 'value') {
    const { value } = fitted as { readonly value: string };
    return record => {
      record[column] ??= value;
    };
  }
  if (rule === 'ordinal' || rule === 'flag') {
    const { order, values } = fitted as { readonly order?: readonly string[]; readonly values?: readonly string[] };
    const places = new Map((order ?? values ?? []).map((name, place) => [name, place]));
    return record => {
      record[column] = places.get(String(record[column])) ?? null;
    };
  }
  if (rule === 'onehot') {
    const learned = fitted as { readonly categories: readonly string[]; readonly indicators: readonly number[] } & {
      readonly missing: number;
      readonly unknown: number;
    };
    const places = new Map(learned.categories.map((name, i) => [name, learned.indicators[i]]));
    return record => {
      const value = record[column];
      for (const name of outputs) record[name] = 0;
      const place = value === null ? learned.missing : (places.get(String(value)) ?? learned.unknown);
      if (place >= 0) record[outputs[place]] = 1;
    };
  }
  throw new Error(`the benchmark knows no rule ${rule} of ${op}`);
}

function nodeOf(forest: Forest, start: number, node: number): TreeNode {
  const at = start + node;
  if (forest.feature[at] < 0) return { value: forest.value[at] };
  return {
    feature: forest.feature[at],
    threshold: forest.threshold[at],
    missingLeft: forest.missingLeft[at] === 1,
    left: nodeOf(forest, start, forest.left[at]),
    right: nodeOf(forest, start, forest.left[at] + 1),
  };
}
