import { open, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { makeWeirFolder } from '../../engine/runtime/weir-folder.ts';
import { EXIT } from '../exit-codes.ts';
import { ExitError, failureOf } from '../failure.ts';
import type { LogPlace } from '../log-place.ts';
import { out, paintOut } from '../session.ts';
import { logOption } from '../weir-dir.ts';

interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do about it. */
  readonly hint: string | null;
}

const SYNCS = 20;
const GIB = 2 ** 30;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('see whether this machine can run Weir well')
    .addOption(logOption())
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  weir doctor')
    .action(async (flags: { log: LogPlace; json?: boolean }) => {
      const findings = [
        nodeFinding(),
        coresFinding(),
        memoryFinding(),
        await nativeFinding(),
        ...(await diskFindings(flags.log.dir)),
      ];
      if (flags.json) out.write(`${JSON.stringify(findings)}\n`);
      else for (const finding of findings) out.write(lineOf(finding));
      if (findings.some(finding => finding.state === 'fail')) throw new ExitError(EXIT.world);
    });
}

function lineOf({ name, state, found, hint }: Finding): string {
  const mark = { ok: paintOut('green', '✓'), warn: paintOut('yellow', '!'), fail: paintOut('red', '✗') }[state];
  return `${mark} ${name.padEnd(10)}${found}\n${hint === null ? '' : `            ${hint}\n`}`;
}

function nodeFinding(): Finding {
  return { name: 'node', state: 'ok', found: process.versions.node, hint: null };
}

function coresFinding(): Finding {
  const cores = availableParallelism();
  const hint = cores > 1 ? null : 'with one core, workers do not run side by side';
  return { name: 'cores', state: cores > 1 ? 'ok' : 'warn', found: String(cores), hint };
}

function memoryFinding(): Finding {
  const [free, total] = [freemem() / GIB, totalmem() / GIB];
  const low = free < 1;
  return {
    name: 'memory',
    state: low ? 'warn' : 'ok',
    found: `${free.toFixed(1)} GiB free of ${total.toFixed(1)}`,
    hint: low ? 'training on a million rows wants about 2 GiB' : null,
  };
}

async function nativeFinding(): Promise<Finding> {
  try {
    const { crc32c } = await import('@node-rs/crc32');
    // The check value of CRC-32C (RFC 3720, B.4 uses the same polynomial).
    const right = crc32c('123456789') === 0xe3069283;
    return {
      name: 'checksums',
      state: right ? 'ok' : 'fail',
      found: right ? 'native CRC32C' : 'wrong CRC32C',
      hint: null,
    };
  } catch {
    return {
      name: 'checksums',
      state: 'fail',
      found: 'the native CRC32C module does not load',
      hint: 'run npm ci again on this machine',
    };
  }
}

/** Writes and syncs a small file some times, where the log would: a disk that lies or is full shows here first. */
async function diskFindings(weirDir: string): Promise<readonly Finding[]> {
  const existed = await stat(weirDir).then(
    () => true,
    () => false,
  );
  const probe = join(weirDir, `doctor-${process.pid}.tmp`);
  try {
    makeWeirFolder(weirDir);
    const file = await open(probe, 'w');
    const started = performance.now();
    for (let i = 0; i < SYNCS; i++) {
      await file.write(Buffer.alloc(4096));
      await file.datasync();
    }
    const each = (performance.now() - started) / SYNCS;
    await file.close();
    const { bavail, bsize } = await statfs(weirDir);
    const freeGib = (bavail * bsize) / GIB;
    return [
      {
        name: 'sync',
        state: each < 20 ? 'ok' : 'warn',
        found: `${each.toFixed(2)} ms a commit`,
        hint: each < 20 ? null : 'commits wait for this disk: name a faster one with --log DIR',
      },
      {
        name: 'disk',
        state: freeGib > 1 ? 'ok' : 'warn',
        found: `${freeGib.toFixed(1)} GiB free at ${weirDir}`,
        hint: freeGib > 1 ? null : 'the log stops cleanly when the disk is full',
      },
    ];
  } catch (cause) {
    const { message, hint } = failureOf(cause);
    return [{ name: 'disk', state: 'fail', found: message, hint }];
  } finally {
    await rm(probe, { force: true }).catch(() => {});
    // Only while it is empty: a run may have begun in it meanwhile.
    if (!existed) await rmdir(weirDir).catch(() => {});
  }
}
