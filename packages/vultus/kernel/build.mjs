/** Compiles the kernels into their kernel.data.ts: `npm run kernel`, or `--check` to only compare. */

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

/** What is compiled to where. */
const kernels = [
  {
    source: 'scan.as.ts',
    target: '../src/gallery/index/kernel.data.ts',
    modules: [
      { name: 'plainKernel', text: 'Base64 of the WebAssembly module that imports an ordinary memory.', shared: false },
      { name: 'sharedKernel', text: 'Base64 of the same code over a shared memory.', shared: true },
    ],
  },
  {
    source: 'pixels.as.ts',
    target: '../src/image/kernel.data.ts',
    modules: [{ name: 'pixelKernel', text: 'Base64 of the WebAssembly module.', shared: false }],
  },
];

/** A module's bytes; a shared one imports a memory that threads have in common. */
async function compileKernel(source, shared) {
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
  const text = await readFile(new URL(source, import.meta.url), 'utf8');
  let bytes;
  const { error, stderr } = await main([source, '-o', 'out.wasm', ...options], {
    readFile: (name) => (name === source ? text : null),
    writeFile: (name, contents) => {
      if (name === 'out.wasm') bytes = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return bytes;
}

/** The text of a kernel.data.ts. */
async function kernelData({ source, modules }) {
  const parts = [`/** Built from kernel/${source} by \`npm run kernel -w vultus\`; do not edit. */\n`];
  for (const { name, text, shared } of modules) {
    const base64 = Buffer.from(await compileKernel(source, shared)).toString('base64');
    parts.push(`/** ${text} */\nexport const ${name} =\n  '${base64}';\n`);
  }
  return parts.join('\n');
}

for (const kernel of kernels) {
  const target = fileURLToPath(new URL(kernel.target, import.meta.url));
  const text = await kernelData(kernel);
  const current = await readFile(target, 'utf8').catch(() => '');
  if (!process.argv.includes('--check')) await writeFile(target, text);
  else if (current !== text) {
    console.error(`${kernel.target} is not what kernel/${kernel.source} compiles to: run npm run kernel -w vultus`);
    process.exitCode = 1;
  }
}
