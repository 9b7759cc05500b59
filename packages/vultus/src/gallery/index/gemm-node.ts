/** The matrix product by onnxruntime-node, inside a search thread. */

import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { findRuntimes } from '../../runtime/onnx-node.package.ts';
import { gemmModelBytes } from './gemm.data.ts';
import { type Gemm, isExact } from './gemm.ts';

type Ort = {
  readonly InferenceSession: typeof InferenceSession;
  readonly Tensor: typeof Tensor;
  readonly env: { logLevel?: string };
};

/** Opens it; undefined where the package is not installed, or does not do what it should. */
export async function openGemm(): Promise<Gemm | undefined> {
  const { native } = findRuntimes();
  if (native === undefined) return undefined;
  try {
    const ort = createRequire(import.meta.url)(native) as Ort;
    // One thread each: there are as many search threads as cores.
    const session = await ort.InferenceSession.create(gemmModelBytes(), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 4,
    });
    const gemm: Gemm = { run: (...args) => multiply(ort, session, ...args), close: () => session.release() };
    if (await isExact(gemm)) return gemm;
    await gemm.close();
    return undefined;
  } catch {
    return undefined;
  }
}

async function multiply(
  ort: Ort,
  session: InferenceSession,
  rows: Uint8Array,
  queries: Int8Array,
  sums: Int32Array,
  inner: number,
): Promise<void> {
  const [count, width] = [rows.length / inner, queries.length / inner];
  const feeds = {
    rows: new ort.Tensor('uint8', rows, [count, inner]),
    queries: new ort.Tensor('int8', queries, [inner, width]),
  };
  await session.run(feeds, { sums: new ort.Tensor('int32', sums, [count, width]) });
}
