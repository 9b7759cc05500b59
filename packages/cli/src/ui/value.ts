/** A task's value in a few characters, whatever task it is. */

/** Numbers with two digits, lists by their length, faceprints by their contract, records by their parts. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(2);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `${value.length} values`;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  const record = value as Readonly<Record<string, unknown>>;
  if (isContract(record.contract)) return `${record.contract.id}, ${record.contract.dimension}-d`;
  return Object.entries(record)
    .map(([name, part]) => `${name} ${valueText(part)}`)
    .join(', ');
}

function isContract(value: unknown): value is { readonly id: string; readonly dimension: number } {
  return typeof value === 'object' && value !== null && 'id' in value && 'dimension' in value;
}
