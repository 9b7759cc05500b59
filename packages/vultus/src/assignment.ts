/** Who belongs to whom: the assignment of rows to columns (probes to identities, tracks to detections) with the greatest total gain. */

/**
 * Maximum-weight bipartite matching by the Hungarian method with potentials, O(rows² · columns).
 * @param gain `gain[row][column]` ≥ 0; a pair of gain 0 is as good as none and is never assigned
 * @returns per row the assigned column, or −1
 */
export function assign(gain: readonly Float64Array[]): number[] {
  const rows = gain.length;
  // One spare column of gain 0 for each row, so that a row may stay without partner.
  const columns = (gain[0]?.length ?? 0) + rows;
  const cost = (row: number, column: number): number => -(gain[row]?.[column] ?? 0);
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const cameFrom = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    let column = 0;
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const visited = new Uint8Array(columns + 1);
    do {
      visited[column] = 1;
      const at = rowOf[column] as number;
      let smallest = Number.POSITIVE_INFINITY;
      let nextColumn = 0;
      for (let j = 1; j <= columns; j++) {
        if (visited[j] === 1) continue;
        const reduced = cost(at - 1, j - 1) - (rowPotential[at] as number) - (columnPotential[j] as number);
        if (reduced < (slack[j] as number)) {
          slack[j] = reduced;
          cameFrom[j] = column;
        }
        if ((slack[j] as number) < smallest) {
          smallest = slack[j] as number;
          nextColumn = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (visited[j] === 1) {
          const owner = rowOf[j] as number;
          rowPotential[owner] = (rowPotential[owner] as number) + smallest;
          columnPotential[j] = (columnPotential[j] as number) - smallest;
        } else {
          slack[j] = (slack[j] as number) - smallest;
        }
      }
      column = nextColumn;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = cameFrom[column] as number;
      rowOf[column] = rowOf[previous] as number;
      column = previous;
    }
  }
  const assigned = new Array<number>(rows).fill(-1);
  for (let j = 1; j <= columns - rows; j++) {
    const row = (rowOf[j] as number) - 1;
    if (row >= 0 && (gain[row]?.[j - 1] ?? 0) > 0) assigned[row] = j - 1;
  }
  return assigned;
}
