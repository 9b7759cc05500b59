/** The options `--threshold` and `--fmr`: from which similarity two faces are one person. */

import type { Vultus } from 'vultus';
import type { OwnOption, Values } from './command.ts';
import { UsageError } from './exit.ts';
import { between } from './options.ts';

/** Both options as a command declares them. */
export const thresholdOptions: readonly OwnOption[] = [
  {
    flags: '--threshold <-1…1>',
    help: "similarity from which faces match (default: the preset's measured one)",
    parse: between(-1, 1),
  },
  { flags: '--fmr <rate>', help: 'false-match rate to aim at instead, such as 1e-4', parse: between(0, 1) },
];

/** The threshold that the options ask for. @throws UsageError for both; VultusError for a rate that was not measured */
export function chosenThreshold({ threshold, fmr }: Values, engine: Vultus): number {
  if (threshold !== undefined && fmr !== undefined) throw new UsageError('Expected --threshold or --fmr, got both');
  if (typeof threshold === 'number') return threshold;
  return typeof fmr === 'number' ? engine.thresholdFor({ fmr }) : engine.threshold;
}
