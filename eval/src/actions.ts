/** Blinks and mouth openings found in a clip, against the frames that a person marked. No pictures, no models. */

import { FaceActions, type FaceReading } from 'vultus';

/** The actions that are marked. */
export const markedActions = ['blink', 'mouth-open'] as const;

/** One of {@link markedActions}. */
export type MarkedAction = (typeof markedActions)[number];

/** First and last frame of something. */
export type FrameSpan = readonly [from: number, to: number];

/** What a person saw in a clip. */
export interface ActionMarking {
  readonly clip: string;
  readonly blink: MarkedSpans;
  readonly 'mouth-open': MarkedSpans;
}

/** Where an action takes place, and where nobody can say. */
export interface MarkedSpans {
  readonly marked: readonly FrameSpan[];
  readonly unsure: readonly FrameSpan[];
}

/** One frame of a clip's face. */
export interface RecordedReading {
  readonly index: number;
  readonly timestampMs: number;
  readonly reading: FaceReading;
}

/** How one action fared in one clip. */
export interface ActionScore {
  readonly marked: number;
  /** Marked, not found. */
  readonly missed: readonly FrameSpan[];
  /** Found where nothing is marked. */
  readonly invented: readonly FrameSpan[];
}

/** An action that is found this many frames of the whole clip beside its mark is the marked one. */
const tolerance = 3;

/** Looks for actions in every `every`-th reading and compares with the marking. @param first the first reading to use */
export function judgeActions(
  marking: ActionMarking,
  readings: readonly RecordedReading[],
  { every = 1, first = 0 }: { readonly every?: number; readonly first?: number } = {},
): Readonly<Record<MarkedAction, ActionScore>> {
  const used = readings.filter((_, i) => i >= first && (i - first) % every === 0);
  const found = findActions(used);
  return { blink: score(marking.blink, found.blink), 'mouth-open': score(marking['mouth-open'], found['mouth-open']) };
}

function findActions(readings: readonly RecordedReading[]): Record<MarkedAction, FrameSpan[]> {
  const actions = new FaceActions({ actions: markedActions });
  const frames = new Map(readings.map(({ timestampMs, index }) => [timestampMs, index]));
  const found: Record<MarkedAction, FrameSpan[]> = { blink: [], 'mouth-open': [] };
  for (const { timestampMs, reading } of readings) {
    for (const { action, begunMs, doneMs } of actions.next(reading, timestampMs)) {
      found[action as MarkedAction].push([frames.get(begunMs) ?? 0, frames.get(doneMs) ?? 0]);
    }
  }
  return found;
}

/** Each mark is found once; what is found besides is invented, unless it lies where the marking is unsure. */
function score({ marked, unsure }: MarkedSpans, found: readonly FrameSpan[]): ActionScore {
  const hit = new Set<FrameSpan>();
  const invented = found.filter((span) => {
    const mark = marked.find((each) => !hit.has(each) && meets(span, each));
    if (mark !== undefined) hit.add(mark);
    return mark === undefined && !unsure.some((each) => meets(span, each));
  });
  return { marked: marked.length, missed: marked.filter((each) => !hit.has(each)), invented };
}

function meets(found: FrameSpan, mark: FrameSpan): boolean {
  return found[0] <= mark[1] + tolerance && found[1] >= mark[0] - tolerance;
}

/** A clip's readings as whole numbers, for a file: frame, ms, then yaw, pitch in tenths, eyes and mouth in thousandths. */
export type PackedReading = readonly (number | null)[];

/** See {@link PackedReading}. */
export function packReading({ index, timestampMs, reading }: RecordedReading): PackedReading {
  const { yaw, pitch, leftEye, rightEye, mouth } = reading;
  const whole = (value: number | undefined, unit: number) => (value === undefined ? null : Math.round(value * unit));
  const values = [whole(yaw, 10), whole(pitch, 10), whole(leftEye, 1000), whole(rightEye, 1000), whole(mouth, 1000)];
  return [index, Math.round(timestampMs), ...values];
}

/** The way back. */
export function unpackReading([index, timestampMs, yaw, pitch, left, right, mouth]: PackedReading): RecordedReading {
  const value = (name: keyof FaceReading, packed: number | null | undefined, unit: number) =>
    packed === null || packed === undefined ? {} : { [name]: packed / unit };
  return {
    index: index ?? 0,
    timestampMs: timestampMs ?? 0,
    reading: {
      ...value('yaw', yaw, 10),
      ...value('pitch', pitch, 10),
      ...value('leftEye', left, 1000),
      ...value('rightEye', right, 1000),
      ...value('mouth', mouth, 1000),
    },
  };
}
