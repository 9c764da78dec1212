import { seededRandom, shuffledIndices } from './random.js'

/** Examples to learn from: a row of features and a class for each. */
export interface Dataset {
  readonly name: string
  /** Where the data come from. */
  readonly url: string
  /** Row after row, `featureNames.length` numbers each. */
  readonly features: Float32Array
  readonly featureNames: readonly string[]
  /** The class of each row, as an index into `classNames`. */
  readonly labels: Uint8Array
  readonly classNames: readonly string[]
}

/** A dataset in two parts: what the model learns from, and what it has never seen. */
export interface Split {
  readonly train: Dataset
  readonly test: Dataset
}

/** Shuffles and parts a dataset; the same seed gives the same parts. `testShare` is between 0 and 1. */
export function splitDataset(dataset: Dataset, testShare: number, seed: number): Split {
  const order = shuffledIndices(dataset.labels.length, seededRandom(seed))
  const testCount = Math.round(order.length * testShare)
  return {
    train: pickRows(dataset, order.subarray(testCount)),
    test: pickRows(dataset, order.subarray(0, testCount)),
  }
}

/** Brings every feature to mean 0 and deviation 1, as measured on the training part alone. */
export function standardise(split: Split): Split {
  const scales = split.train.featureNames.map((_, column) => scaleOf(split.train, column))
  return { train: rescale(split.train, scales), test: rescale(split.test, scales) }
}

interface Scale {
  readonly mean: number
  readonly deviation: number
}

function pickRows(dataset: Dataset, rows: Int32Array): Dataset {
  const width = dataset.featureNames.length
  const features = new Float32Array(rows.length * width)
  rows.forEach((row, position) => {
    features.set(dataset.features.subarray(row * width, (row + 1) * width), position * width)
  })
  return { ...dataset, features, labels: Uint8Array.from(rows, (row) => dataset.labels[row] ?? 0) }
}

function scaleOf(dataset: Dataset, column: number): Scale {
  const width = dataset.featureNames.length
  const values = dataset.features.filter((_, index) => index % width === column)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance) || 1 }
}

function rescale(dataset: Dataset, scales: readonly Scale[]): Dataset {
  const features = dataset.features.map((value, index) => {
    const { mean, deviation } = scales[index % scales.length] as Scale
    return (value - mean) / deviation
  })
  return { ...dataset, features }
}
