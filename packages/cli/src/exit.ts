/** Exit codes, in one place. */

import type { ErrorCode } from 'vultus';

/** What each exit code means; printed by `--help`. */
export const exitCodes = {
  ok: 0,
  /** No match, or no face. */
  none: 1,
  usage: 2,
  /** A picture, file, gallery or collection could not be read or does not fit. */
  input: 3,
  /** A device, a model or an optional package is not there or failed. */
  device: 4,
  /** A bug of ours. */
  internal: 70,
  interrupted: 130,
} as const;

/** One of the numbers of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of each error code of the SDK. */
export const exitOfError = {
  INVALID_ARGUMENT: exitCodes.usage,
  FILE_READ: exitCodes.input,
  IMAGE_DECODE: exitCodes.input,
  IMAGE_TOO_LARGE: exitCodes.input,
  UNSUPPORTED_FORMAT: exitCodes.input,
  VIDEO_DECODE: exitCodes.input,
  MESSAGE_INVALID: exitCodes.input,
  QUEUE_UNAVAILABLE: exitCodes.input,
  NO_FACE: exitCodes.none,
  MULTIPLE_FACES: exitCodes.input,
  EXTREME_FACE_ANGLE: exitCodes.input,
  MODEL_NOT_FOUND: exitCodes.device,
  MODEL_CHECKSUM: exitCodes.device,
  MODEL_INVALID: exitCodes.device,
  LICENCE_REFUSED: exitCodes.device,
  DEVICE_UNAVAILABLE: exitCodes.device,
  DEPENDENCY_MISSING: exitCodes.device,
  INFERENCE_FAILED: exitCodes.device,
  EMBEDDING_MISMATCH: exitCodes.input,
  COLLECTION_NOT_FOUND: exitCodes.input,
  COLLECTION_EXISTS: exitCodes.input,
  FACEPRINT_NOT_FOUND: exitCodes.input,
  IDENTITY_NOT_FOUND: exitCodes.input,
  STORE_CORRUPT: exitCodes.input,
  STORE_UNAVAILABLE: exitCodes.input,
  DECRYPT_FAILED: exitCodes.input,
  ABORTED: exitCodes.interrupted,
  CLOSED: exitCodes.internal,
} as const satisfies Record<ErrorCode, ExitCode>;

/** Something wrong with the command line itself. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the user is told of a failure. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exit: ExitCode;
}

/** Reads the code and the exit code off anything that was thrown. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return { code: 'USAGE', message, exit: exitCodes.usage };
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
  };
  // By name, not by class: loading the class would load the SDK, which a wrong option must not cost.
  if (name === 'VultusError' && typeof code === 'string' && code in exitOfError) {
    return { code, message, exit: exitOfError[code as ErrorCode] };
  }
  if (name === 'AbortError') return { code: 'ABORTED', message: 'Interrupted', exit: exitCodes.interrupted };
  // What Node says of files that are not there, or not ours to read.
  if (typeof code === 'string' && /^(ENOENT|EACCES|EPERM|EISDIR|ENOTDIR|ENOSPC|EROFS)$/.test(code)) {
    return { code: 'FILE_READ', message, exit: exitCodes.input };
  }
  return { code: 'INTERNAL', message, exit: exitCodes.internal };
}
