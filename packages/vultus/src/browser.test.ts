/** The browser entry as built, in headless Chromium: it loads without Node, runs models, and agrees with Node. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Vultus } from './node.ts';
import { tinyModel } from './runtime/backend.contract.data.ts';
import { openNodeBackend } from './runtime/onnx-node.ts';
import { type BrowserPage, chromiumPath, openBrowserPage } from './testing/browser.ts';
import { samplePhoto } from './testing/data.ts';

/** The page's global; the functions below run in the page and see nothing else of this file. */
interface PageGlobal {
  readonly vultus: typeof import('./browser.ts');
}

const executable = chromiumPath();
const reason = executable ? '' : ' (skipped: no Chromium; install it or set VULTUS_CHROMIUM)';

describe.skipIf(!executable)(`in Chromium${reason}`, () => {
  let browser: BrowserPage;

  beforeAll(async () => {
    browser = await openBrowserPage(executable ?? '');
  });

  afterAll(async () => {
    await browser?.close();
  });

  test('a model runs in WebAssembly beside the page, on several threads, and gives what Node gives', async () => {
    const seen = await browser.page.evaluate(runInPage, Buffer.from(tinyModel('heavy')).toString('base64'));
    expect(seen).toMatchObject({ name: 'onnxruntime-web', device: 'wasm', isolated: true, inputs: 32 * 112 * 112 });
    // On the page's own thread the timer would not fire once during the runs.
    expect(seen.ticks).toBeGreaterThan(5);

    const backend = await openNodeBackend({ device: 'cpu', workers: 1 });
    const session = await backend.load(tinyModel('heavy'));
    const data = Float32Array.from({ length: 32 * 112 * 112 }, (_, index) => (index % 17) / 17);
    const { y } = await session.run({ x: { type: 'float32', dims: [1, 32, 112, 112], data } });
    await backend.close();
    expect(seen.output).toHaveLength(32);
    for (const [index, value] of seen.output.entries()) expect(value).toBeCloseTo(Number(y?.data[index]), 4);
  });

  test('devices that are not there are refused with a code', async () => {
    const codes = await browser.page.evaluate(async () => {
      const { openWebBackend } = (globalThis as unknown as PageGlobal).vultus;
      return Promise.all(
        (['webnn', 'cuda'] as const).map((device) =>
          openWebBackend({ device }).then(
            () => 'opened',
            (error) => error.code,
          ),
        ),
      );
    });
    expect(codes).toEqual(['DEVICE_UNAVAILABLE', 'DEVICE_UNAVAILABLE']);
  });

  test('faces and faceprints of a photograph are those of Node', async () => {
    const seen = await browser.page.evaluate(analyzeInPage);
    await using vultus = await Vultus.open({ device: 'cpu' });
    const faces = await vultus.analyze(samplePhoto(1), { tasks: ['embed'] });
    expect(seen.contract).toEqual(vultus.contract);
    expect(seen.faces).toHaveLength(faces.length);
    for (const [index, { box, embed }] of faces.entries()) {
      const other = seen.faces[index];
      // Chromium and sharp decode and reduce a JPEG each in its own way: up to 2.7 pixels on a box of 230 were measured.
      const tolerance = 0.02 * Math.max(box.width, box.height);
      for (const side of ['x', 'y', 'width', 'height'] as const) {
        const difference = Math.abs(Number(other?.box[side]) - box[side]);
        expect(difference, `${side} of face ${index}`).toBeLessThan(tolerance);
      }
      expect(cosine(other?.vector ?? [], embed.vector), `cosine of face ${index}`).toBeGreaterThan(0.99);
    }
  });

  test('an encoded picture opens as what it was', async () => {
    const seen = await browser.page.evaluate(encodeInPage);
    expect(seen.png).toEqual(seen.pixels);
    expect(seen.jpegStart).toEqual([0xff, 0xd8, 0xff]);
    expect(seen.refused).toBe('INVALID_ARGUMENT');
  });

  test('nothing was fetched from elsewhere, and nothing was missing', () => {
    expect(browser.failedRequests).toEqual([]);
  });
});

async function runInPage(base64: string) {
  const { openWebBackend } = (globalThis as unknown as PageGlobal).vultus;
  const backend = await openWebBackend({ threads: 2 });
  const session = await backend.load(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  const data = Float32Array.from({ length: 32 * 112 * 112 }, (_, index) => (index % 17) / 17);
  const x = { type: 'float32', dims: [1, 32, 112, 112], data } as const;
  const { y } = await session.run({ x });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  for (let run = 0; run < 5; run++) await session.run({ x });
  clearInterval(timer);
  await backend.close();
  return {
    name: backend.name,
    device: backend.device.actual,
    isolated: globalThis.crossOriginIsolated,
    inputs: data.length,
    ticks,
    output: Array.from(y?.data as Float32Array),
  };
}

async function analyzeInPage() {
  const { Vultus } = (globalThis as unknown as PageGlobal).vultus;
  const vultus = await Vultus.open({ shipped: '/models/manifest.json', threads: 2 });
  const faces = await vultus.analyze('/photos/sample1.jpg', { tasks: ['embed'] });
  const { contract } = vultus;
  await vultus.close();
  return { contract, faces: faces.map(({ box, embed }) => ({ box, vector: Array.from(embed.vector) })) };
}

async function encodeInPage() {
  const { encodeImage, openPicture } = (globalThis as unknown as PageGlobal).vultus;
  const data = Uint8Array.from({ length: 7 * 5 * 3 }, (_, index) => (index * 37) % 256);
  const image = { width: 7, height: 5, data };
  const png = await openPicture(await encodeImage(image, 'png'));
  const jpeg = await encodeImage(image, 'jpeg', { quality: 80 });
  const refused = await encodeImage(image, 'png', { quality: 0 }).catch((error) => error.code as string);
  return {
    pixels: Array.from(data),
    png: Array.from((await png.pixels()).data),
    jpegStart: Array.from(jpeg.subarray(0, 3)),
    refused,
  };
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
