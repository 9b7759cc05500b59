/** What every backend promises, as a test suite: parameterised by a factory and by declared skips with their reasons. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import type { Backend, Session } from './backend.ts';
import { runBatched } from './batch.ts';
import type { Tensor, Tensors } from './tensor.ts';

/** A backend under test. */
export interface BackendUnderTest {
  /** Opens a fresh backend. */
  readonly open: () => Promise<Backend>;
  /** Bytes of a model as described in `backend.contract.data.ts`, in the form that this backend loads. */
  readonly model: (name: 'affine' | 'types') => Uint8Array;
  /** Names of tests that do not apply, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
}

/** Registers the contract's tests under `name`. */
export function testBackendContract(name: string, subject: BackendUnderTest): void {
  const check = (title: string, body: () => Promise<void>) => {
    const reason = subject.skips?.[title];
    test.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (skipped: ${reason})`, body);
  };

  describe(`backend contract: ${name}`, () => {
    let backend: Backend;
    let affine: Session;

    beforeAll(async () => {
      backend = await subject.open();
      affine = await backend.load(subject.model('affine'), { label: 'affine' });
    });

    afterAll(async () => {
      await backend.close();
    });

    check('says what it is', async () => {
      expect(backend.name).not.toBe('');
      expect(backend.concurrency).toBeGreaterThanOrEqual(1);
      expect(['auto', 'gpu']).not.toContain(backend.device.actual);
    });

    check('reports inputs and outputs', async () => {
      expect(affine.inputs).toMatchObject([{ name: 'x', type: 'float32' }]);
      expect(affine.outputs).toMatchObject([{ name: 'y', type: 'float32' }]);
      expect(affine.inputs[0]?.dims[1]).toBe(4);
      expect(affine.inputs[0]?.dims[0]).not.toBeTypeOf('bigint');
    });

    check('computes', async () => {
      const { y } = await affine.run(rows([1, 2, 3, 4]));
      expect(y).toMatchObject({ type: 'float32', dims: [1, 4] });
      expect([...(y?.data ?? [])]).toEqual([3, 5, 7, 9]);
    });

    check('leaves the inputs as they were, and a view on a larger array is enough', async () => {
      const whole = Float32Array.from([9, 9, 1, 2, 3, 4, 9]);
      const { y } = await affine.run({ x: { type: 'float32', dims: [1, 4], data: whole.subarray(2, 6) } });
      expect([...(y?.data ?? [])]).toEqual([3, 5, 7, 9]);
      expect([...whole]).toEqual([9, 9, 1, 2, 3, 4, 9]);
    });

    check('leaves Node buffers as they were, too', async () => {
      if (typeof Buffer === 'undefined') return;
      const bytes = Buffer.concat([subject.model('types')]);
      const session = await backend.load(bytes, { label: 'types' });
      const raw = Buffer.from('face');
      const feeds: Tensors = {
        float32: { type: 'float32', dims: [4], data: new Float32Array(4) },
        int32: { type: 'int32', dims: [4], data: new Int32Array(4) },
        int64: { type: 'int64', dims: [4], data: new BigInt64Array(4) },
        uint8: { type: 'uint8', dims: [4], data: raw },
        bool: { type: 'bool', dims: [4], data: Buffer.from([1, 0, 1, 0]) },
      };
      const { uint8_out } = await session.run(feeds);
      expect([...(uint8_out?.data ?? [])]).toEqual([...Buffer.from('face')]);
      expect(raw.toString()).toBe('face');
      expect(bytes.length).toBe(subject.model('types').length);
      await session.close();
    });

    check('carries every element type', async () => {
      const session = await backend.load(subject.model('types'), { label: 'types' });
      const feeds: Tensors = {
        float32: { type: 'float32', dims: [2], data: Float32Array.from([0.5, -1]) },
        int32: { type: 'int32', dims: [2], data: Int32Array.from([-7, 2 ** 31 - 1]) },
        int64: { type: 'int64', dims: [2], data: BigInt64Array.from([-7n, 2n ** 40n]) },
        uint8: { type: 'uint8', dims: [2], data: Uint8Array.from([0, 255]) },
        bool: { type: 'bool', dims: [2], data: Uint8Array.from([1, 0]) },
      };
      const outputs = await session.run(feeds);
      for (const [type, tensor] of Object.entries(feeds)) expect(outputs[`${type}_out`]).toEqual(tensor);
      await session.close();
    });

    check('a batch equals its singles', async () => {
      const items = Array.from({ length: 7 }, (_, index) => [index, index + 0.25, -index, 100 * index]);
      const singles = await Promise.all(items.map(async (item) => (await affine.run(rows(item))).y?.data));
      const together = await affine.run(rows(...items));
      const cut = await runBatched(affine, rows(...items), { maxBatch: 2, concurrency: backend.concurrency });
      expect([...(together.y?.data ?? [])]).toEqual(singles.flatMap((data) => [...(data ?? [])]));
      expect(cut).toEqual(together);
    });

    check('runs any number of calls at once', async () => {
      const results = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => (await affine.run(rows([index, 0, 0, 0]))).y?.data[0]),
      );
      expect(results).toEqual(Array.from({ length: 50 }, (_, index) => 2 * index + 1));
    });

    check('names the model and the tensor in refusals', async () => {
      const good = Float32Array.from([1, 2, 3, 4]);
      const refused: readonly [string, unknown][] = [
        ['"x"', {}],
        ['"z"', { ...rows([1, 2, 3, 4]), z: { type: 'float32', dims: [1], data: Float32Array.of(1) } }],
        ['"x"', { x: { type: 'int32', dims: [1, 4], data: Int32Array.from(good) } }],
        ['"x"', { x: { type: 'float32', dims: [1, 4], data: Float64Array.from(good) } }],
        ['"x"', { x: { type: 'float32', dims: [4], data: good } }],
        ['"x"', { x: { type: 'float32', dims: [1, 5], data: Float32Array.of(1, 2, 3, 4, 5) } }],
        ['"x"', { x: { type: 'float32', dims: [2, 4], data: good } }],
        ['"x"', { x: { type: 'float32', dims: [-1, 4], data: good } }],
      ];
      for (const [tensor, feeds] of refused) {
        const error = await failure(affine.run(feeds as Tensors), 'INFERENCE_FAILED');
        expect(error.message).toContain('affine');
        expect(error.message).toContain(tensor);
      }
      expect((await affine.run(rows([0, 0, 0, 0]))).y?.data[0]).toBe(1);
    });

    check('refuses bytes that are no model', async () => {
      const noise = Uint8Array.from({ length: 300 }, (_, index) => (index * 37) % 251);
      for (const bytes of [new Uint8Array(0), noise, half(subject.model('affine'))]) {
        const error = await failure(backend.load(bytes, { label: 'broken' }), 'MODEL_INVALID');
        expect(error.message).toContain('broken');
      }
    });

    check('hands session config to the runtime', async () => {
      const harmless = await backend.load(subject.model('affine'), { config: { 'session.disable_prepacking': '1' } });
      await harmless.close();
      // Told that the bytes are of its other format, a runtime that listens refuses them.
      const wrong = { label: 'affine', config: { 'session.load_model_format': 'ORT' } };
      await failure(backend.load(subject.model('affine'), wrong), 'MODEL_INVALID');
    });

    check('aborts', async () => {
      await failure(affine.run(rows([1, 2, 3, 4]), { signal: AbortSignal.abort() }), 'ABORTED');
      const controller = new AbortController();
      const running = Array.from({ length: 20 }, () => affine.run(rows([1, 2, 3, 4]), { signal: controller.signal }));
      const outcomes = Promise.allSettled(running);
      controller.abort();
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'ABORTED' } });
      expect((await affine.run(rows([0, 0, 0, 0]))).y?.data[0]).toBe(1);
    });

    check('closes a session twice, and refuses it afterwards', async () => {
      const session = await backend.load(subject.model('affine'), { label: 'short-lived' });
      const last = session.run(rows([1, 2, 3, 4]));
      await Promise.all([session.close(), session.close()]);
      await session.close();
      expect((await last).y?.data[0]).toBe(3);
      expect((await failure(session.run(rows([1, 2, 3, 4])), 'CLOSED')).message).toContain('short-lived');
    });

    check('closes a backend twice, and refuses it and its sessions afterwards', async () => {
      const other = await subject.open();
      const session = await other.load(subject.model('affine'), { label: 'orphan' });
      await Promise.all([other.close(), other.close()]);
      await other.close();
      await failure(session.run(rows([1, 2, 3, 4])), 'CLOSED');
      await failure(other.load(subject.model('affine')), 'CLOSED');
      await session.close();
    });
  });
}

function rows(...items: readonly (readonly number[])[]): { x: Tensor<'float32'> } {
  return { x: { type: 'float32', dims: [items.length, 4], data: Float32Array.from(items.flat()) } };
}

async function failure(work: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'VultusError', code });
  return error as Error;
}

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length >> 1);
}
