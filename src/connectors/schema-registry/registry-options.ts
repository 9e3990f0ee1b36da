import { optional, type ParamsOf, required } from '../../engine/contract/parameter.ts';

/** What the formats whose schemas lie in a registry have in common. */
export const REGISTRY_OPTIONS = {
  registry: optional(
    'string',
    'Address of the schema registry; without it that of the environment variable `WEIR_SCHEMA_REGISTRY`.',
  ),
  user: optional('string', 'Who asks the registry; `env("NAME")`.', { secret: true }),
  password: optional('string', 'Its password: always `env("NAME")`.', { secret: true }),
  subject: required(
    'choice',
    'Under which subject a written schema lies: of the topic, of the record’s name, or of both.',
    {
      default: 'topic',
      choices: ['topic', 'record', 'topic_record'],
    },
  ),
  record: optional('string', 'Full name of the record that is written; without it made of the topic’s name.'),
  register: required('choice', 'Whether a written schema is registered where it is not yet, or has to be there.', {
    default: 'always',
    choices: ['always', 'never'],
  }),
  registry_wait: required('duration', 'How long a registry that does not answer is asked again.', {
    default: 60_000,
    min: 0,
    max: 3_600_000,
  }),
} as const;
export type RegistryOptions = ParamsOf<typeof REGISTRY_OPTIONS>;
