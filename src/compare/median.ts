/** The median of `values[from..to)`, of which there is at least one and none is NaN; changes their order. */
export function takeMedian(values: Float64Array, from: number, to: number): number {
  const middle = (from + to) >>> 1
  const upper = takeNth(values, from, to - 1, middle)
  if ((to - from) % 2 === 1) return upper
  let lower = values[from]!
  for (let i = from + 1; i < middle; i++) if (values[i]! > lower) lower = values[i]!
  return (lower + upper) / 2
}

/** Quickselect: puts in place `nth` what sorting would, nothing greater before it, nothing less after it. */
function takeNth(values: Float64Array, first: number, last: number, nth: number): number {
  let low = first
  let high = last
  while (low < high) {
    const pivot = values[(low + high) >>> 1]!
    let i = low
    let j = high
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i > j) break
      const swapped = values[i]!
      values[i++] = values[j]!
      values[j--] = swapped
    }
    if (nth <= j) high = j
    else if (nth >= i) low = i
    else break
  }
  return values[nth]!
}
