import { builtinOperators } from '../../src/operators/all.ts';
import { operatorConformance } from '../conformance/operator-conformance.ts';

for (const definition of builtinOperators().values()) operatorConformance(definition);
