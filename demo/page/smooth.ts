/**
 * An exponential moving average, corrected for its start. `weight` from 0 (no smoothing) to below 1.
 * Values that are not finite stay as they are and do not enter the average.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  let average = 0
  let correction = 1
  return values.map((value) => {
    if (!Number.isFinite(value)) return value
    average = weight * average + (1 - weight) * value
    correction *= weight
    return average / (1 - correction)
  })
}
