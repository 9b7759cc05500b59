/** Every error that Vultus throws on purpose: one class, a stable code, a message that says what to do. */

/**
 * The codes, each with what it means. A code never changes its meaning; new ones are added.
 * The same table is printed in `docs/errors.md`.
 */
export const errorCodes = {
  INVALID_ARGUMENT: 'A value handed to a call is outside what the call accepts',
  FILE_READ: 'A file could not be read',
  IMAGE_DECODE: 'The bytes are not a picture, or the picture is damaged',
  IMAGE_TOO_LARGE: 'The picture has more pixels or bytes than the limit allows',
  UNSUPPORTED_FORMAT: 'The picture is in a format that this build cannot decode',
  VIDEO_DECODE: 'A video or stream cannot be read, or ended and could not be reached again',
  MESSAGE_INVALID: 'A message of a queue is damaged, too large, or of another version',
  QUEUE_UNAVAILABLE: 'The message broker cannot be reached or refuses what is asked of it',
  NO_FACE: 'A call that needs a face found none',
  MULTIPLE_FACES: 'A call that needs exactly one face found several',
  EXTREME_FACE_ANGLE: 'The head is turned too far for the answer to be more than a guess',
  MODEL_NOT_FOUND: 'No model of that id, or its file is missing',
  MODEL_CHECKSUM: 'The bytes of a model are not those that its manifest names',
  MODEL_INVALID: 'A model or its manifest entry does not fit the contract of its family',
  LICENCE_REFUSED: 'The model exists but the licence policy in force excludes it',
  DEVICE_UNAVAILABLE: 'The named device cannot be opened on this machine',
  DEPENDENCY_MISSING: 'An optional package or program that the call needs is not installed',
  INFERENCE_FAILED: 'The runtime refused or failed to run a model',
  EMBEDDING_MISMATCH: 'Two faceprints, or a faceprint and a collection, come from different models',
  COLLECTION_NOT_FOUND: 'No collection of that name in this gallery',
  COLLECTION_EXISTS: 'A collection of that name exists already',
  FACEPRINT_NOT_FOUND: 'No faceprint of that id in the collection',
  IDENTITY_NOT_FOUND: 'No faceprint of that identity in the collection',
  STORE_CORRUPT: 'The stored data is damaged or not a gallery',
  STORE_UNAVAILABLE: 'The store cannot be reached, is locked, or is out of space',
  DECRYPT_FAILED: 'The key is missing or wrong, or the data was altered',
  ABORTED: 'The caller aborted the work',
  CLOSED: 'The object was used after close()',
} as const;

/** One of the keys of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

/** An error with a stable {@link ErrorCode}; `details` holds machine-readable facts, never pixels or embeddings. */
export class VultusError extends Error {
  override readonly name = 'VultusError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param message expected what, got what, what to do; one sentence each, no secrets */
  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Throws `ABORTED` when the signal has fired; call it between stages of long work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new VultusError('ABORTED', 'The work was aborted by its signal', { cause: signal.reason });
}
