import type { Rng } from '../../src/engine/base/rng.ts';
import { seededRng } from '../../src/engine/base/rng.ts';
import * as share from './marginals.ts';

/** The 50 columns, in the real table's order. */
export const HEADER = [
  'encounter_id',
  'patient_nbr',
  'race',
  'gender',
  'age',
  'weight',
  'admission_type_id',
  'discharge_disposition_id',
  'admission_source_id',
  'time_in_hospital',
  'payer_code',
  'medical_specialty',
  'num_lab_procedures',
  'num_procedures',
  'num_medications',
  'number_outpatient',
  'number_emergency',
  'number_inpatient',
  'diag_1',
  'diag_2',
  'diag_3',
  'number_diagnoses',
  'max_glu_serum',
  'A1Cresult',
  ...share.DRUGS.map(([name]) => name),
  'insulin',
  ...share.COMBINATIONS.map(([name]) => name),
  'change',
  'diabetesMed',
  'readmitted',
].join(',');

export interface Encounter {
  /** The CSV line, without its end. */
  readonly line: string;
  /** The planted probability of readmission within 30 days: what a perfect model would say. */
  readonly risk: number;
  readonly soon: boolean;
}

interface Patient {
  readonly id: number;
  readonly race: string;
  readonly gender: string;
  readonly decade: number;
  /** Standard normal; drives how often the patient comes and how soon. */
  readonly frailty: number;
  visits: number;
}

/** Rows a returning patient may be ahead in time; bounds the memory at any number of rows. */
const HORIZON = 60_000;
const SOON_ROWS = 4_000;
const ICD_RISK: Readonly<Record<string, number>> = {
  '428': 0.5,
  '38': 0.25,
  '585': 0.5,
  '403': 0.4,
  '996': 0.3,
  '250.6': 0.3,
  V57: -0.5,
  '786': -0.35,
  '715': -0.3,
  '414': -0.2,
};
const DISCHARGE_RISK: Readonly<Record<string, number>> = {
  '22': 1.2,
  '28': 1.3,
  '5': 0.8,
  '2': 0.5,
  '3': 0.35,
  '6': 0.2,
  '15': 1.4,
  '13': -3,
  '14': -3,
};

/**
 * Encounters in the order of their ids, a pure function of `seed`; the first n rows do not depend on how many are taken.
 * Patients come back: one readmitted within 30 days soon, one readmitted later after longer. The dead do not.
 *
 * The planted signal: `risk` is logistic in earlier visits, age, days, diagnoses, discharge and insulin, and the outcome is drawn
 * from it; the other columns are noise. About 9 in 100 come back within 30 days. A perfect model, one that knows `risk`, has an
 * AUROC of 0.735 over 20,000 to 40,000 encounters of those who may come back, and 0.745 over 200,000, for more have been there
 * before. What train.flow learns must come within 0.03 of that, on either side: test/pipelines/readmission.test.ts.
 */
export function* encounters(rows: number, seed: number): Generator<Encounter> {
  const rng = seededRng(seed);
  const draw = samplers();
  const due: (Patient[] | undefined)[] = new Array(HORIZON);
  let patients = 0;
  let encounterId = 10_000;
  for (let row = 0; row < rows; row++) {
    const slot = row % HORIZON;
    const returning = due[slot]?.pop();
    // Only one patient is due in a row: the others move to the next.
    const left = due[slot];
    if (left !== undefined && left.length > 0)
      due[(slot + 1) % HORIZON] = [...(due[(slot + 1) % HORIZON] ?? []), ...left];
    due[slot] = undefined;
    const patient = returning ?? newPatient(++patients, rng, draw);
    encounterId += 1 + rng.below(40);
    const { encounter, outcome } = visit(encounterId, patient, rng, draw);
    yield encounter;
    const returnsHere = outcome === '<30' ? rng.next() < 0.7 : outcome === '>30' && rng.next() < 0.35;
    if (returnsHere) {
      const delay = outcome === '<30' ? 1 + rng.below(SOON_ROWS) : SOON_ROWS + rng.below(HORIZON - SOON_ROWS - 1);
      const at = (row + delay) % HORIZON;
      due[at] = [...(due[at] ?? []), patient];
    }
  }
}

type Draw = Readonly<
  Record<
    | 'race'
    | 'gender'
    | 'decade'
    | 'weight'
    | 'admission'
    | 'discharge'
    | 'source'
    | 'payer'
    | 'specialty'
    | 'diagnosis'
    | 'glucose'
    | 'a1c'
    | 'insulin',
    (rng: Rng) => string
  >
>;

