/** A task's value in a few words, whatever task it is. */

type Fields = Readonly<Record<string, unknown>>;

/** How many shares of a distribution are worth a reader's time. */
const mostShares = 3;

/**
 * Numbers with two digits, points without; words listed, other lists by their length; faceprints by their contract;
 * of a distribution the largest shares; what could not be measured with the reason; other records by their parts.
 */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(2);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return listText(value);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  const fields = value as Fields;
  if (isContract(fields.contract)) return `${fields.contract.id}, ${fields.contract.dimension}-d`;
  if (typeof fields.error === 'string') return `not measurable: ${fields.error}`;
  if (isPoint(fields)) return `${fields.x.toFixed(0)}, ${fields.y.toFixed(0)}`;
  if (isDistribution(fields)) return sharesText(fields);
  return Object.entries(fields)
    .map(([name, part]) => `${name} ${isRecord(part) ? `(${valueText(part)})` : valueText(part)}`)
    .join(', ');
}

function listText(list: readonly unknown[]): string {
  if (list.length === 0) return 'none';
  return list.every((item) => typeof item === 'string') ? list.join(' ') : `${list.length} values`;
}

/** The largest shares first; those below one in a hundred are left out. */
function sharesText(shares: Readonly<Record<string, number>>): string {
  return Object.entries(shares)
    .filter(([, share]) => share >= 0.01)
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostShares)
    .map(([name, share]) => `${name} ${share.toFixed(2)}`)
    .join(', ');
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isPoint(fields: Fields): fields is { readonly x: number; readonly y: number } {
  return typeof fields.x === 'number' && typeof fields.y === 'number' && Object.keys(fields).length === 2;
}

/** Shares that sum to one. */
function isDistribution(fields: Fields): fields is Readonly<Record<string, number>> {
  const shares = Object.values(fields);
  if (shares.length < 2 || !shares.every((share) => typeof share === 'number' && share >= 0)) return false;
  return Math.abs(shares.reduce<number>((sum, share) => sum + Number(share), 0) - 1) < 0.01;
}

function isContract(value: unknown): value is { readonly id: string; readonly dimension: number } {
  return typeof value === 'object' && value !== null && 'id' in value && 'dimension' in value;
}
