import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeaveRequest } from './manifest-log.ts';

// The embedded log has one process, which alone may write it: whoever asks something of it leaves a file, and that process writes it into the log.

interface FiledRequest extends LeaveRequest {
  readonly flow: string;
}
const fileIn = (folder: string): string => join(folder, 'request.json');

/** Leaves a request for whoever has the log of a folder, in the place of one that was not heard. */
export async function fileRequest(folder: string, flow: string, request: LeaveRequest): Promise<void> {
  await mkdir(folder, { recursive: true });
  const filed: FiledRequest = { flow, ...request };
  await writeFile(`${fileIn(folder)}.tmp`, JSON.stringify(filed));
  await rename(`${fileIn(folder)}.tmp`, fileIn(folder));
}

/** Takes it, where it is of the flow. A file that is not whole is of no use to anybody. */
export async function takeRequest(folder: string, flow: string): Promise<LeaveRequest | null> {
  const filed = await readRequest(folder);
  if (filed?.flow !== flow) return null;
  await rm(fileIn(folder), { force: true });
  return { request: filed.request, id: filed.id };
}

/** Whether one waits to be heard. */
export async function isFiled(folder: string, id: string): Promise<boolean> {
  return (await readRequest(folder))?.id === id;
}
export async function dropRequest(folder: string): Promise<void> {
  await rm(fileIn(folder), { force: true });
}

async function readRequest(folder: string): Promise<FiledRequest | null> {
  try {
    return JSON.parse(await readFile(fileIn(folder), 'utf8')) as FiledRequest;
  } catch {
    return null;
  }
}
