/** `vultus gallery audit`: what an approximate search misses. */

import type { AuditLine } from 'vultus';
import { withGallery } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { whole } from '../options.ts';
import { tableLines } from '../ui/table.ts';
import { collectionName } from './gallery-manage.ts';

/** `gallery audit`. */
export const audit: LeafCommand = {
  name: 'audit',
  summary: 'measure what an approximate search misses (Qdrant, pgvector with a graph, --fast)',
  description:
    'Makes probes from enrolled faceprints at known similarities, searches each as usual and once against every vector, and compares. Collections in memory, in SQLite and in plain PostgreSQL search exactly and miss nothing.',
  args: [['[collection]', 'its name (default: that of --collection)']],
  groups: ['gallery'],
  options: [
    { flags: '--probes <n>', help: 'probes for each similarity (default: 100)', parse: whole(1) },
    { flags: '--top <n>', help: 'candidates to compare (default: 10)', parse: whole(1) },
    { flags: '--fast', help: 'search by sign bits first, where the collection lies in memory' },
  ],
  examples: [
    'vultus gallery audit staff --gallery qdrant://localhost:6333',
    'vultus gallery audit staff --fast --probes 500 --json',
  ],
  run: async (run) => {
    const { probes, top, fast } = run.values;
    const sdk = await import('vultus');
    return withGallery(run, sdk, { create: false }, async (gallery) => {
      const name = run.args[0] ?? collectionName(run);
      const collection = await gallery.open(name, fast === true ? { fast: {} } : {});
      const progress = run.terminal.progress('audit', 4 * (typeof probes === 'number' ? probes : 100));
      const lines = await sdk.auditSearch(collection, {
        ...(typeof probes === 'number' ? { probes } : {}),
        ...(typeof top === 'number' ? { topK: top } : {}),
        signal: run.signal,
        onProgress: (done) => progress.update(done),
      });
      progress.end();
      if (run.terminal.json) run.terminal.document({ collection: name, store: gallery.kind, lines });
      else printLines(run, lines);
      return exitCodes.ok;
    });
  },
};

function printLines({ terminal }: CommandRun, lines: readonly AuditLine[]): void {
  const titles = ['similarity', 'mate found', 'exactly', 'same best', 'same list', 'ms', 'exactly ms'];
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows = lines.map((line) => [
    line.cosine.toFixed(2),
    percent(line.mateFound),
    percent(line.mateFoundExactly),
    percent(line.recallAt1),
    percent(line.recallAtK),
    line.ms.toFixed(1),
    line.exactMs.toFixed(1),
  ]);
  const columns = titles.map((title) => ({ title, align: 'right' }) as const);
  for (const line of tableLines(columns, rows, (text) => terminal.style('bold', text))) terminal.line(line);
}
