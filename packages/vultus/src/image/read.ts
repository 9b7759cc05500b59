/** Reads the encoded bytes of a picture from a Blob or a URL, never more than the limit; the same in Node and browsers. */

import { throwIfAborted, VultusError } from '../errors.ts';
import { checkBytes } from './check.ts';
import type { ImageLimits } from './image.ts';

type Limits = Required<ImageLimits>;

/** The bytes of a Blob. Throws `IMAGE_TOO_LARGE` before reading, `FILE_READ` when reading fails. */
export async function readBlob(blob: Blob, limits: Limits): Promise<Uint8Array> {
  checkBytes(blob.size, limits);
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw new VultusError('FILE_READ', `The Blob could not be read: ${reason(error)}`, { cause: error });
  }
}

/** The bytes inside a `data:` URL. Throws `IMAGE_DECODE` when it is malformed. */
export async function readDataUrl(url: string, limits: Limits): Promise<Uint8Array> {
  checkBytes(Math.floor((url.length - url.indexOf(',')) * 0.75) - 3, limits);
  try {
    const response = await fetch(url);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new VultusError('IMAGE_DECODE', 'Expected a data: URL that holds a picture, got a malformed one', {
      cause: error,
    });
  }
}

/**
 * The body of an HTTP answer, read piece by piece and dropped when it grows over the limit. Redirects are followed.
 * Throws `INVALID_ARGUMENT` without `allowUrls`, `FILE_READ`, `IMAGE_TOO_LARGE`, `ABORTED`.
 */
export async function readUrl(
  url: string,
  limits: Limits,
  options: { readonly allowUrls?: boolean | undefined; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const shown = withoutSecrets(url);
  if (options.allowUrls !== true) {
    throw new VultusError(
      'INVALID_ARGUMENT',
      `${shown} would be fetched from the network; allow it with allowUrls: true`,
    );
  }
  throwIfAborted(options.signal);
  try {
    const response = await fetch(url, options.signal === undefined ? {} : { signal: options.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`);
    }
    const announced = Number(response.headers.get('content-length') ?? 0);
    if (announced > limits.maxBytes) await response.body.cancel();
    checkBytes(announced, limits);
    return await collect(response.body, limits);
  } catch (error) {
    throwIfAborted(options.signal);
    if (error instanceof VultusError) throw error;
    throw new VultusError('FILE_READ', `${shown} could not be fetched: ${reason(error)}`, { cause: error });
  }
}

async function collect(body: ReadableStream<Uint8Array>, limits: Limits): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop by an error cancels the stream.
  for await (const piece of body) {
    length += piece.length;
    checkBytes(length, limits);
    pieces.push(piece);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Credentials and queries (which carry signatures and keys) stay out of messages. */
function withoutSecrets(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return 'The URL';
  }
}

/** What went wrong underneath, in the words of the platform. */
export function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
