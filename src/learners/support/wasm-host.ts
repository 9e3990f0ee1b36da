/** What is used of the host's WebAssembly. */
interface Host {
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, WasmLoop>> };
}
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}
export type WasmLoop = (...addresses: number[]) => void;

const host = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;
const PAGE = 65_536;

/** Null where the address space has no room: each memory reserves gigabytes of it. */
export function wasmMemory(bytes: number): WasmMemory | null {
  const pages = Math.ceil(bytes / PAGE);
  try {
    return new host.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

export function wasmLoops(code: Uint8Array, memory: WasmMemory): Readonly<Record<string, WasmLoop>> {
  return new host.Instance(new host.Module(code), { env: { memory } }).exports;
}
