import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { METRIC_KEYS, PARAM_KEYS, runData } from './run-data.js'
import { supply } from './supply.js'

/** A run, by its number, and its ten nearest neighbours. */
export interface SimilarTarget {
  readonly run: number
  readonly expected: readonly number[]
}

/** Columns of the matrix: all metrics, then all params. */
export const SIMILAR_COLUMNS = METRIC_KEYS.length + PARAM_KEYS.length

/**
 * A folder with the numbers of so many runs of `runData` as rows of float64 (`matrix.f64`), and runs to find the
 * neighbours of (`targets.json`), with what a plain loop finds.
 */
export function similarData(runs: number, targets: number): Promise<string> {
  return supply(`similar-${runs}`, async (draft) => {
    const matrix = makeMatrix(runs)
    await writeFile(join(draft, 'matrix.f64'), new Uint8Array(matrix.buffer))
    standardise(matrix, runs)
    const chosen = Array.from({ length: targets }, (_, i) =>
      Math.floor(((i + 0.5) * runs) / targets),
    )
    const all = chosen.map((run) => ({ run, expected: neighbours(matrix, runs, run) }))
    await writeFile(join(draft, 'targets.json'), JSON.stringify(all))
  })
}

function makeMatrix(runs: number): Float64Array {
  const matrix = new Float64Array(runs * SIMILAR_COLUMNS)
  for (let run = 0; run < runs; run++) {
    const { metrics, params } = runData(run)
    matrix.set([...metrics, ...params.map(Number)], run * SIMILAR_COLUMNS)
  }
  return matrix
}

function standardise(matrix: Float64Array, runs: number): void {
  for (let column = 0; column < SIMILAR_COLUMNS; column++) {
    let [sum, squares] = [0, 0]
    for (let at = column; at < matrix.length; at += SIMILAR_COLUMNS) sum += matrix[at]!
    const mean = sum / runs
    for (let at = column; at < matrix.length; at += SIMILAR_COLUMNS)
      squares += (matrix[at]! - mean) ** 2
    const deviation = Math.sqrt(squares / runs)
    for (let at = column; at < matrix.length; at += SIMILAR_COLUMNS)
      matrix[at] = (matrix[at]! - mean) / deviation
  }
}

function neighbours(matrix: Float64Array, runs: number, run: number): number[] {
  const distances = new Float64Array(runs)
  for (let other = 0; other < runs; other++) {
    let sum = 0
    for (let i = 0; i < SIMILAR_COLUMNS; i++)
      sum += (matrix[other * SIMILAR_COLUMNS + i]! - matrix[run * SIMILAR_COLUMNS + i]!) ** 2
    distances[other] = sum
  }
  return Array.from(distances.keys())
    .sort((a, b) => distances[a]! - distances[b]!)
    .filter((other) => other !== run)
    .slice(0, 10)
}
