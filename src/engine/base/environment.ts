/** Variables that programs are started with, by name. Handed in, as time is. */
export type Environment = (name: string) => string | undefined;

/** Where nothing is set. */
export const NO_ENVIRONMENT: Environment = () => undefined;

/** The process's own. */
export const systemEnvironment: Environment = name => process.env[name];
