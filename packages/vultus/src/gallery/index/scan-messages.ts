/** What the search threads are told and what they answer. */

import type { Found, ScanTask } from './scanner.ts';

/** To a thread. */
export type ScanRequest =
  | { readonly kind: 'arena'; readonly id: number; readonly memory: WebAssembly.Memory }
  | { readonly kind: 'drop'; readonly ids: readonly number[] }
  /** Lets go of everything and answers; the thread can be ended then. */
  | { readonly kind: 'exit'; readonly id: number }
  | {
      readonly kind: 'scan';
      readonly id: number;
      readonly task: ScanTask;
      /** One shared int32: the number of the next piece; whoever adds one to it takes that piece. */
      readonly next: SharedArrayBuffer;
    };

/** From a thread. */
export type ScanReply =
  | { readonly id: number; readonly found: readonly Found[] }
  | { readonly id: number; readonly error: string };

/** A thread as the pool sees it. */
export interface ScanThread {
  post(request: ScanRequest): void;
  /** Whether the thread keeps the process alive. */
  hold(busy: boolean): void;
  stop(): Promise<void>;
}

/** Starts a thread; `onReply` gets its answers, `onDeath` is called once when it ends by itself. */
export type StartThread = (
  lane: number,
  onReply: (reply: ScanReply) => void,
  onDeath: (cause: unknown) => void,
) => ScanThread;
