/**
 * The command that measures the centre of an embedder: `node eval/dist/centre-command.js --model dlib-resnet --images DIR`.
 * Writes packages/models/calibration/<model>.centre.json: half the mean unit vector of many people's faces.
 */

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embedFiles } from './embeddings.ts';
import { openEmbeddingEngine } from './engine.ts';
import { runScript } from './script.ts';

const options = {
  model: { type: 'string', default: 'dlib-resnet' },
  images: { type: 'string' },
  limit: { type: 'string', default: '2000' },
  share: { type: 'string', default: '0.5' },
  data: { type: 'string', default: '' },
} as const;

/** Values of the options that have defaults. */
type Chosen = Readonly<Record<'model' | 'limit' | 'share' | 'data', string>>;

async function main({ model, limit, share, data }: Chosen, images: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vultus-centre-'));
  try {
    const presets = { plain: { id: 'plain', version: '1', parts: [{ model, weight: 1, flip: true }] } };
    const manifest = join(folder, 'manifest.json');
    await writeFile(manifest, JSON.stringify({ format: 1, models: [], presets }));
    await using engine = await openEmbeddingEngine({ preset: 'plain', models: manifest });
    const names = (await readdir(images)).sort().slice(0, Number(limit));
    const prints = await embedFiles(
      engine,
      names.map((name) => join(images, name)),
    );
    const vectors = [...prints.values()].flatMap((print) => (print ? [print.vector] : []));
    const sum = new Float64Array(engine.contract?.dimension ?? 0);
    for (const vector of vectors) for (const [i, value] of vector.entries()) sum[i] = (sum[i] as number) + value;
    const factor = Number(share) / vectors.length;
    const centre = Array.from(sum, (value) => Number((value * factor).toFixed(5)));
    const measuredOn = `${data || 'Pictures'}: ${vectors.length} faces, mean unit vector × ${share}`;
    const out = fileURLToPath(new URL(`../../packages/models/calibration/${model}.centre.json`, import.meta.url));
    await writeFile(out, `${JSON.stringify({ model, measuredOn, centre })}\n`);
    process.stdout.write(`${measuredOn} → ${out}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const usage = 'node eval/dist/centre-command.js --model ID --images DIR [--limit N] [--share 0.5]';
await runScript({ usage, options, required: 'images' }, main);
