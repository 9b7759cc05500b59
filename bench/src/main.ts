/** `npm run bench -- <what>`: figures as ratios and medians, a table on standard output, JSON under bench/results. */

import { benchLoop } from './loop.ts';
import { benchPipeline } from './pipeline.ts';
import { numberOption } from './report.ts';
import { benchStart } from './start.ts';

const usage = `Usage: npm run bench -- <what> [options]

  pipeline   one photograph with three faces: stages, overhead, peers   [--rounds 25] [--peers 5 (rounds of the peers; 0: without)]
  start      cold start of "vultus detect", memory of an idle engine    [--rounds 5]
  loop       pictures in a loop: does memory stay flat?                 [--count 2000] [--flight 2]
  tasks      every face task together: one face, per further face, against human   [--rounds 25] [--peers 5]
  gallery    search in galleries of many sizes; see docs/gallery.md
  hnsw       what a graph index misses, on synthetic rows and on those of a gallery export   [--faces file]
  tracking   following faces: the tracker alone, and 720p with models   [--rounds 5 (0: without)] [--frames 150] [--soak 0 (frames for memory's course)]
`;

const [what, ...rest] = process.argv.slice(2);

switch (what) {
  case 'pipeline':
    await benchPipeline({ rounds: numberOption(rest, 'rounds', 25), peerRounds: numberOption(rest, 'peers', 5) });
    break;
  case 'start':
    await benchStart({ rounds: numberOption(rest, 'rounds', 5) });
    break;
  case 'loop':
    await benchLoop({ count: numberOption(rest, 'count', 2000), flight: numberOption(rest, 'flight', 2) });
    break;
  case 'tasks':
    await (await import('./tasks.ts')).benchTasks({
      rounds: numberOption(rest, 'rounds', 25),
      peerRounds: numberOption(rest, 'peers', 5),
    });
    break;
  case 'gallery':
    await (await import('./gallery.ts')).run(rest);
    break;
  case 'hnsw':
    await (await import('./hnsw.ts')).benchHnsw(rest);
    break;
  case 'tracking':
    await (await import('./tracking.ts')).benchTracking({
      rounds: numberOption(rest, 'rounds', 5),
      frames: numberOption(rest, 'frames', 150),
      soak: numberOption(rest, 'soak', 0),
    });
    break;
  default:
    process.stderr.write(usage);
    process.exitCode = what === undefined || what === '--help' ? 0 : 2;
}
