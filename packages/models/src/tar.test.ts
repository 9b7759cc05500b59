/** Taking files out of a tar stream: whatever the chunks, and refusing what is cut or damaged. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { takeFromTar } from './tar.ts';

function tarEntry(path: string, content: Uint8Array): Uint8Array {
  const block = new Uint8Array(512 + Math.ceil(content.length / 512) * 512);
  const write = (text: string, at: number): void => block.set(new TextEncoder().encode(text), at);
  write(path, 0);
  write(`${content.length.toString(8).padStart(11, '0')} `, 124);
  write('        ', 148);
  write('0', 156);
  write('ustar\0', 257);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  block.set(content, 512);
  return block;
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

it('takes the wanted files, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 1500 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 2000 }),
      async (contents, size) => {
        const parts = contents.map((content, i) => tarEntry(`package/f${i}`, content));
        const archive = Uint8Array.from([...parts, new Uint8Array(1024)].flatMap((part) => [...part]));
        const found = await takeFromTar(inChunks(archive, size), new Set(['f0', 'f2', 'none']));
        expect(found.get('f0')).toEqual(contents[0]);
        expect(found.get('f2')).toEqual(contents[2]);
        expect(found.has('f1')).toBe(false);
      },
    ),
    { numRuns: 40 },
  );
});

it('refuses a stream that ends inside a file, and damaged headers', async () => {
  const archive = tarEntry('package/f', new Uint8Array(600));
  await expect(takeFromTar(inChunks(archive.subarray(0, 700), 64), new Set(['f']))).rejects.toThrow(/600 bytes of f/);
  archive[3] = 1;
  await expect(takeFromTar(inChunks(archive, 64), new Set(['f']))).rejects.toThrow(/checksum/);
});
