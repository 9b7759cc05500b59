/** What passes between a SQLite store and its thread. */

import type { ErrorCode } from '../../errors.ts';
import type { SqliteRows } from './sqlite-rows.ts';

/** How the thread opens its file. */
export interface SqliteSetup {
  readonly path: string;
  readonly synchronous: 'normal' | 'full';
}

type Method =
  | 'create'
  | 'find'
  | 'list'
  | 'stats'
  | 'rename'
  | 'drop'
  | 'write'
  | 'putMany'
  | 'changes'
  | 'chip'
  | 'dataVersion'
  | 'close';

/** The arguments of each call; `ready` answers when the file is open. */
export type SqliteCall = { readonly id: number } & (
  | { readonly method: 'ready'; readonly args: readonly [] }
  | { readonly [M in Method]: { readonly method: M; readonly args: Parameters<SqliteRows[M]> } }[Method]
);

/** The answer to the call of that id. */
export type SqliteReply =
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number;
      readonly error: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly details: Readonly<Record<string, unknown>>;
      };
    };
