/** What goes into a gallery and what comes out: plain, JSON-safe data. */

import type { EmbeddingContract, Faceprint, Precision } from '../face/faceprint.ts';

/** A value that survives `JSON.stringify` unchanged. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Free data kept beside a faceprint; never interpreted, searchable by {@link IdentifyOptions.filter}. */
export type Metadata = { readonly [key: string]: JsonValue };

/** Metadata that a row must have: each key named holds this very value at the top level. */
export type Where = { readonly [key: string]: string | number | boolean };

/** What to enrol: one faceprint under one identity. */
export interface Enrolment {
  readonly faceprint: Faceprint;
  /** Any non-empty string; several faceprints may share one. */
  readonly identity: string;
  readonly metadata?: Metadata;
  /** Weight of this faceprint in the identity's aggregate, > 0. Default 1. */
  readonly quality?: number;
  /** A UUID to keep, for imports; default a new UUID v7. */
  readonly id?: string;
  /** ISO 8601, for imports; default now. */
  readonly createdAt?: string;
  /** The aligned face as an encoded picture, kept only so that a later model can embed it again. */
  readonly chip?: Uint8Array;
}

/** What changes of a row; what is left out stays. */
export interface RowChange {
  readonly faceprint?: Faceprint;
  readonly identity?: string;
  /** `null` removes it. */
  readonly metadata?: Metadata | null;
  readonly quality?: number;
}

/** One row of a collection. */
export interface Enrolled {
  readonly id: string;
  readonly identity: string;
  readonly metadata?: Metadata;
  readonly quality: number;
  /** True for the quality-weighted mean that {@link Collection.aggregate} keeps. */
  readonly aggregate: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
  /** As stored: already rounded to the collection's precision. */
  readonly faceprint: Faceprint;
}

/** One answer of a search. */
export interface Candidate {
  readonly identity: string;
  readonly id: string;
  /** Cosine, −1…1: the only number to threshold on. */
  readonly similarity: number;
  /** The calibrated probability of a match, 0…1; absent when the collection was opened without a calibration. */
  readonly probability?: number;
  readonly metadata?: Metadata;
  /** True when the match is with the identity's aggregate. */
  readonly aggregate: boolean;
}

/** The answer of {@link Collection.verify}: the best of the identity's faceprints, matched or not. */
export interface Verification extends Candidate {
  readonly match: boolean;
  /** The threshold that decided. */
  readonly threshold: number;
}

/** What a search may look at and what it returns. */
export interface IdentifyOptions {
  /** How many candidates at most. Default 1. */
  readonly topK?: number;
  /** Lowest similarity of a candidate, −1…1. Default: the calibration's, else {@link defaultThreshold}. */
  readonly threshold?: number;
  /** Instead of `threshold`: the false-match rate to aim at, 0…1; needs a calibration that knows its rates. */
  readonly fmr?: number;
  /** How often one identity may appear. Default 1; `Infinity` lists every faceprint. */
  readonly perIdentity?: number;
  /** Keep only rows for which this is true. */
  readonly filter?: (row: { readonly identity: string; readonly metadata: Metadata | undefined }) => boolean;
  /** Keep only rows whose metadata has these values. Unlike `filter`, a database can do it by itself. */
  readonly where?: Where;
  /** Search these identities only; unknown ones are ignored. */
  readonly identities?: Iterable<string>;
  /** What to compare with. Default `faceprints`. */
  readonly against?: 'faceprints' | 'aggregates' | 'both';
  /** True: look at every vector even where the collection was opened with an approximate index. Default false. */
  readonly exact?: boolean;
  readonly signal?: AbortSignal;
}

/** {@link IdentifyOptions} for many probes at once. */
export interface IdentifyBatchOptions extends IdentifyOptions {
  /**
   * For the faces of one picture: no identity is given to two probes. Each list then holds the assigned candidate or
   * nothing; the assignment with the greatest total similarity is taken.
   */
  readonly unique?: boolean;
}

/** What a new collection is bound to. */
export interface CollectionOptions {
  readonly contract: EmbeddingContract;
  /** How vectors are stored and compared. Default `float32`. */
  readonly precision?: Precision;
}

/** A collection's metadata, read without loading it. */
export interface CollectionInfo {
  readonly name: string;
  readonly contract: EmbeddingContract;
  readonly precision: Precision;
  readonly identities: number;
  readonly faceprints: number;
  readonly encrypted: boolean;
  /** Which key sealed it, when encrypted. */
  readonly keyId?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Bytes of the stored vectors. */
  readonly bytes: number;
}
