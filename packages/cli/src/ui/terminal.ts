/** Standard output and error: results on one, everything else on the other. */

import { styleText } from 'node:util';
import { Progress } from './progress.ts';

/** Names of styles that {@link Terminal.style} takes. */
export type TextStyle = Parameters<typeof styleText>[0];

/** The two streams of a command and how to write on them. */
export class Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #colour: { readonly out: boolean; readonly err: boolean };

  /** @param options `colour: false` for `--no-color`; otherwise each stream decides, see {@link wantsColour}. */
  constructor(options: { readonly json: boolean; readonly quiet: boolean; readonly colour: boolean }) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.#colour = {
      out: options.colour && wantsColour(process.stdout.isTTY === true),
      err: options.colour && wantsColour(process.stderr.isTTY === true),
    };
  }

  /** How many cells wide results may be: the terminal's width; 100 where standard output is none. */
  get width(): number {
    return process.stdout.columns ?? 100;
  }

  /** One line of results. */
  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  /** One JSON document of results, on one line. */
  document(value: unknown): void {
    this.line(JSON.stringify(value));
  }

  /** A remark on standard error; nothing with `--quiet`. */
  note(text: string): void {
    if (!this.quiet) process.stderr.write(`${text}\n`);
  }

  /** An error on standard error, even with `--quiet`. */
  complain(code: string, message: string): void {
    if (this.json) process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`);
    else process.stderr.write(`${this.styleError('red', 'error')} ${message}\n`);
  }

  /** Text for standard output in a style, or bare where colours are unwelcome. */
  style(style: TextStyle, text: string): string {
    return this.#colour.out ? styleText(style, text, { validateStream: false }) : text;
  }

  /** The same for standard error. */
  styleError(style: TextStyle, text: string): string {
    return this.#colour.err ? styleText(style, text, { validateStream: false }) : text;
  }

  /** A progress display on standard error; silent with `--quiet`, and off a terminal when the work is short. */
  progress(label: string, total: number): Progress {
    const isTerminal = process.stderr.isTTY === true;
    const isWorthIt = total >= (isTerminal ? 2 : 20);
    return new Progress(label, total, this.quiet || !isWorthIt ? 'off' : isTerminal ? 'bar' : 'lines');
  }
}

/** NO_COLOR beats FORCE_COLOR beats whether the stream is a terminal. */
function wantsColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
