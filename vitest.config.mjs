import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { ONE_WRAPPER } from './bin/one-wrapper.mjs';

// Threads of a test run the sources as they are: types are stripped once, and not in each thread of each test.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/weir');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    execArgv: [ONE_WRAPPER],
    maxWorkers: 2,
  },
});
