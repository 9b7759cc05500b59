/** Opening pictures in Node: every source, every kind of encoding, every orientation, hostile input. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VultusError } from '../errors.ts';
import { dataPath, samplePhoto } from '../testing/data.ts';
import { difference, noisePicture } from '../testing/pictures.ts';
import { encodedSamples, quarters, quartersPipeline } from '../testing/samples-node.ts';
import type { Image } from './image.ts';
import { openPicture } from './open-node.ts';
import { resizeImage } from './resize.ts';
import type { ImageSource } from './source.ts';

const red = [220, 30, 30];
const green = [30, 200, 30];
const blue = [30, 30, 220];
const yellow = [220, 220, 30];

/** The colours in the middles of the four quarters, row by row. */
function corners(image: Image): number[][] {
  return [1, 3].flatMap((v) =>
    [1, 3].map((u) => {
      const at = (Math.floor((image.height * v) / 4) * image.width + Math.floor((image.width * u) / 4)) * 3;
      return [...image.data.subarray(at, at + 3)];
    }),
  );
}

function expectCorners(image: Image, expected: number[][], tolerance = 12): void {
  const found = corners(image);
  expected.forEach((colour, i) => {
    colour.forEach((value, c) => {
      expect(Math.abs(value - (found[i]?.[c] as number)), `corner ${i}: ${found[i]}`).toBeLessThanOrEqual(tolerance);
    });
  });
}

async function failure(work: () => Promise<unknown>): Promise<VultusError> {
  const error = await work().then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(VultusError);
  return error as VultusError;
}

async function decodeFailure(source: ImageSource, limits = {}): Promise<VultusError> {
  return failure(async () => (await openPicture(source, { limits })).pixels());
}

describe('kinds of encoding', async () => {
  const samples = await encodedSamples();

  it.each([...samples.keys()])('%s', async (name) => {
    const picture = await openPicture(samples.get(name) as Uint8Array);
    const image = await picture.pixels();
    expect([picture.width, picture.height, image.width, image.height]).toEqual([24, 16, 24, 16]);
    expect(image.data.length).toBe(24 * 16 * 3);
    expectCorners(image, [red, green, blue, yellow]);
  });

  it('CMYK comes out as the colours it prints', async () => {
    const cmyk = await quartersPipeline().toColourspace('cmyk').jpeg({ quality: 98 }).toBuffer();
    // Print inks do not reach screen colours: only the hue is expected.
    const [a, b, c] = corners(await (await openPicture(cmyk)).pixels()) as [number[], number[], number[]];
    expect(a.indexOf(Math.max(...a))).toBe(0);
    expect(b.indexOf(Math.max(...b))).toBe(1);
    expect(c.indexOf(Math.max(...c))).toBe(2);
  });

  it.each(['b-w', 'grey16'] as const)('%s comes out as three equal channels', async (space) => {
    const gray = await quartersPipeline().toColourspace(space).png().toBuffer();
    const { data } = await (await openPicture(gray)).pixels();
    for (let i = 0; i < data.length; i += 3) expect([data[i], data[i]]).toEqual([data[i + 1], data[i + 2]]);
  });

  it('transparent parts lie on white', async () => {
    const clear = await quartersPipeline().ensureAlpha(0).png().toBuffer();
    expect(new Set((await (await openPicture(clear)).pixels()).data)).toEqual(new Set([255]));
    const half = await quartersPipeline().ensureAlpha(0.5).png().toBuffer();
    const mixed = red.map((v) => (v + 255) / 2);
    expectCorners(await (await openPicture(half)).pixels(), [mixed], 3);
  });

  it('one pixel is a picture', async () => {
    const one = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#ff8000' } })
      .png()
      .toBuffer();
    const picture = await openPicture(one);
    expect([...(await picture.pixels()).data]).toEqual([255, 128, 0]);
    expect((await picture.pixels(1)).width).toBe(1);
  });
});

describe('orientation', () => {
  // EXIF orientation: what the four quarters read, row by row, when the stored picture is red green / blue yellow.
  const expected: Record<number, number[][]> = {
    1: [red, green, blue, yellow],
    2: [green, red, yellow, blue],
    3: [yellow, blue, green, red],
    4: [blue, yellow, red, green],
    5: [red, blue, green, yellow],
    6: [blue, red, yellow, green],
    7: [yellow, green, blue, red],
    8: [green, yellow, red, blue],
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF tag %i is applied, in full and reduced', async (tag) => {
    for (const format of ['jpeg', 'webp', 'png', 'tiff'] as const) {
      const bytes = await quartersPipeline()
        .withMetadata({ orientation: tag })
        .toFormat(format, { quality: 98 })
        .toBuffer();
      const picture = await openPicture(bytes);
      expect([picture.width, picture.height]).toEqual(tag < 5 ? [24, 16] : [16, 24]);
      expectCorners(await picture.pixels(), expected[tag] as number[][], 40);
      expectCorners(await picture.pixels(8), expected[tag] as number[][], 60);
    }
  });

  it('holds for a large JPEG that is decoded at reduced size', async () => {
    const large = quartersPipeline().resize(2400, 1800, { fit: 'fill', kernel: 'nearest' });
    const bytes = await large.withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const picture = await openPicture(bytes);
    expect([picture.width, picture.height]).toEqual([1800, 2400]);
    const level = await picture.pixels(640);
    expect([level.width, level.height]).toEqual([480, 640]);
    expectCorners(level, expected[6] as number[][]);
  });

  const folder = dataPath('orientation');
  it.skipIf(folder === undefined)('eight photographs of one scene come out alike', async () => {
    const images = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map(async (tag) =>
        (await openPicture(join(folder as string, `Landscape_${tag}.jpg`))).pixels(300),
      ),
    );
    for (const image of images) expect(difference(image, images[0] as Image).mean).toBeLessThan(4);
  });
});

