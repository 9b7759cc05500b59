/** Numbers of events, for reading. */

/** Times to the millisecond, pixels and similarities to what means something. */
export function rounded(event: object): object {
  return JSON.parse(
    JSON.stringify(event, (key, value: unknown) => {
      if (typeof value !== 'number') return value;
      if (key === 'similarity' || key === 'probability') return Number(value.toFixed(4));
      return key.endsWith('Ms') || key === 'id' ? Math.round(value) : Number(value.toFixed(1));
    }),
  ) as object;
}
