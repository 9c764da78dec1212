/** The distinct ids of a column, ascending. */
export function distinctSeries(column: Uint32Array): number[] {
  if (column.length === 0) return []
  let low = 0xffffffff
  let high = 0
  for (let i = 0; i < column.length; i++) {
    const id = column[i] as number
    if (id < low) low = id
    if (id > high) high = id
  }
  const range = high - low + 1
  return range <= 65_536 + 8 * column.length ? byMarks(column, low, range) : bySet(column)
}

function byMarks(column: Uint32Array, low: number, range: number): number[] {
  const marks = new Uint8Array(range)
  for (let i = 0; i < column.length; i++) marks[(column[i] as number) - low] = 1
  const ids: number[] = []
  for (let i = 0; i < range; i++) if (marks[i] === 1) ids.push(low + i)
  return ids
}

function bySet(column: Uint32Array): number[] {
  return [...new Set(column)].sort((a, b) => a - b)
}
