#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { withNode } from './with-node.mjs';

await withNode(async () => {
  const built = new URL('../dist/cli/main.js', import.meta.url);
  const { main } = await import(existsSync(built) ? built.href : new URL('../src/cli/main.ts', import.meta.url).href);
  await main(process.argv.slice(2));
});
