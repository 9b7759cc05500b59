/** `vultus models`: which models are there, whose they are, whether they are whole. */

import type { Catalog, ModelEntry } from 'vultus';
import type { CommandRun, LeafCommand } from '../command.ts';
import { type ExitCode, exitCodes, failureOf } from '../exit.ts';
import { tableLines } from '../ui/table.ts';

/** The command. */
export const command: LeafCommand = {
  name: 'models',
  summary: 'list the models with their licences, or check their files',
  description: 'Lists the models that may be used, and the embedding presets built from them.',
  groups: ['models'],
  options: [{ flags: '--verify', help: 'check the SHA-256 of every file; exit code 4 when one differs' }],
  examples: ['vultus models', 'vultus models --licences verified', 'vultus models --verify', 'vultus models --json'],
  run: models,
};

/** What `--verify` found. */
interface Check {
  readonly ok: boolean;
  readonly message?: string;
}

async function models(run: CommandRun): Promise<ExitCode> {
  const { values, terminal } = run;
  const { openCatalog, nodeSources } = await import('vultus');
  const sources = await nodeSources({ manifests: values.models ?? [] });
  const catalog = await openCatalog(sources, { licences: values.licences ?? 'all' });
  const entries = catalog.entries();
  const checks = values.verify === true ? await verify(run, catalog, entries) : undefined;
  if (terminal.json) terminal.document(document(catalog, entries, checks));
  else printTable(run, catalog, entries, checks);
  return checks === undefined || [...checks.values()].every(({ ok }) => ok) ? exitCodes.ok : exitCodes.device;
}

async function verify(
  { terminal, signal }: CommandRun,
  catalog: Catalog,
  entries: readonly ModelEntry[],
): Promise<ReadonlyMap<string, Check>> {
  const checks = new Map<string, Check>();
  const progress = terminal.progress('verify', entries.length);
  for (const entry of entries) {
    signal.throwIfAborted();
    const check = await catalog.read(entry).then(
      (): Check => ({ ok: true }),
      (error: unknown): Check => ({ ok: false, message: failureOf(error).message }),
    );
    checks.set(entry.id, check);
    progress.update(checks.size);
  }
  progress.end();
  return checks;
}

function document(catalog: Catalog, entries: readonly ModelEntry[], checks: ReadonlyMap<string, Check> | undefined) {
  const list = entries.map(({ id, version, kind, family, file, bytes, sha256, licence, source }) => {
    const verified = checks?.get(id);
    const from = source && { package: source.package, version: source.version, recipe: source.recipe };
    return {
      id,
      version,
      kind,
      family,
      file,
      bytes,
      sha256,
      licence,
      source: from,
      ...(verified && { check: verified }),
    };
  });
  const presets = catalog.presetNames().map((name) => {
    const { id, version, parts } = catalog.preset(name);
    return [name, { id, version, parts: parts.map(({ model, weight, flip }) => ({ model, weight, flip })) }] as const;
  });
  return { licences: catalog.licences, models: list, presets: Object.fromEntries(presets) };
}

function printTable(
  { terminal }: CommandRun,
  catalog: Catalog,
  entries: readonly ModelEntry[],
  checks: ReadonlyMap<string, Check> | undefined,
): void {
  const columns = [
    { title: 'model' },
    { title: 'kind' },
    { title: 'licence' },
    { title: 'verified' },
    { title: 'MB', align: 'right' as const },
    { title: checks === undefined ? 'source' : 'file' },
  ];
  const rows = entries.map(({ id, kind, licence, bytes, source, file }) => [
    id,
    kind,
    licence.spdx,
    licence.verified ? terminal.style('green', 'yes') : terminal.style('yellow', licence.vouchedBy),
    bytes === undefined ? '–' : (bytes / 1e6).toFixed(1),
    checks === undefined ? (source?.package ?? file) : checkText(checks.get(id), (text) => terminal.style('red', text)),
  ]);
  for (const line of tableLines(columns, rows, (text) => terminal.style('dim', text))) terminal.line(line);
  const total = entries.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  terminal.line(
    `${entries.length} models, ${(total / 1e6).toFixed(1)} MB; presets: ${catalog.presetNames().join(', ')}`,
  );
  for (const { ok, message } of checks?.values() ?? []) if (!ok) terminal.complain('MODEL_CHECKSUM', message ?? '');
}

function checkText(check: Check | undefined, bad: (text: string) => string): string {
  return check?.ok === true ? 'ok' : bad('bad');
}