describe('sources', () => {
  let folder = '';
  let path = '';
  let bytes = new Uint8Array();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vultus-image-'));
    path = join(folder, 'a picture.png');
    bytes = new Uint8Array(await quartersPipeline().png().toBuffer());
    await writeFile(path, bytes);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('paths, file URLs, bytes, buffers, Blobs and data URLs', async () => {
    const sources: ImageSource[] = [
      path,
      pathToFileURL(path),
      pathToFileURL(path).href,
      bytes,
      Buffer.from(bytes),
      bytes.buffer,
      new Blob([bytes]),
      `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`,
    ];
    for (const source of sources) expect((await (await openPicture(source)).pixels()).data).toEqual(quarters.data);
  });

  it('raw pixels, canvas data, Images and Pictures', async () => {
    const rgba = new Uint8ClampedArray(quarters.width * quarters.height * 4);
    for (let i = 0; i < rgba.length / 4; i++) rgba.set(quarters.data.subarray(i * 3, i * 3 + 3), i * 4);
    const { width, height, data } = quarters;
    const canvasData = { data: rgba, width, height, colorSpace: 'srgb' } as ImageData;
    for (const source of [quarters, { data, width, height, format: 'rgb' as const }, canvasData]) {
      expect((await (await openPicture(source)).pixels()).data).toEqual(data);
    }
    const picture = await openPicture(quarters);
    expect(await openPicture(picture)).toBe(picture);
    const turned = await openPicture({ data, width, height, format: 'rgb', rotate: 90 });
    expect([turned.width, turned.height]).toEqual([height, width]);
  });

  it('raw pixels may be reused once the picture is open', async () => {
    const data = Uint8Array.of(1, 2, 3);
    const picture = await openPicture({ data, width: 1, height: 1, format: 'rgb' });
    data.fill(9);
    expect([...(await picture.pixels()).data]).toEqual([1, 2, 3]);
  });

  it('large raw frames are reduced to the average', async () => {
    const frame = noisePicture(640, 480);
    const level = await (await openPicture({ ...frame, format: 'rgb' })).pixels(160);
    expect(difference(level, resizeImage(frame, 160, 120)).mean).toBeLessThan(8);
  });

  it.each([
    ['a missing file', () => join(folder, 'missing.jpg'), 'FILE_READ'],
    ['a folder', () => folder, 'FILE_READ'],
    ['a device', () => '/dev/zero', 'FILE_READ'],
    ['a path with a zero byte', () => 'a\0b.jpg', 'FILE_READ'],
    ['an empty path', () => '', 'FILE_READ'],
    ['a malformed data URL', () => 'data:image/png;base64,***', 'IMAGE_DECODE'],
    ['a URL without permission', () => 'https://example.invalid/a.jpg', 'INVALID_ARGUMENT'],
    ['null', () => null, 'INVALID_ARGUMENT'],
    ['a number', () => 42, 'INVALID_ARGUMENT'],
    ['an object', () => ({ width: 3 }), 'INVALID_ARGUMENT'],
    ['an Image with too few bytes', () => ({ width: 3, height: 3, data: new Uint8Array(5) }), 'INVALID_ARGUMENT'],
    ['an Image without a height', () => ({ width: 3, data: new Uint8Array(5) }), 'INVALID_ARGUMENT'],
  ])('%s fails with %s', async (_, source, code) => {
    expect((await decodeFailure(source() as ImageSource)).code).toBe(code);
  });

  it('fetches over HTTP when allowed, never more than the limit', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/none') response.writeHead(404).end('no');
      else if (request.url === '/endless') {
        const more = () => {
          while (response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', more);
        more();
      } else if (request.url === '/silent') response.flushHeaders();
      else response.end(bytes);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const picture = await openPicture(`${base}/a.png?token=secret`, { allowUrls: true });
      expect(picture.width).toBe(24);
      const open = (url: string, options = {}) => failure(() => openPicture(url, { allowUrls: true, ...options }));
      expect(await open(`${base}/none`)).toMatchObject({ code: 'FILE_READ' });
      expect((await open('http://127.0.0.1:1/a.png?token=secret')).message).not.toContain('secret');
      const limits = { maxBytes: 1_000_000 };
      expect(await open(`${base}/endless`, { limits })).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
      expect(await open(`${base}/a.png`, { limits: { maxBytes: 10 } })).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
      const signal = AbortSignal.timeout(50);
      expect(await open(`${base}/silent`, { signal })).toMatchObject({ code: 'ABORTED' });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('hostile input', () => {
  const ascii = (text: string) => new TextEncoder().encode(text);

  /** A PNG header that promises the size, with a right checksum, and nothing behind it. */
  async function pngHeader(width: number, height: number): Promise<Uint8Array> {
    const { crc32 } = await import('node:zlib');
    const png = new Uint8Array(
      await sharp({ create: { width: 1, height: 1, channels: 3, background: '#000' } })
        .png()
        .toBuffer(),
    );
    const view = new DataView(png.buffer);
    view.setUint32(16, width);
    view.setUint32(20, height);
    view.setUint32(29, typeof crc32 === 'function' ? crc32(png.subarray(12, 29)) : 0);
    return png;
  }

  async function jpegHeader(width: number, height: number): Promise<Uint8Array> {
    const jpeg = new Uint8Array(await quartersPipeline().jpeg().toBuffer());
    const at = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
    new DataView(jpeg.buffer).setUint16(at + 5, height);
    new DataView(jpeg.buffer).setUint16(at + 7, width);
    return jpeg;
  }

  it.each([
    ['nothing', async () => new Uint8Array(), 'IMAGE_DECODE'],
    ['one byte', async () => Uint8Array.of(0xff), 'IMAGE_DECODE'],
    ['text', async () => ascii('hello, I am not a picture'), 'IMAGE_DECODE'],
    ['HTML', async () => ascii('<!doctype html><html></html>'), 'IMAGE_DECODE'],
    ['an ELF program', async () => Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1), 'IMAGE_DECODE'],
    ['SVG', async () => ascii('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'UNSUPPORTED_FORMAT'],
    ['SVG after a declaration', async () => ascii('\ufeff<?xml version="1.0"?>\n<svg/>'), 'UNSUPPORTED_FORMAT'],
    ['PDF', async () => ascii('%PDF-1.7'), 'UNSUPPORTED_FORMAT'],
    ['HEIC', async () => ascii('\0\0\0\u0018ftypheic\0\0\0\0mif1heic'), 'UNSUPPORTED_FORMAT'],
    ['a bare JPEG marker', async () => Uint8Array.of(0xff, 0xd8, 0xff), 'IMAGE_DECODE'],
    ['a bare PNG signature', async () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), 'IMAGE_DECODE'],
    ['a bare BMP signature', async () => ascii('BM'), 'IMAGE_DECODE'],
    ['a PNG header of 30,000×30,000', () => pngHeader(30_000, 30_000), 'IMAGE_TOO_LARGE'],
    ['a JPEG header of 30,000×30,000', () => jpegHeader(30_000, 30_000), 'IMAGE_TOO_LARGE'],
    ['a JPEG header of 9,000×9,000 with no pixels behind it', () => jpegHeader(9_000, 9_000), 'IMAGE_DECODE'],
    ['a PNG header of 0×5', () => pngHeader(0, 5), 'IMAGE_DECODE'],
  ])('%s fails with %s', async (_, make, code) => {
    const error = await decodeFailure(await make());
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(20);
  });

  it('a truncated file of any kind fails with IMAGE_DECODE or, cut after the pixels, is right', async () => {
    const samples = await encodedSamples();
    for (const [name, bytes] of samples) {
      for (const part of [0.2, 0.5, 0.8]) {
        const cut = bytes.subarray(0, Math.floor(bytes.length * part));
        const result = await openPicture(cut)
          .then((picture) => picture.pixels())
          .catch((error: unknown) => error);
        if (result instanceof Error) expect(result, `${name} cut at ${part}`).toMatchObject({ code: 'IMAGE_DECODE' });
        else expectCorners(result as Image, [red, green, blue, yellow]);
      }
    }
  });

  it('the byte and pixel limits hold for every way in', async () => {
    const png = new Uint8Array(await quartersPipeline().png().toBuffer());
    expect(await decodeFailure(png, { maxBytes: 20 })).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(await decodeFailure(new Blob([png]), { maxBytes: 20 })).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(await decodeFailure(samplePhoto(1), { maxBytes: 20 })).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(await decodeFailure(png, { maxPixels: 383 })).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(await decodeFailure(quarters, { maxPixels: 383 })).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect((await openPicture(png, { limits: { maxPixels: 384 } })).width).toBe(24);
    expect(await decodeFailure(png, { maxPixels: Number.NaN })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('large photographs', () => {
  it('a reduced level is the picture, not shifted or recoloured', async () => {
    const photo = await sharp(samplePhoto(1)).resize(3000, 2000, { fit: 'fill' }).jpeg({ quality: 95 }).toBuffer();
    const picture = await openPicture(photo);
    const level = await picture.pixels(750);
    expect([level.width, level.height]).toEqual([750, 500]);
    const exact = resizeImage(await picture.pixels(), 750, 500);
    expect(difference(level, exact).mean).toBeLessThan(1.5);
  });
});
