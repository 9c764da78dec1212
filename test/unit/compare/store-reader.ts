import type { ComparedRun, ComparisonReader } from '../../../src/compare/compare-series.js'
import type { MetricColumns } from '../../../src/entities/metric.js'
import { TrackletError } from '../../../src/errors.js'
import { SeriesStore } from '../../../src/series/series-store.js'
import { MemoryBlobs, sealAll } from '../series/blobs.js'
import { pointsCommand } from '../series/model.js'
import type { ModelPoint } from '../series/model.js'

/** A point of a run's metric. */
export type Point = Omit<ModelPoint, 'series'>

/** A run with its metrics, in order of arrival. */
export interface ModelRun extends ComparedRun {
  readonly metrics: Readonly<Record<string, readonly Point[]>>
}

/** Runs whose points are in a real store of series, sealed or in its tail. */
export class StoreReader implements ComparisonReader {
  /** What was read, in order. */
  readonly queries: { readonly keys: readonly string[]; readonly query: object }[] = []
  readonly #runs: readonly ModelRun[]
  readonly #series = new Map<string, number>()
  readonly #blobs = new MemoryBlobs()
  readonly #store = new SeriesStore(this.#blobs, { pause: () => Promise.resolve() })

  constructor(runs: readonly ModelRun[]) {
    this.#runs = runs
    for (const { runId, metrics } of runs) {
      for (const [key, points] of Object.entries(metrics)) {
        const series = this.#series.size + 1
        this.#series.set(`${runId} ${key}`, series)
        this.#store.append(pointsCommand(points.map((point) => ({ ...point, series }))))
      }
    }
  }

  /** Moves every point into segments. */
  async seal(): Promise<void> {
    await sealAll(this.#store, this.#blobs)
  }

  runs(runIds: readonly string[]): readonly ComparedRun[] {
    return runIds.map((id) => {
      const run = this.#runs.find(({ runId }) => runId === id)
      if (run === undefined)
        throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `Run with id=${id} not found`)
      return run
    })
  }

  read(
    pairs: readonly { readonly runId: string; readonly key: string }[],
    query: object,
  ): Promise<MetricColumns[]> {
    this.queries.push({ keys: [...new Set(pairs.map(({ key }) => key))], query })
    const groups = pairs.map(({ runId, key }) => this.#series.get(`${runId} ${key}`))
    return this.#store.readMany(
      groups.map((series) => (series === undefined ? [] : [series])),
      query,
    )
  }
}
