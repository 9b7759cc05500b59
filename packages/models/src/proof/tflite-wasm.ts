/** TFLite itself, compiled to WebAssembly by Google for browsers: the original runtime for proofs of TFLite conversions. */

import { runInThisContext } from 'node:vm';
import { fetchFiles } from '../fetch.ts';
import { packages } from '../packages.ts';

/** Runs one sample, batch repeated where the file has one baked in; outputs by tensor name, first sample only. */
export type TfliteRun = (sample: Float32Array) => ReadonlyMap<string, Float32Array>;

const script = {
  path: 'wasm/tflite_web_api_cc_simd.js',
  sha256: 'd5c71816525140d7a35b59a908d3b07d42741576630e647d246c19c6fa72d63d',
};
const binary = {
  path: 'wasm/tflite_web_api_cc_simd.wasm',
  sha256: '40f49cc2d458ec09bb43db160e9e55f4b3c790a4c1d1fa280f8a61796296cf8e',
};

/** Opens a .tflite file. @throws Error when TFLite refuses it (custom operators, for one). */
export async function openTfliteWasm(file: Uint8Array): Promise<TfliteRun> {
  const runtime = await load();
  const address = runtime._malloc(file.length);
  runtime.HEAPU8.set(file, address);
  const status = runtime.TFLiteWebModelRunner.CreateFromBufferAndOptions(address, file.length, {
    numThreads: 1,
    enableWebNNDelegate: false,
    webNNDevicePreference: 0,
    enableProfiling: false,
    maxProfilingBufferEntries: 0,
  });
  if (!status.ok()) throw new Error(`Expected TFLite to open the file, got: ${status.errorMessage()}`);
  const runner = status.value();
  return (sample) => {
    const input = runner.GetInputs().get(0).data();
    const batch = input.length / sample.length; // before the run: memory that grows detaches the view
    for (let offset = 0; offset < input.length; offset += sample.length) input.set(sample, offset);
    if (!runner.Infer()) throw new Error('Expected TFLite to run the graph, got a refusal');
    const outputs = runner.GetOutputs();
    return new Map(
      Array.from({ length: outputs.size() }, (_, i) => {
        const output = outputs.get(i);
        const values = output.data();
        return [output.name, Float32Array.from(values.subarray(0, values.length / batch))] as const;
      }),
    );
  };
}

interface TensorInfo {
  readonly name: string;
  data(): Float32Array;
}

interface TensorList {
  size(): number;
  get(index: number): TensorInfo;
}

interface Runner {
  GetInputs(): TensorList;
  GetOutputs(): TensorList;
  Infer(): boolean;
}

/** The parts of the Emscripten module that are used; embind's names. */
interface TfliteModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  readonly TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(
      address: number,
      bytes: number,
      options: Readonly<Record<string, unknown>>,
    ): { ok(): boolean; errorMessage(): string; value(): Runner };
  };
}

let loaded: Promise<TfliteModule> | undefined;

function load(): Promise<TfliteModule> {
  loaded ??= (async () => {
    const found = await fetchFiles(packages.tfliteWasm, [script, binary]);
    const source = new TextDecoder().decode(found.get(script.path));
    // The script names its factory in a variable of its own; as an expression it is handed out instead.
    const factory = runInThisContext(`(() => { ${source}; return tflite_web_api_ModuleFactory; })()`) as (
      options: Readonly<Record<string, unknown>>,
    ) => Promise<TfliteModule>;
    const global = globalThis as { window?: unknown };
    const before = global.window;
    global.window = globalThis; // the module asks for a browser
    try {
      return await factory({ wasmBinary: found.get(binary.path), print() {}, printErr() {} });
    } finally {
      global.window = before;
    }
  })();
  return loaded;
}
