import type { FlowContext } from '../flow-context.ts';
import { refuseSeenRows } from './seen-rows.ts';
import { refuseTellingFeatures } from './telling-features.ts';
import { refuseTornEntities } from './torn-entities.ts';

/**
 * Looks a compiled flow over for what gives good figures and bad models: stages on rows of the wrong role, or on rows that have
 * been learned from (E503), splits that can no longer keep people whole (E501), and features that tell the label (E502). It goes by what definitions say of themselves.
 */
export function refuseLeakage(context: FlowContext): void {
  refuseSeenRows(context);
  refuseTornEntities(context);
  refuseTellingFeatures(context);
}
