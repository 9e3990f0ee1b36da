import { OperationalError } from '../../engine/base/operational-error.ts';
import { defineSink } from '../../engine/contract/connector.ts';
import { required } from '../../engine/contract/parameter.ts';

/** The name `publish` and `model` statements speak of; models get there by `publish`, which knows about versions and tags. */
export const registrySink = defineSink({
  name: 'registry',
  summary: 'The registry of models: `publish registry("…")` adds a version, `model m = registry("…")` asks for one.',
  options: { name: required('string', 'Name of the model in the registry.', { position: 0, names: 'model' }) },
  examples: [{ title: 'A model released', flow: 'publish registry("readmission"), tag: challenger' }],
  delivery: 'exactly-once',
  nature: 'value',
  async renderValue(_options, _content, name) {
    throw new OperationalError('R346', `${name} is written to a registry, which takes models by publish only`, {
      hint: 'write publish registry("…"), tag: … instead of write',
    });
  },
});
