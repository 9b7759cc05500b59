/** Notes which networks an engine runs, on which input; and runs the same again without the engine, on one thread. */

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type Backend, Engine, nodePlatform, type Tensors, type VultusOptions } from 'vultus';

/** One run of one network. */
export interface RecordedRun {
  /** Id of the model. */
  readonly label: string;
  /** Its bytes. */
  readonly model: Uint8Array;
  readonly feeds: Tensors;
}

/** An engine that notes every run, in the order in which they begin. */
async function openRecorded(options: VultusOptions): Promise<{ engine: Engine; runs: RecordedRun[] }> {
  const runs: RecordedRun[] = [];
  const openBackend: typeof nodePlatform.openBackend = async (wanted) =>
    recording(await nodePlatform.openBackend(wanted), runs);
  return { engine: await Engine.open({ ...nodePlatform, openBackend }, options), runs };
}

/** The runs of one engine call. */
export async function recordRuns(call: (engine: Engine) => Promise<unknown>): Promise<RecordedRun[]> {
  const { engine, runs } = await openRecorded({ device: 'cpu' });
  try {
    await call(engine);
    return [...runs];
  } finally {
    await engine.close();
  }
}

/** The bare networks behind recorded runs, open in this thread. */
export class BareSessions {
  readonly #sessions: ReadonlyMap<Uint8Array, InferenceSession>;

  /** Opens each model once. */
  static async open(runs: readonly RecordedRun[]): Promise<BareSessions> {
    const sessions = new Map<Uint8Array, InferenceSession>();
    for (const model of new Set(runs.map((run) => run.model))) {
      const options = {
        executionProviders: ['cpu'],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
      } as const;
      sessions.set(model, await InferenceSession.create(model, options));
    }
    return new BareSessions(sessions);
  }

  private constructor(sessions: ReadonlyMap<Uint8Array, InferenceSession>) {
    this.#sessions = sessions;
  }

  /** `session.run` and nothing else: the tensors are made before. */
  prepare({ label, model, feeds }: RecordedRun): () => Promise<unknown> {
    const session = this.#sessions.get(model);
    if (!session) throw new Error(`No session of ${label}`);
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, dims }]) => [
        name,
        new OrtTensor('float32', data as Float32Array, [...dims]),
      ]),
    );
    return () => session.run(inputs);
  }
}

function recording(backend: Backend, runs: RecordedRun[]): Backend {
  return {
    name: backend.name,
    device: backend.device,
    concurrency: backend.concurrency,
    close: () => backend.close(),
    async load(bytes, options) {
      const kept = bytes.slice();
      const session = await backend.load(bytes, options);
      return {
        inputs: session.inputs,
        outputs: session.outputs,
        close: () => session.close(),
        run(feeds, runOptions) {
          runs.push({ label: options?.label ?? '', model: kept, feeds: structuredClone(feeds) });
          return session.run(feeds, runOptions);
        },
      };
    },
  };
}
