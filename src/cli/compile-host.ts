import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { CompileHost } from '../dsl/compile.ts';
import type { Clock } from '../engine/base/clock.ts';
import { systemEnvironment } from '../engine/base/environment.ts';
import { modelContentOf, openRegistry, type Registry } from '../engine/models/registry.ts';
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
    env: systemEnvironment,
    model(registry, alias) {
      const model = models.get(`${registry}\n${alias}`) ?? null;
      // A flow that does not name a damaged model has nothing to do with it.
      if (model instanceof Error) throw model;
      return model;
    },
  };
}

/** By name and alias; why, of one that cannot be read. */
async function registeredModels(weirDir: string, clock: Clock): Promise<ReadonlyMap<string, Declared | Error>> {
  const registry = openRegistry(registryFolder(weirDir), clock);
  const models = new Map<string, Declared | Error>();
  for (const { name, versions } of await registry.list()) {
    for (const alias of versions.flatMap(({ aliases }) => aliases)) {
      const model = await declaredAs(registry, name, alias).catch((error: Error) => error);
      if (model !== null) models.set(`${name}\n${alias}`, model);
    }
  }
  return models;
}

async function declaredAs(registry: Registry, name: string, alias: string): Promise<Declared | null> {
  const model = await registry.resolve(name, alias);
  if (model === null) return null;
  const { features, classes, transformHash } = modelContentOf(model.content);
  return { features, classes, transformHash };
}
