/** The exact engine: an int8 scan in WebAssembly on all cores, the best re-scored from full vectors, and a proof. */

import { throwIfAborted, VultusError } from '../../errors.ts';
import type { Precision } from '../../face/faceprint.ts';
import { Arenas, type Piece, pieceRows, scratchBytes } from './arena.ts';
import { type FastSearch, shortlistSize } from './bits.ts';
import { type CodedQuery, type Codes, type Coding, coarseQuery, openCoding, type QueryCodes } from './coding.ts';
import { bestHits, dot, isAllowed } from './exact.ts';
import { openRows, type Rows } from './rows.ts';
import { type Found, type QuerySet, queriesPerTask, Scan, type ScanTask } from './scanner.ts';
import { Slots } from './slots.ts';
import { sharedThreads, type Threads } from './threads.ts';
import { stretch } from './turn.ts';
import type { Hit, SearchRequest, VectorIndex } from './vector-index.ts';

/** Rows × queries that one turn of the event loop may scan: about a millisecond. */
const workPerTurn = 2 * pieceRows;

/** Candidates kept of each query by each thread; the certificate says when they were too few. */
const usualLimit = 64;
const largestLimit = 65_536;

/** From so many queries on, and so many rows × queries, a matrix product pays; it needs more candidates to be certain. */
const batchQueries = 8;
const batchWork = 2 ** 20;
const batchLimit = 256;

/** Components that are coded at a time: as many as fit the scratch of a lane. */
const vectorsPerRun = (scratchBytes - 64) / 4;

/** A look at a row in full takes as long as an exact scan of so many: a fast search of a longer shortlist is none. */
const rowsScannedPerLook = 100;

/** Rows re-scored between two looks at whether the answer is certain. */
const rowsPerLook = 16;

/** Settings of {@link openScanIndex}. */
export interface ScanIndexOptions {
  readonly dimension: number;
  readonly precision: Precision;
  /** False keeps everything in the calling thread. Default true. */
  readonly threads?: boolean;
  /** Look only at rows whose signs agree with the query's: faster, but a mate may be missed. Default: exact. */
  readonly fast?: FastSearch | undefined;
  /**
   * What the scan reads. `float32`, for that precision only, keeps no second copy of the rows: 2 kB a face at 512
   * components instead of 2.5, and four times as much to read for each search. Default `int8`.
   */
  readonly codes?: Codes;
  /** Candidates kept at first; small values make the certificate fail, for tests. */
  readonly limit?: number;
}

/**
 * Opens an empty index, exact unless `fast` is given.
 * @throws VultusError `INVALID_ARGUMENT` when `fast` cannot keep its promise, see {@link shortlistSize}, or when the scan
 *   should read float32 and the precision is another
 */
export async function openScanIndex(options: ScanIndexOptions): Promise<VectorIndex> {
  return new ScanIndex(options, options.threads === false ? undefined : await sharedThreads());
}

/** Throws what {@link openScanIndex} throws, without opening anything. */
export function assertIndexOptions({ dimension, precision, fast, codes }: ScanIndexOptions): void {
  if (fast !== undefined) shortlistSize(0, dimension, fast);
  if (codes !== 'float32' || precision === 'float32') return;
  throw new VultusError(
    'INVALID_ARGUMENT',
    `A scan of float32 needs a collection of that precision, this one has ${precision}. Leave the codes at int8`,
  );
}

/** A query being answered. */
interface Ask {
  readonly query: Float32Array;
  readonly fine: CodedQuery<QueryCodes>;
  /** For batches only. */
  readonly coarse: CodedQuery<Int8Array> | undefined;
}

/** A candidate, and the highest score it can have. */
interface Scanned {
  readonly slot: number;
  readonly atMost: number;
}

/** The rows once more, by their signs. */
interface Signs {
  readonly coding: Coding;
  readonly arenas: Arenas;
  readonly search: FastSearch;
}

