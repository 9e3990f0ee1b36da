// node bin/script.mjs scripts/test.ts …: a script of this repository on a Node that can run it.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withNode } from './with-node.mjs';

await withNode(() => import(pathToFileURL(resolve(process.argv[2])).href));
