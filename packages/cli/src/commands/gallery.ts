/** `vultus gallery …`: collections as a whole. */

import type { CommandGroup } from '../command.ts';
import { audit } from './gallery-audit.ts';
import { enrollFolder } from './gallery-enroll.ts';
import { create, info, list, remove, removeCollection, rename } from './gallery-manage.ts';
import { migrate, rotateKey } from './gallery-rebuild.ts';
import { exportLines, importLines } from './gallery-transfer.ts';

/** The command. */
export const command: CommandGroup = {
  name: 'gallery',
  summary: 'make, fill, look after and carry collections of faceprints',
  commands: [
    create,
    list,
    info,
    enrollFolder,
    remove,
    rename,
    exportLines,
    importLines,
    audit,
    migrate,
    rotateKey,
    removeCollection,
  ],
};
