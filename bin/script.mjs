// node bin/script.mjs scripts/test.ts …: a script of this repository on a Node that can run it.
import { runOnFittingNode } from './with-node.mjs';

runOnFittingNode(process.argv.slice(2));
