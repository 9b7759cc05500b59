/** `npm run bench -- <what>`: figures as ratios and medians, a table on standard output, JSON under bench/results. */

import { benchLoop } from './loop.ts';
import { benchPipeline } from './pipeline.ts';
import { numberOption } from './report.ts';
import { benchStart } from './start.ts';

const usage = `Usage: npm run bench -- <what> [options]

  pipeline   one photograph with three faces: stages, overhead, peers   [--rounds 25] [--peers 5 (rounds of the peers; 0: without)]
  start      cold start of "vultus detect", memory of an idle engine    [--rounds 5]
  loop       pictures in a loop: does memory stay flat?                 [--count 2000] [--flight 2]
  gallery    search in galleries of many sizes; see docs/gallery.md
  tracking   the tracker alone, twenty faces: cost of a frame, memory over 20,000 frames
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
  case 'gallery':
    await (await import('./gallery.ts')).run(rest);
    break;
  case 'tracking':
    await (await import('./tracking.ts')).run();
    break;
  default:
    process.stderr.write(usage);
    process.exitCode = what === undefined || what === '--help' ? 0 : 2;
}
