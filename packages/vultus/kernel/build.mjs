/** Compiles the search kernels into src/gallery/index/kernel.data.ts: `npm run kernel`, or `--check` to only compare. */

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const source = fileURLToPath(new URL('scan.as.ts', import.meta.url));
const target = fileURLToPath(new URL('../src/gallery/index/kernel.data.ts', import.meta.url));

/** The module's bytes; the shared one imports a memory that threads have in common. */
export async function compileKernel(shared) {
  const options = [
    '--runtime',
    'stub',
    '--importMemory',
    '--enable',
    'simd,threads',
    '-O3',
    '--converge',
    '--noAssert',
    '--use',
    'abort=',
  ];
  if (shared) options.push('--sharedMemory', '--maximumMemory', '65536');
  const text = await readFile(source, 'utf8');
  let bytes;
  const { error, stderr } = await main(['scan.as.ts', '-o', 'scan.wasm', ...options], {
    readFile: (name) => (name === 'scan.as.ts' ? text : null),
    writeFile: (name, contents) => {
      if (name === 'scan.wasm') bytes = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return bytes;
}

/** The text of kernel.data.ts. */
export async function kernelData() {
  const [plain, shared] = [await compileKernel(false), await compileKernel(true)];
  const line = (name, bytes) => `export const ${name} =\n  '${Buffer.from(bytes).toString('base64')}';\n`;
  return `/** Built from kernel/scan.as.ts by \`npm run kernel -w vultus\`; do not edit. */

/** Base64 of the WebAssembly module that imports an ordinary memory. */
${line('plainKernel', plain)}
/** Base64 of the same code over a shared memory. */
${line('sharedKernel', shared)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await kernelData();
  const current = await readFile(target, 'utf8').catch(() => '');
  if (!process.argv.includes('--check')) await writeFile(target, text);
  else if (current !== text) {
    console.error('kernel.data.ts is not what kernel/scan.as.ts compiles to: run npm run kernel -w vultus');
    process.exitCode = 1;
  }
}
