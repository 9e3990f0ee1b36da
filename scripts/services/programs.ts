import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Kafka 4 and Apicurio 3.0 run on it and on later ones. */
const OLDEST_JAVA = 17;

/** The Java that services run on: `JAVA_HOME`'s where that is set, as Maven has it, else the one on the path. */
export function javaProgram(): string {
  const home = process.env.JAVA_HOME;
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** Why services cannot be run on this machine, in words for its user; null where they can be. Starts a Java: 0.1 s. */
export function missingJava(): string | null {
  const { status, stderr } = spawnSync(javaProgram(), ['-version'], { encoding: 'utf8' });
  if (status !== 0) return `no Java: services need Java ${OLDEST_JAVA} or newer, as java on the PATH or in JAVA_HOME`;
  const version = Number(/version "(\d+)/.exec(stderr)?.[1] ?? Number.NaN);
  return version < OLDEST_JAVA ? `Java ${version} is too old: services need ${OLDEST_JAVA} or newer` : null;
}

/** Why they cannot be fetched either, which only Maven does. Starts both: 1 s. */
export function missingForFetch(): string | null {
  const java = missingJava();
  if (java !== null) return java;
  const { status } = spawnSync('mvn', ['--version'], { stdio: 'ignore' });
  return status === 0 ? null : 'no Maven: services are fetched by mvn, which must be on the PATH';
}
