/** The command line as commander sees it, built from the descriptions of `command.ts` and `options.ts`. */

import { Command, Help, Option } from 'commander';
import type { CliCommand, CommandRun, LeafCommand, OwnOption } from './command.ts';
import { commands } from './commands.ts';
import { type ExitCode, UsageError } from './exit.ts';
import { type OptionGroup, type SharedOption, sharedOptions, withEnvironment } from './options.ts';
import { Terminal } from './ui/terminal.ts';

const headings: Readonly<Record<OptionGroup, string>> = {
  general: 'General options:',
  models: 'Model options:',
  detection: 'Detection options:',
  gallery: 'Gallery options:',
};

const exitHelp = `Exit codes:
    0  done             1  no match, or no face       2  wrong usage
    3  bad input        4  device or model failed
  130  interrupted     70  a bug: please report it`;

/** The groups of shared options that a command takes, for its help. */
const groupsOf = new WeakMap<Command, readonly OptionGroup[]>();

/** What {@link buildProgram} needs from its surroundings. */
export interface ProgramHost {
  readonly version: string;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told how the command ended. */
  readonly onExit: (code: ExitCode) => void;
}

/** The program with the command that `argv` calls for; with all of them when it names none. */
export async function buildProgram(argv: readonly string[], host: ProgramHost): Promise<Command> {
  const program = new Command('vultus')
    .description('Finds faces in pictures and says whose they are.')
    .version(host.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ visibleOptions, subcommandTerm })
    .configureOutput({ outputError: () => undefined });
  for (const option of sharedOptions) program.addOption(sharedToCommander(option));
  program.addOption(new Option('--no-color', 'no colours (as does the variable NO_COLOR)').helpGroup(headings.general));
  const called = calledName(argv);
  for (const [name, load] of Object.entries(commands)) {
    if (called !== undefined && called !== name) continue;
    addCommand(program, (await load()).command, host);
  }
  program.addHelpText(
    'after',
    () => `\nRun "vultus <command> --help" for a command's own options and examples.\n\n${exitHelp}`,
  );
  return program;
}

/** The name of a known command among the words, where it certainly is the command: the first that is no option's value. */
function calledName(argv: readonly string[]): string | undefined {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (!word.startsWith('-')) return Object.hasOwn(commands, word) ? word : undefined;
    const option = sharedOptions.find(({ flags }) => flags.split(/[ ,]+/).includes(word));
    if (option?.flags.includes('<')) index++;
  }
  return undefined;
}

function addCommand(parent: Command, described: CliCommand, host: ProgramHost): void {
  const command = parent.command(described.name).summary(described.summary);
  if ('commands' in described) {
    command.description(sentence(described.summary));
    command.addHelpText(
      'after',
      `\nRun "vultus ${described.name} <command> --help" for a command's own options and examples.`,
    );
    for (const leaf of described.commands) addCommand(command, leaf, host);
    return;
  }
  command.description(described.description ?? sentence(described.summary));
  groupsOf.set(command, described.groups);
  for (const [syntax, help] of described.args ?? []) command.argument(syntax, help);
  for (const option of described.options ?? []) command.addOption(ownToCommander(option));
  const examples = described.examples.map((line) => `  $ ${line}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${examples}\n\n${exitHelp}`);
  command.action(async () => host.onExit(await runLeaf(command, described, host)));
}

async function runLeaf(command: Command, leaf: LeafCommand, host: ProgramHost): Promise<ExitCode> {
  const groups: readonly OptionGroup[] = ['general', ...leaf.groups];
  const flags: Record<string, unknown> = command.optsWithGlobals();
  for (const { key, flags: written, group } of sharedOptions) {
    if (flags[key] === undefined || groups.includes(group)) continue;
    throw new UsageError(`vultus ${leaf.name} takes no ${written.split(' ')[0]}`);
  }
  const values = withEnvironment(flags, groups, host.env);
  const terminal = new Terminal({
    json: values.json === true,
    quiet: values.quiet === true,
    colour: flags.color !== false,
  });
  const run: CommandRun = { args: command.args, values, terminal, signal: host.signal };
  return leaf.run(run);
}

/** A summary as a description. */
function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

/** A command in the list of commands: its name and arguments. That all take options goes without saying. */
function subcommandTerm(command: Command): string {
  return new Help().subcommandTerm(command).replace(' [options]', '');
}

/** What help shows: a command's own options and the shared ones that it takes; at the top, those of most commands. */
function visibleOptions(command: Command): Option[] {
  const own = new Help().visibleOptions(command);
  const isTop = command.parent === null;
  const groups: readonly OptionGroup[] = isTop ? ['general', 'models'] : ['general', ...(groupsOf.get(command) ?? [])];
  const hidden = (option: Option) => {
    const shared = sharedOptions.find(({ key }) => key === option.attributeName());
    return shared !== undefined && !groups.includes(shared.group);
  };
  let program = command;
  while (program.parent !== null) program = program.parent;
  const inherited = isTop ? [] : program.options.filter(({ long }) => long !== '--version');
  return [...own, ...inherited].filter((option) => !hidden(option));
}

function sharedToCommander({ flags, help, group, env, many, parse }: SharedOption): Option {
  const variable = env === undefined || group === 'general' ? '' : ` [${env}]`;
  const option = new Option(flags, help + variable).helpGroup(headings[group]);
  return flags.includes('<') ? withParser(option, parse, many === true) : option;
}

function ownToCommander({ flags, help, many, required, parse }: OwnOption): Option {
  const option = new Option(flags, help);
  if (required === true) option.makeOptionMandatory();
  return flags.includes('<') ? withParser(option, parse ?? ((text) => text), many === true) : option;
}

function withParser(option: Option, parse: (text: string, name: string) => unknown, many: boolean): Option {
  const name = option.long ?? option.flags;
  return option.argParser((text: string, before: unknown) => {
    const value = parse(text, name);
    return many ? [...(Array.isArray(before) ? before : []), value] : value;
  });
}
