/** Positions 0..length-1 by ascending key; equal keys keep their order. */
export function stableOrder(keys: Uint32Array, length: number): Uint32Array {
  let order = new Uint32Array(length)
  for (let i = 0; i < length; i++) order[i] = i
  const { low, high, sorted } = inspect(keys, length)
  if (sorted) return order
  let other = new Uint32Array(length)
  for (let unit = 1; unit <= high - low; unit *= DIGIT) {
    pass(keys, low, unit, order, other)
    ;[order, other] = [other, order]
  }
  return order
}

/** The index of `id` in ascending `ids`, -1 where it is not among them. */
export function findSorted(ids: Uint32Array, id: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return ids[low] === id ? low : -1
}

const DIGIT = 2048

function inspect(
  keys: Uint32Array,
  length: number,
): { low: number; high: number; sorted: boolean } {
  let low = 0xffffffff
  let high = 0
  let sorted = true
  for (let i = 0; i < length; i++) {
    const key = keys[i]!
    if (key < high) sorted = false
    if (key > high) high = key
    if (key < low) low = key
  }
  return { low, high, sorted }
}

function pass(
  keys: Uint32Array,
  low: number,
  unit: number,
  from: Uint32Array,
  to: Uint32Array,
): void {
  const shift = Math.log2(unit)
  const ends = new Uint32Array(DIGIT)
  for (let i = 0; i < from.length; i++) ends[((keys[i]! - low) >>> shift) & (DIGIT - 1)]!++
  for (let d = 1; d < DIGIT; d++) ends[d]! += ends[d - 1]!
  for (let i = from.length - 1; i >= 0; i--) {
    const position = from[i]!
    to[--ends[((keys[position]! - low) >>> shift) & (DIGIT - 1)]!] = position
  }
}
