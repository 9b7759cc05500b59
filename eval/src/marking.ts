/** Marking files: what a person noted of clips, read with the mistakes of whoever writes one in mind. */

import { readFile } from 'node:fs/promises';
import { VultusError } from 'vultus';

/** What a marking file must hold. */
export interface MarkingKind {
  /** One that is right, to look at. */
  readonly example: string;
  /** Its lists of clips, each with the fields that every entry has besides `clip`. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/**
 * Reads a marking. @param clips the names that are asked for; each must be marked
 * @throws VultusError `FILE_READ` where there is no such file, `INVALID_ARGUMENT` where it is no marking of that kind or
 * does not name a clip that is asked for
 */
export async function readMarking<Marking>(
  path: string,
  { example, lists }: MarkingKind,
  clips: readonly string[] = [],
): Promise<Marking> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VultusError('FILE_READ', `Expected a marking of clips like ${example} at ${path}, got no readable file`, {
      cause,
    });
  });
  const refused = (problem: string) =>
    new VultusError('INVALID_ARGUMENT', `${path}: expected a marking like ${example}, got ${problem}`);
  const marking = parse(text);
  if (marking === undefined) throw refused(`${text.length} characters that are no JSON object`);
  const marked: string[] = [];
  for (const [list, fields] of Object.entries(lists)) {
    const entries = marking[list];
    if (!Array.isArray(entries)) throw refused(`no list "${list}"`);
    for (const [index, entry] of entries.entries()) {
      const missing = ['clip', ...fields].find(
        (field) => (entry as Record<string, unknown> | null)?.[field] === undefined,
      );
      if (missing !== undefined) throw refused(`entry ${index + 1} of "${list}" without "${missing}"`);
      marked.push(String((entry as { readonly clip: unknown }).clip));
    }
  }
  const unknown = clips.find((clip) => !marked.includes(clip));
  if (unknown !== undefined) {
    throw new VultusError('INVALID_ARGUMENT', `${path}: expected clips among ${marked.join(', ')}; got ${unknown}`);
  }
  return marking as Marking;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
