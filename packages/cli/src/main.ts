/** The way in: runs the command line, reports what went wrong, sets the exit code. */

import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { exitCodes, failureOf, UsageError } from './exit.ts';
import { buildProgram } from './program.ts';
import { Terminal } from './ui/terminal.ts';

const argv = process.argv.slice(2);
const abort = new AbortController();

process.on('SIGINT', () => {
  if (abort.signal.aborted) process.exit(exitCodes.interrupted);
  abort.abort();
  // Work that does not look at the signal must not hold the terminal.
  setTimeout(() => process.exit(exitCodes.interrupted), 2000).unref();
});

// A reader such as `head` may go away before the last line.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

let program: Command | undefined;
try {
  const host = {
    version: version(),
    signal: abort.signal,
    env: process.env,
    onExit: (code: number) => {
      process.exitCode = code;
    },
  };
  program = await buildProgram(argv, host);
  await program.parseAsync(argv, { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) reportCommander(error);
  else report(error);
}

function reportCommander(error: CommanderError): void {
  if (error.code === 'commander.help') {
    process.exitCode = exitCodes.usage;
  } else if (error.exitCode !== 0) {
    report(new UsageError(error.message.replace(/^error: /, '').replaceAll('\n', ' ')));
  }
}

function report(error: unknown): void {
  const { code, message, exit } = failureOf(abort.signal.aborted ? (abort.signal.reason as unknown) : error);
  process.exitCode = exit;
  const [json, quiet] = [argv.includes('--json'), argv.includes('--quiet') || argv.includes('-q')];
  const terminal = new Terminal({ json, quiet, colour: !argv.includes('--no-color') });
  terminal.complain(code, message);
  if (exit === exitCodes.usage && !json)
    terminal.note(terminal.styleError('dim', `See vultus ${commandWords()}--help`));
  if (process.env.VULTUS_DEBUG && error instanceof Error) process.stderr.write(`${traceOf(error)}\n`);
}

/** The stack of an error and of what caused it. */
function traceOf(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\nCaused by: ${traceOf(error.cause)}` : own;
}

/** The commands that the line names, as far as there are such. */
function commandWords(): string {
  const words: string[] = [];
  let at = program;
  for (const word of argv) {
    const next: Command | undefined = at?.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    words.push(`${word} `);
    at = next;
  }
  return words.join('');
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
