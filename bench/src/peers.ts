/** The peers: human and face-api in their WebAssembly builds for Node, warmed up, doing what `analyze` does. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Image } from 'vultus';
import { packageFile } from './report.ts';

const require = createRequire(import.meta.url);

/** A library that finds and describes the faces of a decoded picture. */
export interface Peer {
  readonly name: string;
  /** What it was asked to run. */
  readonly what: string;
  /** Finds and describes the faces; how many there were. */
  run(): Promise<number>;
}

/** Opens both on one picture, each with its pixels as a tensor of its own, ready before any clock runs. */
export async function openPeers(image: Image): Promise<Peer[]> {
  readLocalFiles();
  return [await openHuman(image, ['description']), await openFaceApi(image)];
}

/** Modules of human that read something off a face. */
export type HumanModuleName = 'mesh' | 'iris' | 'emotion' | 'description' | 'antispoof' | 'liveness';

/** Human alone with some of its face modules; see {@link openPeers}. */
export async function openHumanWith(image: Image, modules: readonly HumanModuleName[]): Promise<HumanPeer> {
  readLocalFiles();
  return openHuman(image, modules);
}

/** Human, with what it says of each face. */
export interface HumanPeer extends Peer {
  /** What it says of the faces of another picture. */
  read(image: Image): Promise<readonly HumanFace[]>;
}

/** What human says of a face; boxes in pixels. */
export interface HumanFace {
  readonly box: readonly [x: number, y: number, width: number, height: number];
  readonly embedding?: readonly number[];
  readonly age?: number;
  readonly gender?: string;
  readonly emotion?: readonly { readonly score: number; readonly emotion: string }[];
  /** Radians. */
  readonly rotation?: {
    readonly angle: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  } | null;
  readonly mesh?: readonly (readonly number[])[];
}

/** Both fetch their models; their builds for WebAssembly know no file system. */
function readLocalFiles(): void {
  const web = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    return url.startsWith('file:') ? new Response(readFileSync(new URL(url))) : web(input, init);
  };
}

const wasmFolder = () => packageFile('@tensorflow/tfjs-backend-wasm', 'dist/');

async function openHuman(image: Image, modules: readonly HumanModuleName[]): Promise<HumanPeer> {
  const { Human } = require(packageFile('@vladmandic/human', 'dist/human.node-wasm.js')) as HumanModule;
  const off = { enabled: false };
  const always = { skipFrames: 0, skipTime: 0 };
  const module = (name: HumanModuleName) => (modules.includes(name) ? { enabled: true, ...always } : off);
  const human = new Human({
    backend: 'wasm',
    wasmPath: wasmFolder(),
    modelBasePath: pathToFileURL(packageFile('@vladmandic/human', 'models/')).href,
    // Results of earlier calls are not used again: each call counts.
    cacheSensitivity: 0,
    debug: false,
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    face: {
      enabled: true,
      detector: { maxDetected: 10, rotation: false, ...always },
      mesh: module('mesh'),
      iris: module('iris'),
      emotion: { ...module('emotion'), minConfidence: 0 },
      antispoof: module('antispoof'),
      liveness: module('liveness'),
      description: { ...module('description'), minConfidence: 0 },
    },
  });
  await human.init();
  await human.load();
  const toTensor = ({ data, width, height }: Image) =>
    human.tf.tensor3d(new Uint8Array(data), [height, width, 3], 'int32');
  const detect = async (input: object) => {
    const { face, error } = await human.detect(input);
    if (error) throw new Error(`human: ${error}`);
    return face;
  };
  const tensor = toTensor(image);
  return {
    name: '@vladmandic/human',
    what: `detector + ${modules.join(', ')}, wasm`,
    run: async () => (await detect(tensor)).filter(({ embedding }) => (embedding?.length ?? 0) > 0).length,
    read: async (other) => {
      const input = toTensor(other);
      const faces = await detect(input);
      human.tf.dispose(input);
      return faces;
    },
  };
}

async function openFaceApi(image: Image): Promise<Peer> {
  const api = require(packageFile('@vladmandic/face-api', 'dist/face-api.node-wasm.js')) as FaceApiModule;
  const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void };
  setWasmPaths(wasmFolder());
  await api.tf.setBackend('wasm');
  await api.tf.ready();
  const models = packageFile('@vladmandic/face-api', 'model');
  for (const net of ['ssdMobilenetv1', 'faceLandmark68Net', 'faceRecognitionNet'] as const) {
    await api.nets[net].loadFromDisk(models);
  }
  const tensor = api.tf.tensor3d(new Uint8Array(image.data), [image.height, image.width, 3], 'int32');
  const options = new api.SsdMobilenetv1Options({ minConfidence: 0.3, maxResults: 10 });
  const run = async () => {
    const faces = await api.detectAllFaces(tensor, options).withFaceLandmarks().withFaceDescriptors();
    return faces.length;
  };
  return { name: '@vladmandic/face-api', what: 'ssdMobilenetv1 + landmarks + descriptors, wasm', run };
}

interface TensorFlow {
  tensor3d(values: Uint8Array, shape: readonly number[], type: 'int32'): object;
  dispose(tensor: object): void;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
}

interface HumanModule {
  readonly Human: new (
    config: object,
  ) => {
    readonly tf: TensorFlow;
    init(): Promise<void>;
    load(): Promise<void>;
    detect(input: object): Promise<{ face: HumanFace[]; error?: string | null }>;
  };
}

interface Net {
  loadFromDisk(folder: string): Promise<void>;
}

interface FaceApiModule {
  readonly tf: TensorFlow;
  readonly nets: Readonly<Record<'ssdMobilenetv1' | 'faceLandmark68Net' | 'faceRecognitionNet', Net>>;
  readonly SsdMobilenetv1Options: new (options: object) => object;
  detectAllFaces(
    input: object,
    options: object,
  ): { withFaceLandmarks(): { withFaceDescriptors(): Promise<readonly object[]> } };
}
