/** What a command is: one object per file of `commands/`, listed in `commands.ts`. */

import type { ExitCode } from './exit.ts';
import type { OptionGroup, SharedValues } from './options.ts';
import type { Terminal } from './ui/terminal.ts';

/** Options as parsed: the shared ones typed, the command's own by key. */
export type Values = SharedValues & Readonly<Record<string, unknown>>;

/** What a running command works with. */
export interface CommandRun {
  /** Positional arguments; variadic ones flattened. */
  readonly args: readonly string[];
  readonly values: Values;
  readonly terminal: Terminal;
  /** Fires on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** An option of one command only. */
export interface OwnOption {
  /** As commander takes it: `--draw <path>`. */
  readonly flags: string;
  readonly help: string;
  readonly many?: boolean;
  readonly required?: boolean;
  readonly parse?: (text: string, name: string) => unknown;
}

/** A command that does something. */
export interface LeafCommand {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** A paragraph for its own help. */
  readonly description?: string;
  /** `<name>`, `<files...>`, `[id]`, with what they are. */
  readonly args?: readonly (readonly [syntax: string, help: string])[];
  /** Groups of shared options that it takes besides `general`. */
  readonly groups: readonly OptionGroup[];
  readonly options?: readonly OwnOption[];
  /** Command lines for its help, without `$`. */
  readonly examples: readonly string[];
  readonly run: (run: CommandRun) => Promise<ExitCode>;
}

/** A word with commands of its own: `vultus eval verification`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly LeafCommand[];
}

/** What a file of `commands/` exports as `command`. */
export type CliCommand = LeafCommand | CommandGroup;
