/** Reads typed fields out of parsed JSON; every complaint names the manifest, the entry and the field. */

import { VultusError } from '../errors.ts';
import { nearestName } from './nearest.ts';

/** A JSON object under inspection. */
export class Fields {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #manifest: string;

  /**
   * @param path where the object lies inside the manifest, e.g. `models[0] "yunet" .input`; empty for the top
   * @param known all field names the object may have; others are refused, which catches typing errors
   */
  constructor(value: unknown, path: string, manifest: string, known: readonly string[]) {
    this.#path = path;
    this.#manifest = manifest;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#error(path || 'the manifest', 'a JSON object', value);
    }
    this.#value = value as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const meant = nearestName(key, known);
      throw new VultusError(
        'MODEL_INVALID',
        `Expected ${path || 'the manifest'} in ${manifest} to have only the fields ${known.join(', ')}, got "${key}"${meant ? `; did you mean "${meant}"?` : ''}`,
        { details: { manifest, field: `${path}.${key}` } },
      );
    }
  }

  has(name: string): boolean {
    return this.#value[name] !== undefined;
  }

  raw(name: string): unknown {
    return this.#value[name];
  }

  /** A non-empty string. */
  text(name: string): string {
    const value = this.#value[name];
    if (typeof value === 'string' && value !== '') return value;
    throw this.wrong(name, 'a non-empty string');
  }

  oneOf<T extends string>(name: string, words: readonly T[]): T {
    const value = this.#value[name];
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const meant = typeof value === 'string' ? nearestName(value, words) : undefined;
    throw this.wrong(name, `one of ${words.join(', ')}${meant ? ` (did you mean "${meant}"?)` : ''}`);
  }

  positiveInteger(name: string): number {
    const value = this.#value[name];
    if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
    throw this.wrong(name, 'a positive whole number');
  }

  positive(name: string): number {
    const value = this.#value[name];
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.wrong(name, 'a positive number');
  }

  flag(name: string): boolean {
    const value = this.#value[name];
    if (typeof value === 'boolean') return value;
    throw this.wrong(name, 'true or false');
  }

  numbers(name: string): readonly number[] {
    const value = this.#value[name];
    if (Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isFinite(item))) return value;
    throw this.wrong(name, 'a list of numbers');
  }

  texts(name: string): readonly string[] {
    const value = this.#value[name];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.wrong(name, 'a list of strings');
  }

  list(name: string): readonly unknown[] {
    const value = this.#value[name];
    if (Array.isArray(value)) return value;
    throw this.wrong(name, 'a list');
  }

  /** A JSON object without inspection of its fields. */
  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.#value[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
    throw this.wrong(name, 'an object');
  }

  /** The object under `name`, with its own known fields. */
  inner(name: string, known: readonly string[]): Fields {
    return new Fields(this.#value[name], this.#path ? `${this.#path}.${name}` : name, this.#manifest, known);
  }

  /** The error for a field that is not what it should be; missing fields say so. */
  wrong(name: string, expected: string): VultusError {
    return this.#error(this.#path ? `${this.#path}.${name}` : name, expected, this.#value[name]);
  }

  #error(field: string, expected: string, value: unknown): VultusError {
    const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
    return new VultusError('MODEL_INVALID', `Expected ${field} in ${this.#manifest} to be ${expected}, got ${got}`, {
      details: { manifest: this.#manifest, field },
    });
  }
}
