/** Numbers in [0, 1) that are the same in every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A metric's points as `run.logSeries` takes them. */
export interface Series {
  readonly steps: number[]
  readonly values: number[]
  readonly timestamps: number[]
}

/** How values come about: a loss that was computed in float32, or doubles without a pattern. */
export type Values = 'float32' | 'noise'

const START = 1_760_000_000_000

/** A falling, noisy series; steps rise by one, times by 10 to 29 ms. */
export function makeSeries(length: number, seed = 1, values: Values = 'float32'): Series {
  const random = randomNumbers(seed)
  const series: Series = { steps: [], values: [], timestamps: [] }
  let time = START + seed
  for (let step = 0; step < length; step++) {
    time += 10 + Math.floor(random() * 20)
    series.steps.push(step)
    series.timestamps.push(time)
    series.values.push(values === 'noise' ? random() + random() / 2 ** 32 : lossAt(step, random()))
  }
  return series
}

function lossAt(step: number, noise: number): number {
  return Math.fround(2 * Math.exp(-step / 2000) + 0.1 + 0.05 * noise)
}