class ScanIndex implements VectorIndex {
  readonly dimension: number;
  readonly #limit: number;
  readonly #threads: Threads | undefined;
  readonly #coding: Coding;
  readonly #arenas: Arenas;
  readonly #rows: Rows;
  readonly #slots: Slots;
  /** The largest ‖x − x̂‖ of any row so far. */
  #residual = 0;
  readonly #fast: Signs | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: ScanIndexOptions, threads: Threads | undefined) {
    const { dimension, precision, fast, codes = 'int8', limit = usualLimit } = options;
    assertIndexOptions(options);
    this.dimension = dimension;
    this.#limit = limit;
    this.#threads = threads;
    // One lane for each thread, one for scans that finish in one turn, one for those that take several.
    const lanes = (threads?.count ?? 0) + 2;
    this.#coding = openCoding(codes, dimension);
    this.#arenas = new Arenas(this.#coding.stride, lanes);
    if (fast !== undefined) {
      const coding = openCoding('signs', dimension);
      this.#fast = { coding, arenas: new Arenas(coding.stride, lanes), search: fast };
    }
    this.#rows = openRows(dimension, precision, codes, this.#arenas);
    this.#slots = new Slots((slot) => this.#forget(slot));
  }

  get size(): number {
    return this.#slots.size;
  }

  get capacity(): number {
    return this.#slots.capacity;
  }

  add(vectors: Float32Array): Int32Array {
    this.#assertOpen();
    const slots = new Int32Array(vectors.length / this.dimension);
    for (let i = 0; i < slots.length; i++) slots[i] = this.#slots.take();
    for (let from = 0; from < slots.length; ) from += this.#write(slots, from, vectors);
    return slots;
  }

  /** Writes vectors into slots that lie side by side, from the `from`-th on. @returns how many */
  #write(slots: Int32Array, from: number, vectors: Float32Array): number {
    const d = this.dimension;
    const first = slots[from] as number;
    const most = Math.min(slots.length - from, this.#arenas.runLength(first), Math.floor(vectorsPerRun / d) || 1);
    let count = 1;
    while (count < most && slots[from + count] === first + count) count += 1;
    const given = vectors.subarray(from * d, (from + count) * d);
    const residual = this.#rows.apart(this.#coding.encode(given, this.#arenas.run(first, count, this.#lane(0))));
    if (residual > this.#residual) this.#residual = residual;
    this.#rows.write(first, given);
    this.#fast?.coding.encode(given, this.#fast.arenas.run(first, count, this.#lane(0)));
    return count;
  }

  remove(slot: number): void {
    this.#slots.release(slot);
  }

  vector(slot: number): Float32Array {
    this.#assertOpen();
    return this.#rows.read(slot).slice();
  }

  hold(): () => void {
    return this.#slots.hold();
  }

  async search(request: SearchRequest): Promise<Hit[][]> {
    this.#assertOpen();
    throwIfAborted(request.signal);
    const release = this.#slots.hold();
    try {
      const stamp = this.#slots.stamp;
      const shortlist = this.#shortlist(request);
      if (shortlist !== undefined) return await this.#searchFast(shortlist, stamp, request);
      const pieces = this.#arenas.pieces(this.#slots.capacity);
      const asks = this.#asks(request.queries);
      const limit = this.#limitFor(request, asks[0]?.coarse !== undefined);
      const answers: Hit[][] = [];
      const batch = queriesPerTask(asks[0]?.fine.codes.byteLength ?? 0, limit);
      for (let from = 0; from < asks.length; from += batch) {
        answers.push(...(await this.#answer(asks.slice(from, from + batch), limit, pieces, stamp, request)));
      }
      return answers;
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const arenas = [this.#arenas, ...(this.#fast === undefined ? [] : [this.#fast.arenas])];
    await this.#threads?.remove(arenas.flatMap(({ all }) => all.map(({ id }) => id)));
  }

  /** How many rows a fast search looks at; undefined where an exact one is asked for, or quicker. */
  #shortlist({ exact = false }: SearchRequest): number | undefined {
    if (this.#fast === undefined || exact) return undefined;
    const count = shortlistSize(this.#slots.size, this.dimension, this.#fast.search);
    return count > largestLimit || rowsScannedPerLook * count > this.#slots.size ? undefined : count;
  }

  /** The rows whose signs agree best, scored in full. */
  async #searchFast(count: number, stamp: number, request: SearchRequest): Promise<Hit[][]> {
    const { coding, arenas } = this.#fast as Signs;
    const pieces = arenas.pieces(this.#slots.capacity);
    const answers: Hit[][] = [];
    const pause = stretch();
    for (let at = 0; at < request.queries.length; at += this.dimension) {
      const query = request.queries.slice(at, at + this.dimension);
      const ask = { query, fine: coding.query(query, 0), coarse: undefined };
      const task = { ...taskOf([ask], [Number.NEGATIVE_INFINITY], count, request), stride: coding.stride, pieces };
      const found = await this.#scan(task, arenas, request.signal);
      if (pause.due()) await pause.turn();
      this.#assertOpen();
      answers.push(this.#look(query, bestSlots(found, count), stamp, request));
    }
    return answers;
  }

  /** The exact scores of some rows. */
  #look(query: Float32Array, slots: readonly number[], stamp: number, request: SearchRequest): Hit[] {
    const hits: Hit[] = [];
    for (const slot of slots) {
      if (!this.#slots.wasAlive(slot, stamp)) continue;
      const score = dot(query, this.#rows.read(slot));
      if (score >= request.minScore) hits.push({ slot, score });
    }
    return bestHits(hits, request);
  }

  #assertOpen(): void {
    if (this.#closed) throw new VultusError('CLOSED', 'The collection was closed. Open it again');
  }

  #forget(slot: number): void {
    for (const arenas of [this.#arenas, ...(this.#fast === undefined ? [] : [this.#fast.arenas])]) {
      arenas.setScale(slot, Number.NaN);
      arenas.codes(slot).fill(0);
    }
    this.#rows.erase(slot);
  }

  #limitFor({ k }: SearchRequest, isBatch: boolean): number {
    const [least, factor] = isBatch && this.#limit === usualLimit ? [batchLimit, 8] : [this.#limit, 2];
    return Math.min(largestLimit, Math.max(least, factor * k));
  }

  #asks(queries: Float32Array): Ask[] {
    const count = queries.length / this.dimension;
    const isBatch = count >= batchQueries && count * this.#slots.capacity >= batchWork;
    const usesProduct = isBatch && this.#coding.kind === 'int8' && this.#threads !== undefined;
    const asks: Ask[] = [];
    for (let at = 0; at < queries.length; at += this.dimension) {
      const query = queries.slice(at, at + this.dimension);
      const fine = this.#coding.query(query, this.#residual);
      asks.push({ query, fine, coarse: usesProduct ? coarseQuery(query, this.#residual) : undefined });
    }
    return asks;
  }

  async #answer(
    asks: readonly Ask[],
    limit: number,
    pieces: readonly Piece[],
    stamp: number,
    request: SearchRequest,
  ): Promise<Hit[][]> {
    const floors = asks.map(() => request.minScore);
    const found = await this.#scan(this.#task(asks, floors, limit, pieces, request), this.#arenas, request.signal);
    const answers: Hit[][] = [];
    const pause = stretch();
    for (const [i, ask] of asks.entries()) {
      if (pause.due()) await pause.turn();
      this.#assertOpen();
      const first = this.#settle(ask, found, i, stamp, request);
      answers.push(first.certain ? first.hits : await this.#insist(ask, first.hits, pieces, stamp, request));
    }
    return answers;
  }

  /** The first scan kept too few candidates: scan again for all that may still belong to the answer. */
  async #insist(
    { query, fine }: Ask,
    hits: readonly Hit[],
    pieces: readonly Piece[],
    stamp: number,
    request: SearchRequest,
  ): Promise<Hit[]> {
    const ask = { query, fine, coarse: undefined };
    // With k hits at hand nothing below the last of them matters; without, the groups were too few.
    const known = hits.length === request.k ? (hits.at(-1) as Hit).score : request.minScore;
    const floor = Math.max(request.minScore, known);
    const found = await this.#scan(
      this.#task([ask], [floor], largestLimit, pieces, request),
      this.#arenas,
      request.signal,
    );
    this.#assertOpen();
    const second = this.#settle(ask, found, 0, stamp, request);
    return second.certain ? second.hits : this.#scoreAll(ask, stamp, request);
  }

  /** @param floors what a row's exact score must reach, for each query */
  #task(
    asks: readonly Ask[],
    floors: readonly number[],
    limit: number,
    pieces: readonly Piece[],
    request: SearchRequest,
  ): ScanTask {
    return { ...taskOf(asks, floors, limit, request), stride: this.#coding.stride, pieces };
  }

  async #scan(task: ScanTask, arenas: Arenas, signal: AbortSignal | undefined): Promise<Found[]> {
    throwIfAborted(signal);
    const rows = task.pieces.reduce((sum, piece) => sum + piece.count, 0);
    const work = rows * task.units.length;
    if (work <= workPerTurn) return this.#scanHere(task, arenas);
    if (this.#threads !== undefined && arenas.shared) {
      for (const arena of arenas.all) this.#threads.add(arena);
      const found = await this.#threads.run(task, signal);
      throwIfAborted(signal);
      return found;
    }
    const turn = this.#turn.then(() => this.#scanInTurns(task, arenas, signal));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #lane(offset: number): number {
    return (this.#threads?.count ?? 0) + offset;
  }

  #scanHere(task: ScanTask, arenas: Arenas): Found[] {
    const scan = new Scan(arenas.memories(), this.#lane(0), task);
    for (const piece of task.pieces) scan.take(piece);
    return scan.found();
  }

  async #scanInTurns(task: ScanTask, arenas: Arenas, signal: AbortSignal | undefined): Promise<Found[]> {
    const scan = new Scan(arenas.memories(), this.#lane(1), task);
    const pause = stretch();
    for (const piece of task.pieces) {
      scan.take(piece);
      if (!pause.due()) continue;
      await pause.turn();
      throwIfAborted(signal);
      this.#assertOpen();
    }
    return scan.found();
  }

  /** Re-scores candidates from the most promising on, until no other row can change the answer. */
  #settle(
    ask: Ask,
    found: readonly Found[],
    which: number,
    stamp: number,
    request: SearchRequest,
  ): { hits: Hit[]; certain: boolean } {
    const { candidates, bound } = gather(found, which, ask);
    const hits: Hit[] = [];
    let best: Hit[] = [];
    for (let i = 0; i < candidates.length; i += rowsPerLook) {
      const rest = (candidates[i] as Scanned).atMost;
      if (best.length === request.k && (best.at(-1) as Hit).score >= rest) return { hits: best, certain: true };
      for (const { slot } of candidates.slice(i, i + rowsPerLook)) {
        if (!this.#slots.wasAlive(slot, stamp)) continue;
        const score = dot(ask.query, this.#rows.read(slot));
        if (score >= request.minScore) hits.push({ slot, score });
      }
      best = bestHits(hits, request);
    }
    const enough = best.length === request.k && (best.at(-1) as Hit).score >= bound;
    return { hits: best, certain: enough || bound < request.minScore };
  }

  /** The plain way: every row. Only for data on which quantising tells nothing. */
  async #scoreAll(ask: Ask, stamp: number, request: SearchRequest): Promise<Hit[]> {
    let hits: Hit[] = [];
    const end = this.#slots.capacity;
    const pause = stretch();
    for (let slot = 0; slot < end; slot++) {
      if (slot % 256 === 255 && pause.due()) {
        await pause.turn();
        throwIfAborted(request.signal);
        this.#assertOpen();
        if (hits.length > 100_000) hits = bestHits(hits, request);
      }
      if (!this.#slots.wasAlive(slot, stamp) || !isAllowed(request.allow, slot)) continue;
      const score = dot(ask.query, this.#rows.read(slot));
      if (score >= request.minScore) hits.push({ slot, score });
    }
    return bestHits(hits, request);
  }
}

/** All candidates of one query, best first, and the highest score that a row the scan dropped may have. */
function gather(found: readonly Found[], which: number, ask: Ask): { candidates: Scanned[]; bound: number } {
  const candidates: Scanned[] = [];
  let bound = Number.NEGATIVE_INFINITY;
  for (const { coarse, sizes, scores, slots } of found) {
    const { error } = coarse && ask.coarse !== undefined ? ask.coarse : ask.fine;
    const limit = scores.length / sizes.length;
    const size = sizes[which] as number;
    const first = which * limit;
    if (size === limit) bound = Math.max(bound, (scores[first] as number) + error);
    for (let i = first; i < first + size; i++) {
      candidates.push({ slot: slots[i] as number, atMost: (scores[i] as number) + error });
    }
  }
  return { candidates: candidates.sort((a, b) => b.atMost - a.atMost), bound };
}

/** The slots of highest scores, of all threads together. */
function bestSlots(found: readonly Found[], count: number): number[] {
  const all = found.flatMap(({ sizes, scores, slots }) =>
    Array.from({ length: sizes[0] as number }, (_, i) => ({ slot: slots[i] as number, score: scores[i] as number })),
  );
  if (all.length > count) all.sort((a, b) => b.score - a.score);
  return all.slice(0, count).map(({ slot }) => slot);
}

/** What is asked of a scan, wherever the rows lie. */
function taskOf(
  asks: readonly Ask[],
  floors: readonly number[],
  limit: number,
  { allow }: SearchRequest,
): Omit<ScanTask, 'stride' | 'pieces'> {
  const fine = asks.map((ask) => ask.fine);
  const coarse = asks.flatMap((ask) => ask.coarse ?? []);
  return {
    ...querySet(fine, floors),
    coarse: coarse.length === 0 ? undefined : querySet(coarse, floors),
    limit,
    mask: allow,
  };
}

/** Queries one after the other, with floors that no row of the wanted score can miss. */
function querySet<C extends QueryCodes | Int8Array>(
  coded: readonly CodedQuery<C>[],
  floors: readonly number[],
): QuerySet<C> {
  const [{ codes: first }] = coded as readonly [CodedQuery<C>, ...CodedQuery<C>[]];
  // All are of one class, and there is always one.
  const queries = new (first.constructor as new (length: number) => C)(first.length * coded.length);
  for (const [i, { codes }] of coded.entries()) queries.set(codes, i * first.length);
  return {
    queries,
    units: Float32Array.from(coded, ({ unit }) => unit),
    floors: Float32Array.from(coded, ({ error }, i) => (floors[i] as number) - error),
  };
}
