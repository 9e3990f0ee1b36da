import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { CompileHost } from '../dsl/compile.ts';
import type { Clock } from '../engine/base/clock.ts';
import { modelContentOf, openRegistry } from '../engine/models/registry.ts';
import { registryFolder } from '../engine/runtime/weir-folder.ts';

type Declared = NonNullable<ReturnType<NonNullable<CompileHost['model']>>>;

/** The compiler's view of the disk, the environment and the registry under a `.weir` folder, read once. */
export async function compileHost(weirDir: string, clock: Clock): Promise<CompileHost> {
  const models = await registeredModels(weirDir, clock);
  return {
    read(path) {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return null;
      }
    },
    resolve: (from, relative) => resolve(dirname(from), relative),
    env: name => process.env[name],
    model: (registry, alias) => models.get(`${registry}\n${alias}`) ?? null,
  };
}

async function registeredModels(weirDir: string, clock: Clock): Promise<ReadonlyMap<string, Declared>> {
  const registry = openRegistry(registryFolder(weirDir), clock);
  const models = new Map<string, Declared>();
  for (const { name, versions } of await registry.list()) {
    for (const { aliases } of versions) {
      for (const alias of aliases) {
        const model = await registry.resolve(name, alias);
        if (model === null) continue;
        const { features, classes, transformHash } = modelContentOf(model.content);
        models.set(`${name}\n${alias}`, { features, classes, transformHash });
      }
    }
  }
  return models;
}
