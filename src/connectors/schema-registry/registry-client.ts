import { OperationalError } from '../../engine/base/operational-error.ts';
import type { Millis } from '../../engine/base/units.ts';
import type { RecordWorld } from '../../engine/contract/connector.ts';
import { failureOf, idIn, type SchemaText, schemaTextIn, versionIn } from './registry-answers.ts';
import type { RegistryOptions } from './registry-options.ts';

/** What is used of the client library, which is loaded when it is needed. It gives what came, whatever that is. */
interface Client {
  getBySubjectAndId(subject: string, id: number, format?: string): Promise<unknown>;
  getSchemaMetadata(subject: string, version: number): Promise<unknown>;
  getLatestSchemaMetadata(subject: string): Promise<unknown>;
  register(subject: string, schema: SchemaText): Promise<unknown>;
  getId(subject: string, schema: SchemaText): Promise<unknown>;
}
interface ClientModule {
  readonly SchemaRegistryClient: new (config: object) => Client;
}

const PACKAGE = '@confluentinc/schemaregistry';
const REQUEST_TIMEOUT: Millis = 10_000;
/** No schema is as large, and no answer is read further. */
const MOST_BYTES = 16 * 1024 * 1024;
const FIRST_PAUSE: Millis = 250;
const LONGEST_PAUSE: Millis = 8_000;

/** What is asked of whom: options of a topic's format, or of a flow's schema. */
export type RegistryQuestion = Pick<RegistryOptions, 'registry' | 'user' | 'password' | 'registry_wait'> &
  Partial<Pick<RegistryOptions, 'register'>> & {
    /** How long one answer may take. */
    readonly timeout?: Millis;
  };

/** The registry a flow's topics have their schemas in. */
export class SchemaRegistry {
  readonly #options: RegistryQuestion;
  readonly #world: RecordWorld;
  readonly #url: string;