function samplers(): Draw {
  return {
    race: sampler(share.RACE),
    gender: sampler(share.GENDER),
    decade: sampler(share.AGE_DECADE),
    weight: sampler(share.WEIGHT),
    admission: sampler(share.ADMISSION_TYPE),
    discharge: sampler(share.DISCHARGE),
    source: sampler(share.ADMISSION_SOURCE),
    payer: sampler(share.PAYER),
    specialty: sampler(share.SPECIALTY),
    diagnosis: sampler(share.DIAGNOSIS),
    glucose: sampler(share.GLUCOSE),
    a1c: sampler(share.A1C),
    insulin: sampler(share.INSULIN),
  };
}

function sampler(shares: share.Shares): (rng: Rng) => string {
  const ends: number[] = [];
  let total = 0;
  for (const [, weight] of shares) ends.push((total += weight));
  return rng => {
    const at = rng.next() * total;
    return shares[ends.findIndex(end => at < end)][0];
  };
}

function newPatient(number: number, rng: Rng, draw: Draw): Patient {
  // Scattered like real record numbers, and unique: an odd multiplier permutes the residues of 2^27.
  const id = 1_000 + ((number * 40_503_001) % 134_217_728);
  return {
    id,
    race: draw.race(rng),
    gender: draw.gender(rng),
    decade: Number(draw.decade(rng)),
    frailty: rng.normal(),
    visits: 0,
  };
}

function visit(id: number, patient: Patient, rng: Rng, draw: Draw): { encounter: Encounter; outcome: string } {
  const { frailty, decade } = patient;
  const inpatient = Math.min(20, patient.visits + poisson(Math.exp(-1.2 + 0.95 * frailty), rng));
  const emergency = Math.min(30, poisson(Math.exp(-2.2 + 0.8 * frailty), rng));
  const outpatient = Math.min(30, poisson(Math.exp(-1.5 + 0.5 * frailty), rng));
  const days = 1 + Math.min(13, poisson(3.2 + 0.4 * frailty, rng));
  const [diag1, diag2, diag3] = [draw.diagnosis(rng), draw.diagnosis(rng), draw.diagnosis(rng)];
  const dead = rng.next() < 0.004 * Math.exp(0.25 * decade + 0.3 * frailty) * 0.7;
  const discharge = dead ? '11' : draw.discharge(rng);
  const insulin = draw.insulin(rng);
  const medications = 1 + Math.min(80, poisson(11 + 1.2 * days, rng));
  const diagnoses = Math.min(16, 2 + poisson(4 + 0.3 * decade, rng));
  const margin =
    -4.05 +
    0.6 * Math.min(inpatient, 8) +
    0.25 * Math.min(emergency, 5) +
    0.09 * decade +
    0.03 * days +
    1.4 * (ICD_RISK[diag1] ?? 0) +
    0.6 * (ICD_RISK[diag2] ?? 0) +
    1.2 * (DISCHARGE_RISK[discharge] ?? 0) +
    (insulin === 'Up' || insulin === 'Down' ? 0.25 : 0) +
    0.06 * (diagnoses - 7);
  const risk = dead ? 0 : 1 / (1 + Math.exp(-margin));
  const later = dead ? 0 : 1 / (1 + Math.exp(-(margin + 1.9)));
  const u = rng.next();
  const outcome = u < risk ? '<30' : rng.next() < later ? '>30' : 'NO';
  patient.visits++;

  const drugs = share.DRUGS.map(([, part]) => drug(part, rng));
  const combinations = share.COMBINATIONS.map(([, part]) => drug(part, rng));
  const taken = [...drugs, insulin, ...combinations];
  const changed = taken.some(dose => dose === 'Up' || dose === 'Down') || rng.next() < 0.25;
  const fields = [
    id,
    patient.id,
    patient.race,
    patient.gender,
    `[${decade * 10}-${decade * 10 + 10})`,
    draw.weight(rng),
    draw.admission(rng),
    discharge,
    draw.source(rng),
    days,
    draw.payer(rng),
    draw.specialty(rng),
    1 + Math.min(130, poisson(42, rng)),
    Math.min(6, poisson(1.3, rng)),
    medications,
    outpatient,
    emergency,
    inpatient,
    diag1,
    rng.next() < 0.004 ? '?' : diag2,
    rng.next() < 0.014 ? '?' : diag3,
    diagnoses,
    draw.glucose(rng),
    draw.a1c(rng),
    ...drugs,
    insulin,
    ...combinations,
    changed ? 'Ch' : 'No',
    taken.some(dose => dose !== 'No') ? 'Yes' : 'No',
    outcome,
  ];
  return { encounter: { line: fields.join(','), risk, soon: outcome === '<30' }, outcome };
}

function drug(part: number, rng: Rng): string {
  const u = rng.next();
  if (u >= part) return 'No';
  return u < part * 0.9 ? 'Steady' : u < part * 0.96 ? 'Up' : 'Down';
}

/** Knuth's product of uniforms; means here are below 60. */
function poisson(mean: number, rng: Rng): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = rng.next(); product > limit && count < 200; product *= rng.next()) count++;
  return count;
}
