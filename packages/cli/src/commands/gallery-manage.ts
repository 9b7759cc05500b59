/** `vultus gallery create|list|info|remove|rename|delete`. */

import type { CollectionInfo } from 'vultus';
import { withGallery } from '../collection.ts';
import type { CommandRun, LeafCommand } from '../command.ts';
import { withEngine } from '../engine.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit.ts';
import { oneOf } from '../options.ts';
import { tableLines } from '../ui/table.ts';
import { count } from '../ui/words.ts';

/** `gallery create`. */
export const create: LeafCommand = {
  name: 'create',
  summary: 'make an empty collection for the faceprints of a preset',
  description:
    'Makes a collection. It takes the faceprints of one preset only. With a key in VULTUS_GALLERY_KEY or VULTUS_GALLERY_KEY_FILE it is encrypted.',
  args: [['<collection>', 'its name']],
  groups: ['models', 'gallery'],
  options: [
    {
      flags: '--precision <word>',
      help: 'how vectors are kept: float32, float16 (half the size) or int8 (a quarter) (default: float32)',
      parse: oneOf('float32', 'float16', 'int8'),
    },
  ],
  examples: ['vultus gallery create staff', 'vultus gallery create visitors --precision int8 --gallery ./people.db'],
  run: async (run) => {
    const [name = ''] = run.args;
    const precision = run.values.precision as 'float32' | 'float16' | 'int8' | undefined;
    return withEngine(run, (engine, sdk) =>
      withGallery(run, sdk, { create: true }, async (gallery) => {
        await gallery.create(name, { contract: engine.contract, ...(precision === undefined ? {} : { precision }) });
        return show(run, await gallery.info(name));
      }),
    );
  },
};

/** `gallery list`. */
export const list: LeafCommand = {
  name: 'list',
  summary: 'list the collections',
  groups: ['gallery'],
  examples: ['vultus gallery list', 'vultus gallery list --gallery postgres://localhost/faces --json'],
  run: async (run) => {
    const sdk = await import('vultus');
    return withGallery(run, sdk, { create: false }, async (gallery) => {
      const infos = await gallery.list();
      if (run.terminal.json) for (const each of infos) run.terminal.document(each);
      else if (infos.length > 0) printTable(run, infos);
      else run.terminal.note('The gallery has no collection yet');
      return exitCodes.ok;
    });
  },
};

/** `gallery info`. */
export const info: LeafCommand = {
  name: 'info',
  summary: 'what a collection holds and which model it belongs to',
  args: [['[collection]', 'its name (default: that of --collection)']],
  groups: ['gallery'],
  examples: ['vultus gallery info staff', 'vultus gallery info --json'],
  run: async (run) => {
    const sdk = await import('vultus');
    return withGallery(run, sdk, { create: false }, async (gallery) =>
      show(run, await gallery.info(run.args[0] ?? collectionName(run))),
    );
  },
};

/** `gallery remove`. */
export const remove: LeafCommand = {
  name: 'remove',
  summary: 'remove people or single faceprints',
  description:
    'Removes everything of an identity, or one faceprint by its id. Exit code 1 when there was nothing to remove.',
  args: [['<who...>', 'identities or faceprint ids']],
  groups: ['gallery'],
  examples: ['vultus gallery remove Ann', 'vultus gallery remove 0198f6a0-1b2c-7def-8123-456789abcdef'],
  run: async (run) => {
    const sdk = await import('vultus');
    return withGallery(run, sdk, { create: false }, async (gallery) => {
      const collection = await gallery.open(collectionName(run));
      let total = 0;
      for (const who of run.args) {
        const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(who);
        const removed = isId && (await collection.remove(who)) ? 1 : await collection.removeIdentity(who);
        total += removed;
        if (run.terminal.json) run.terminal.document({ removed, of: who });
        else run.terminal.line(`${who}  ${count(removed, 'faceprint')} removed`);
      }
      return total > 0 ? exitCodes.ok : exitCodes.none;
    });
  },
};

/** `gallery rename`. */
export const rename: LeafCommand = {
  name: 'rename',
  summary: 'give a person another name; a name in use makes the two one',
  args: [
    ['<identity>', 'the name now'],
    ['<to>', 'the name to be'],
  ],
  groups: ['gallery'],
  examples: ['vultus gallery rename Ann "Ann Smith"'],
  run: async (run) => {
    const [identity = '', to = ''] = run.args;
    const sdk = await import('vultus');
    return withGallery(run, sdk, { create: false }, async (gallery) => {
      const moved = await (await gallery.open(collectionName(run))).rename(identity, to);
      if (run.terminal.json) run.terminal.document({ identity, to, moved });
      else run.terminal.line(`${identity} is ${to} now, ${count(moved, 'faceprint')}`);
      return exitCodes.ok;
    });
  },
};

/** `gallery delete`. */
export const removeCollection: LeafCommand = {
  name: 'delete',
  summary: 'delete a collection with everyone in it',
  args: [['<collection>', 'its name']],
  groups: ['gallery'],
  options: [{ flags: '--yes', help: 'really' }],
  examples: ['vultus gallery delete visitors --yes'],
  run: async (run) => {
    const [name = ''] = run.args;
    if (run.values.yes !== true)
      throw new UsageError(`This deletes ${JSON.stringify(name)} for good. Add --yes to do it`);
    const sdk = await import('vultus');
    return withGallery(run, sdk, { create: false }, async (gallery) => {
      const deleted = await gallery.delete(name);
      if (run.terminal.json) run.terminal.document({ deleted, collection: name });
      else run.terminal.line(deleted ? `${name} deleted` : `There is no collection ${JSON.stringify(name)}`);
      return deleted ? exitCodes.ok : exitCodes.none;
    });
  },
};

/** The collection that the options name. */
export function collectionName({ values }: CommandRun): string {
  return values.collection ?? 'default';
}

function show(run: CommandRun, of: CollectionInfo): ExitCode {
  if (run.terminal.json) run.terminal.document(of);
  else printTable(run, [of]);
  return exitCodes.ok;
}

function printTable({ terminal }: CommandRun, infos: readonly CollectionInfo[]): void {
  const columns = [
    { title: 'collection' },
    { title: 'people', align: 'right' },
    { title: 'faceprints', align: 'right' },
    { title: 'size', align: 'right' },
    { title: 'kept as' },
    { title: 'model' },
    { title: 'made' },
  ] as const;
  const rows = infos.map(({ name, identities, faceprints, bytes, precision, encrypted, contract, createdAt }) => [
    name,
    String(identities),
    String(faceprints),
    bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`,
    encrypted ? `${precision}, encrypted` : precision,
    `${contract.id}@${contract.version}`,
    createdAt.slice(0, 10),
  ]);
  for (const line of tableLines(columns, rows, (text) => terminal.style('bold', text))) terminal.line(line);
}
