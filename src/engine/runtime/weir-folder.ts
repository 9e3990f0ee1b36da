import { join } from 'node:path';

/** What lies where in a run's folder (`.weir`). */
export const logFolder = (folder: string): string => join(folder, 'log');
export const artifactsFolder = (folder: string): string => join(folder, 'artifacts');
export const registryFolder = (folder: string): string => join(folder, 'registry');
export const snapshotsFolder = (folder: string): string => join(folder, 'snapshots');
