/** The models at hand: manifests merged, the licence policy applied, files read and checked. */

import { VultusError } from '../errors.ts';
import type { EmbeddingPreset, ModelEntry, ModelKind } from './manifest.ts';
import { nearestName } from './nearest.ts';
import { parseManifest } from './parse.ts';

/** A manifest and a way to read the files beside it. */
export interface CatalogSource {
  /** Path or URL of the manifest, for errors. */
  readonly name: string;
  /** Parsed JSON. */
  readonly manifest: unknown;
  /** Reads a file by its name beside the manifest. @throws VultusError `MODEL_NOT_FOUND` or `FILE_READ`. */
  readonly read: (file: string) => Promise<Uint8Array>;
}

/** Which licences a catalog admits: all, or only those whose chain from weights to licence text is established. */
export type LicencePolicy = 'all' | 'verified';

/** The models and presets of some manifests. */
export interface Catalog {
  readonly licences: LicencePolicy;
  /** @throws VultusError `MODEL_NOT_FOUND` naming the nearest id; `LICENCE_REFUSED`. */
  entry(id: string): ModelEntry;
  /** All admitted models in manifest order, or those of one kind. */
  entries(kind?: ModelKind): readonly ModelEntry[];
  /** @throws VultusError `MODEL_NOT_FOUND` for an unknown preset or a part that is missing; `LICENCE_REFUSED`. */
  preset(name: string): EmbeddingPreset;
  /** Names of the presets all of whose models are admitted. */
  presetNames(): readonly string[];
  /**
   * The model's bytes, with their SHA-256 checked where the manifest pins it.
   * @throws VultusError `MODEL_CHECKSUM` naming the file; `MODEL_NOT_FOUND`; `FILE_READ`.
   */
  read(entry: ModelEntry): Promise<Uint8Array>;
}

interface Held {
  readonly entry: ModelEntry;
  readonly source: CatalogSource;
}

/**
 * Merges manifests; a model or preset of a later source replaces one of the same id or name of an earlier source.
 * @throws VultusError `MODEL_INVALID` naming the manifest, the entry and the field
 */
export async function openCatalog(
  sources: readonly CatalogSource[],
  options: { readonly licences?: LicencePolicy } = {},
): Promise<Catalog> {
  const models = new Map<string, Held>();
  const presets = new Map<string, EmbeddingPreset>();
  for (const source of sources) {
    const manifest = parseManifest(source.manifest, source.name);
    for (const entry of manifest.models) models.set(entry.id, { entry, source });
    for (const [name, preset] of Object.entries(manifest.presets ?? {})) presets.set(name, preset);
  }
  return new MergedCatalog(models, presets, options.licences ?? 'all');
}

class MergedCatalog implements Catalog {
  readonly licences: LicencePolicy;
  readonly #models: ReadonlyMap<string, Held>;
  readonly #presets: ReadonlyMap<string, EmbeddingPreset>;

  constructor(
    models: ReadonlyMap<string, Held>,
    presets: ReadonlyMap<string, EmbeddingPreset>,
    licences: LicencePolicy,
  ) {
    this.#models = models;
    this.#presets = presets;
    this.licences = licences;
  }

  entry(id: string): ModelEntry {
    const held = this.#models.get(id);
    if (!held) throw unknown('model', id, this.#models.keys());
    if (this.#admits(held.entry)) return held.entry;
    const { licence } = held.entry;
    throw new VultusError(
      'LICENCE_REFUSED',
      `Expected models of verified licence only, got "${id}" (${licence.spdx}, vouched for by: ${licence.vouchedBy}). Choose another model, or open with licences: 'all'`,
      { details: { model: id, licence } },
    );
  }

  entries(kind?: ModelKind): readonly ModelEntry[] {
    const admitted = [...this.#models.values()].map(({ entry }) => entry).filter((entry) => this.#admits(entry));
    return kind === undefined ? admitted : admitted.filter((entry) => entry.kind === kind);
  }

  preset(name: string): EmbeddingPreset {
    const preset = this.#presets.get(name);
    if (!preset) throw unknown('preset', name, this.#presets.keys());
    for (const part of preset.parts) this.entry(part.model);
    return preset;
  }

  presetNames(): readonly string[] {
    const admitted = new Set(this.entries().map((entry) => entry.id));
    return [...this.#presets]
      .filter(([, preset]) => preset.parts.every((part) => admitted.has(part.model)))
      .map(([name]) => name);
  }

  async read(entry: ModelEntry): Promise<Uint8Array> {
    const held = this.#models.get(entry.id);
    if (!held) throw unknown('model', entry.id, this.#models.keys());
    const bytes = await held.source.read(entry.file);
    if (entry.sha256 === undefined) return bytes;
    const actual = await sha256(bytes);
    if (actual === entry.sha256) return bytes;
    throw new VultusError(
      'MODEL_CHECKSUM',
      `Expected ${entry.file} (model "${entry.id}" of ${held.source.name}) with SHA-256 ${entry.sha256}, got ${actual} in ${bytes.length} bytes. The file is damaged or another one: build it again with "npm run models" or reinstall @vultus/models`,
      { details: { model: entry.id, file: entry.file, expected: entry.sha256, actual, bytes: bytes.length } },
    );
  }

  #admits(entry: ModelEntry): boolean {
    return this.licences === 'all' || entry.licence.verified;
  }
}

function unknown(what: 'model' | 'preset', name: string, known: Iterable<string>): VultusError {
  const names = [...known];
  const meant = nearestName(name, names);
  const advice = meant === undefined ? '' : `; did you mean "${meant}"?`;
  return new VultusError(
    'MODEL_NOT_FOUND',
    `Expected the name of a ${what} (${names.join(', ') || 'none is there'}), got "${name}"${advice}`,
    { details: { [what]: name, known: names } },
  );
}

/** Hex SHA-256 by Web Crypto, which Node and browsers share. */
async function sha256(bytes: Uint8Array): Promise<string> {
  if (!globalThis.crypto?.subtle) {
    throw new VultusError(
      'DEPENDENCY_MISSING',
      'Expected Web Crypto to check a model, got a page without it. Serve the page over HTTPS or from localhost',
    );
  }
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
