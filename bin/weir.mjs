#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { withNode } from './with-node.mjs';

await withNode(async () => {
  // The sources in a checkout; what was built of them in the package, which has no sources.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = await import(
    existsSync(source) ? source.href : new URL('../dist/cli/main.js', import.meta.url).href
  );
  await main(process.argv.slice(2));
});
