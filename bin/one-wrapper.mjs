/**
 * A flag of V8 for every process that runs TypeScript sources in threads. Node strips their types by WebAssembly, and V8 compiles
 * a wrapper for each import that is called often, which threads share: in Node 24.21 a process dies now and then where a thread
 * compiles one just when another has ended (`WasmImportWrapperCache::Free`). With it the first, general wrapper stays.
 */
export const ONE_WRAPPER = '--wasm-wrapper-tiering-budget=1000000000';
