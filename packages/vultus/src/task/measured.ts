/** Values that cannot be read off every face. */

/** Why a value is missing. `EXTREME_FACE_ANGLE`: the head is turned so far that an answer would be a guess. */
export type NotMeasurableReason = 'EXTREME_FACE_ANGLE' | 'EYES_CLOSED';

/** Stands in the place of a value that this face does not allow; the other faces and tasks are not affected. */
export interface NotMeasurable {
  readonly error: NotMeasurableReason;
}

/** A value, or why there is none. */
export type Measured<Value> = Value | NotMeasurable;

/** Whether there is a value. */
export function isMeasured<Value extends object>(value: Measured<Value>): value is Value {
  return !('error' in value);
}
