/** Which points of the landmark schemes are joined to lines, by the number of points. */

/** Points `from` … `to`, both included, joined in their order. */
export interface Outline {
  readonly from: number;
  readonly to: number;
  readonly closed?: boolean;
}

/** 68: dlib; 98: WFLW; 106: JD. */
export const outlinesOf: Readonly<Record<number, readonly Outline[]>> = {
  68: [
    { from: 0, to: 16 },
    { from: 17, to: 21 },
    { from: 22, to: 26 },
    { from: 27, to: 30 },
    { from: 31, to: 35 },
    { from: 36, to: 41, closed: true },
    { from: 42, to: 47, closed: true },
    { from: 48, to: 59, closed: true },
    { from: 60, to: 67, closed: true },
  ],
  98: [
    { from: 0, to: 32 },
    { from: 33, to: 41, closed: true },
    { from: 42, to: 50, closed: true },
    { from: 51, to: 54 },
    { from: 55, to: 59 },
    { from: 60, to: 67, closed: true },
    { from: 68, to: 75, closed: true },
    { from: 76, to: 87, closed: true },
    { from: 88, to: 95, closed: true },
  ],
  106: [
    { from: 0, to: 32 },
    { from: 33, to: 37 },
    { from: 38, to: 42 },
    { from: 43, to: 46 },
    { from: 47, to: 51 },
    { from: 52, to: 57, closed: true },
    { from: 58, to: 63, closed: true },
    { from: 64, to: 67 },
    { from: 68, to: 71 },
    { from: 84, to: 95, closed: true },
    { from: 96, to: 103, closed: true },
  ],
};

/** Where the tip of the nose stands in each scheme. */
export const noseAt: Readonly<Record<number, number>> = { 68: 30, 98: 54, 106: 46 };