  /** Throws R151 where no registry is named, or by what is no address, R156 for a user without a password that can be had. */
  constructor(options: RegistryQuestion, world: RecordWorld) {
    this.#options = options;
    this.#world = world;
    const url = options.registry ?? world.env('WEIR_SCHEMA_REGISTRY');
    if (url === undefined || url === '') {
      throw new OperationalError('R151', 'no schema registry is named', {
        hint: 'write `registry: "http://…"` beside `format:`, or set WEIR_SCHEMA_REGISTRY',
      });
    }
    // It is not repeated: whoever writes a password into it would read it in every log.
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
      throw new OperationalError('R151', 'what is named as the schema registry is no address of one', {
        hint: 'write `registry: "http://…"` beside `format:`, or set WEIR_SCHEMA_REGISTRY, with the scheme in front',
      });
    }
    this.#url = url;
  }

  /** The schema with an id; null: the registry does not know it. `format`: how a Protobuf schema is told. */
  async byId(id: number, format?: string): Promise<SchemaText | null> {
    return this.#ask(`schema ${id}`, async client => schemaTextIn(await client.getBySubjectAndId('', id, format)));
  }
  /** One version of a subject, for references between schemas; null: there is none. */
  async version(subject: string, version: number): Promise<SchemaText | null> {
    return this.#ask(`version ${version} of ${subject}`, async client =>
      schemaTextIn(await client.getSchemaMetadata(subject, version)),
    );
  }

  /** The number of a subject's latest version; null: there is no such subject. */
  async latestVersion(subject: string): Promise<number | null> {
    return this.#ask(`the versions of ${subject}`, async client =>
      versionIn(await client.getLatestSchemaMetadata(subject)),
    );
  }

  /** The id under which the schema is registered, or will be. Throws R154 where the registry finds it incompatible, R157 where it has to be there. */
  async idOf(subject: string, schema: SchemaText): Promise<number> {
    const mayRegister = this.#options.register === 'always';
    const given = async (client: Client): Promise<number> =>
      idIn(await (mayRegister ? client.register(subject, schema) : client.getId(subject, schema)));
    const id = await this.#ask(`the schema of ${subject}`, given, true);
    if (id !== null) return id;
    throw new OperationalError('R157', `the schema registry has no such schema under ${subject}`, {
      hint: `\`register: never\` wants it there: register ${schema.schema}`,
    });
  }

  /** Asks with patience; null: there is nothing of the kind. `isGiven`: the question has a schema, which may not fit. */
  async #ask<T>(what: string, ask: (client: Client) => Promise<T>, isGiven = false): Promise<T | null> {
    const { clock, signal, warn } = this.#world;
    const until = clock.elapsed() + this.#options.registry_wait;
    let hasWarned = false;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      // One for each question: it keeps what it was answered, whatever that was, and has others wait for an answer that does not come.
      const client = await this.#connect();
      try {
        return await ask(client);
      } catch (error) {
        signal.throwIfAborted();
        const { kind, status } = failureOf(error);
        if (kind === 'absent') return null;
        const isDefinite = kind === 'other' && status !== null && status < 500 && status !== 429;
        if (isDefinite && isGiven && (status === 409 || status === 422)) throw this.#incompatible(what, error);
        if (isDefinite) throw this.#refused(what, status);
        if (clock.elapsed() + pause > until) throw this.#silent(what, told(kind, status), error);
        if (!hasWarned) {
          warn('R153', `the schema registry does not tell ${what}: ${told(kind, status)}; it is asked again`);
        }
        hasWarned = true;
        await clock.sleep(pause, signal);
        signal.throwIfAborted();
      }
    }
  }

  async #connect(): Promise<Client> {
    const { user, password, timeout = REQUEST_TIMEOUT } = this.#options;
    const { SchemaRegistryClient } = await loaded();
    const name = user === undefined ? null : secretOf(user, 'user', this.#world.env);
    return new SchemaRegistryClient({
      baseURLs: [this.#url],
      // Asked again here, where it is told and can be stopped.
      maxRetries: 0,
      createAxiosDefaults: {
        timeout,
        maxContentLength: MOST_BYTES,
        // Its timeout begins anew with every byte.
        signal: AbortSignal.any([this.#world.signal, AbortSignal.timeout(timeout)]),
      },
      ...(name === null
        ? {}
        : {
            basicAuthCredentials: {
              credentialsSource: 'USER_INFO',
              userInfo: `${name}:${password === undefined ? '' : secretOf(password, 'password', this.#world.env)}`,
            },
          }),
    });
  }

  #silent(what: string, why: string, cause: unknown): OperationalError {
    return new OperationalError('R152', `the schema registry does not tell ${what}: ${why}`, {
      hint:
        why === STRANGE
          ? 'see whether the address is that of a registry, with the path it speaks as Confluent’s does on'
          : 'see whether it runs and can be reached',
      cause,
    });
  }
  #refused(what: string, status: number): OperationalError {
    return new OperationalError('R156', `the schema registry refuses ${what} (HTTP ${status})`, {
      hint:
        status === 401 || status === 403
          ? 'name who asks: `user: env("…"), password: env("…")`'
          : 'see whether its address is right, and what it logs of the question',
    });
  }
  #incompatible(what: string, error: unknown): OperationalError {
    const why = error instanceof Error ? error.message.slice(0, 500) : '';
    return new OperationalError('R154', `the schema registry does not take ${what}: ${why}`, {
      hint: 'change the fields that are written as its compatibility allows, or write to another topic',
    });
  }
}

const STRANGE = 'what answers is no schema registry, or its answer was cut off';

function told(kind: ReturnType<typeof failureOf>['kind'], status: number | null): string {
  if (kind === 'strange') return STRANGE;
  return status === null ? 'it does not answer' : `it answers HTTP ${status}`;
}

async function loaded(): Promise<ClientModule> {
  try {
    // Not named in the import itself: those who need no registry do not have the package.
    const name: string = PACKAGE;
    return (await import(name)) as ClientModule;
  } catch (cause) {
    throw new OperationalError('R150', `the package ${PACKAGE} is not installed`, {
      hint: `npm install ${PACKAGE}@1.10.1`,
      cause,
    });
  }
}

/** Of `env("NAME")`. Throws R156. */
function secretOf(value: unknown, option: string, env: RecordWorld['env']): string {
  const { secret, name } = value as { readonly secret?: string; readonly name?: string };
  const found = secret === 'env' && name !== undefined ? env(name) : undefined;
  if (typeof value === 'string' && option === 'user') return value;
  if (found !== undefined) return found;
  throw new OperationalError('R156', `\`${option}:\` of the schema registry is not to be had`, {
    hint: `write \`${option}: env("NAME")\`, and set that variable for the run`,
  });
}
