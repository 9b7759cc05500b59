/** What the scripts of this folder have in common: options, usage, exit codes. */

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Options as `parseArgs` takes them. */
type Options = NonNullable<ParseArgsConfig['options']>;

type Values<O extends Options> = ReturnType<typeof parseArgs<{ options: O }>>['values'];

/**
 * Runs a script's work on its options and sets the exit code: 0, 1 when it fails, 2 when an option is unknown or
 * `required` is missing (`data` may come from VULTUS_DATA); `--help` prints the usage.
 */
export async function runScript<const O extends Options>(
  { usage, options, required }: { readonly usage: string; readonly options: O; readonly required: keyof O & string },
  work: (values: Values<O>, given: string) => Promise<void>,
): Promise<void> {
  const text = `Usage: ${usage}\n`;
  if (process.argv.includes('--help')) {
    process.stdout.write(text);
    return;
  }
  try {
    const values = parsed(options);
    const given = values[required] ?? (required === 'data' ? process.env.VULTUS_DATA : undefined);
    if (typeof given !== 'string') throw new UsageError(`--${required} is missing`);
    await work(values, given);
  } catch (error) {
    const wrong = error instanceof UsageError;
    process.stderr.write(`error ${(error as Error).message}\n${wrong ? text : ''}`);
    process.exitCode = wrong ? 2 : 1;
  }
}

class UsageError extends Error {}

function parsed<const O extends Options>(options: O): Values<O> & Record<string, unknown> {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
