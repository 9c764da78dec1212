import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceSeries } from '../../import/source.js'
import { readMetricFile } from './metric-file.js'
import type { MetricStretch } from './metric-file.js'
import { openedBelow } from './texts.js'

type Columns = Pick<SourceSeries, 'steps' | 'timestamps' | 'values'>

/** Points that are equal in all, of one run and metric: where one of them is, and the models that have it. */
interface Owned {
  readonly stretch: MetricStretch
  readonly index: number
  readonly models: string[]
}

type PointsOfKey = Map<string, Owned>

/**
 * The points of an experiment's logged models, by the runs that logged them. In a file store every such point stands twice,
 * in the model's file and in the run's, and only the model's says whose it is.
 */
export class ModelPoints {
  readonly #runs = new Map<string, Map<string, PointsOfKey>>()

  /** Reads those of the experiment in a folder. A model need not be there itself: it may be one of another experiment. */
  static async read(tree: FileTree, folder: string, doubt: Doubt): Promise<ModelPoints> {
    const all = new ModelPoints()
    for (const { name: modelId, isDir } of await tree.list(`${folder}/models`)) {
      if (!isDir) continue
      const root = `${folder}/models/${modelId}/metrics`
      for await (const { path: key, parts } of openedBelow(tree, root)) {
        const path = `${root}/${key}`
        for await (const stretch of readMetricFile(parts, path, 'model', doubt))
          if (stretch.runId === undefined) doubt(path, 'Points without a run were left out.')
          else all.#add(stretch.runId, key, modelId, stretch)
      }
    }
    return all
  }

  /** Runs of these points that are not among `known`. */
  unknownRuns(known: ReadonlySet<string>): string[] {
    return [...this.#runs.keys()].filter((runId) => !known.has(runId))
  }

  /**
   * A run's history, read from the run's own files, with each point that is a model's under that model. Points that only a
   * model's file has come last.
   */
  async *attribute(
    runId: string,
    history: AsyncIterable<SourceSeries>,
    doubt: (key: string, reason: string) => void,
  ): AsyncGenerator<SourceSeries, void, undefined> {
    const owned = this.#runs.get(runId)
    if (owned === undefined) return yield* history
    this.#runs.delete(runId)
    const held = new Map<string, SourceSeries[]>()
    for await (const stretch of history) {
      const points = owned.get(stretch.key)
      if (points === undefined) yield stretch
      else {
        const rest = takeOut(points, stretch, held)
        if (rest !== null) yield rest
      }
    }
    for (const [key, points] of owned) {
      const count = holdRest(points, key, held)
      if (count > 0)
        doubt(key, `${count} points are in a logged model's history alone: the run has them now.`)
    }
    for (const stretches of held.values()) yield* stretches
  }

  #add(runId: string, key: string, modelId: string, stretch: MetricStretch): void {
    const keys = this.#runs.get(runId) ?? new Map<string, PointsOfKey>()
    const points = keys.get(key) ?? (new Map() as PointsOfKey)
    this.#runs.set(runId, keys)
    keys.set(key, points)
    for (let index = 0; index < stretch.values.length; index++) {
      const name = nameOf(stretch, index)
      const owned = points.get(name) ?? { stretch, index, models: [] }
      owned.models.push(modelId)
      points.set(name, owned)
    }
  }
}

/** Holds a stretch's points that are models'; gives those that are none's. */
function takeOut(
  points: PointsOfKey,
  stretch: SourceSeries,
  held: Map<string, SourceSeries[]>,
): SourceSeries | null {
  const byModel = new Map<string, number[]>()
  for (let index = 0; index < stretch.values.length; index++) {
    const modelId = points.get(nameOf(stretch, index))?.models.shift() ?? ''
    const indexes = byModel.get(modelId)
    if (indexes === undefined) byModel.set(modelId, [index])
    else indexes.push(index)
  }
  const rest = byModel.get('')
  byModel.delete('')
  for (const [modelId, indexes] of byModel)
    hold(held, { ...stretch, ...pick(stretch, indexes), modelId })
  return rest === undefined ? null : { ...stretch, ...pick(stretch, rest) }
}

/** Holds the points that the run's file lacks; how many they are. */
function holdRest(points: PointsOfKey, key: string, held: Map<string, SourceSeries[]>): number {
  let count = 0
  for (const { stretch, index, models } of points.values())
    for (const modelId of models) {
      const { datasetName, datasetDigest } = stretch
      const dataset =
        datasetName === undefined || datasetDigest === undefined
          ? {}
          : { datasetName, datasetDigest }
      hold(held, { key, ...pick(stretch, [index]), modelId, ...dataset })
      count++
    }
  return count
}

function hold(held: Map<string, SourceSeries[]>, stretch: SourceSeries): void {
  const { key, modelId, datasetName, datasetDigest } = stretch
  const name = JSON.stringify([key, modelId, datasetName, datasetDigest])
  const known = held.get(name)
  if (known === undefined) held.set(name, [stretch])
  else known.push(stretch)
}

function nameOf(stretch: Columns & Partial<SourceSeries>, index: number): string {
  const { steps, timestamps, values, datasetName = '', datasetDigest = '' } = stretch
  const value = Object.is(values[index], -0) ? '-0' : String(values[index])
  return JSON.stringify([
    String(timestamps[index]),
    String(steps[index]),
    value,
    datasetName,
    datasetDigest,
  ])
}

function pick({ steps, timestamps, values }: Columns, indexes: readonly number[]): Columns {
  const of = (column: Columns['steps']): Columns['steps'] =>
    column instanceof Float64Array
      ? Float64Array.from(indexes, (index) => column[index]!)
      : BigInt64Array.from(indexes, (index) => column[index]!)
  return {
    steps: of(steps),
    timestamps: of(timestamps),
    values: Float64Array.from(indexes, (index) => values[index]!),
  }
}
