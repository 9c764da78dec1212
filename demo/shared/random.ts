/** Numbers in [0, 1) that repeat: the same seed gives the same sequence on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The integers 0 to `length` - 1 in an order that `random` decides (Fisher-Yates). */
export function shuffledIndices(length: number, random: () => number): Int32Array {
  const indices = Int32Array.from({ length }, (_, index) => index)
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const held = indices[last] as number
    indices[last] = indices[other] as number
    indices[other] = held
  }
  return indices
}
