import type { Int64Column } from '../entities/int64.js'
import type { ImportedFile, ImportedSeries, ImportStore } from '../store/import-store.js'
import type { ImportTally } from './report.js'
import type { SourceFile, SourceSeries } from './source.js'

/** Points sent at a time. */
const BATCH_POINTS = 65_536
const PART_BYTES = 1024 * 1024

/** Where an experiment's points and files go before its record: the store, or nowhere in a dry run. */
export type StagingStore = Pick<
  ImportStore,
  'stagePoints' | 'openStagedFile' | 'writeStagedFile' | 'finishStagedFile'
>

/** Puts the points and files of one experiment's import, and counts them. */
export class Stager {
  readonly #store: StagingStore | null
  readonly #handle: number
  readonly #tally: ImportTally
  readonly #batch: SourceSeries[] = []
  #numbers: number[] = []
  #batched = 0
  #underway: Promise<void> = Promise.resolve()
  #series = 0
  #files = 0

  /** `store` is null for a dry run. */
  constructor(store: StagingStore | null, handle: number, tally: ImportTally) {
    this.#store = store
    this.#handle = handle
    this.#tally = tally
  }

  /** Puts a run's metrics; stretches of one series follow one another. */
  async metrics(stretches: AsyncIterable<SourceSeries>): Promise<ImportedSeries[]> {
    const series: ImportedSeries[] = []
    let last = ''
    for await (const stretch of stretches) {
      const { key, modelId, datasetName, datasetDigest, values } = stretch
      const name = JSON.stringify([key, modelId, datasetName, datasetDigest])
      if (name !== last) {
        const context = {
          ...(modelId !== undefined && { modelId }),
          ...(datasetName !== undefined && { datasetName }),
          ...(datasetDigest !== undefined && { datasetDigest }),
        }
        series.push({ key, series: this.#series++, ...context })
        last = name
      }
      await this.#add(stretch, this.#series - 1)
      this.#tally.points += values.length
    }
    return series
  }

  /** Puts a file. */
  async file({ path, parts }: SourceFile): Promise<ImportedFile> {
    const file = this.#store ? await this.#store.openStagedFile(this.#handle) : this.#files++
    for await (const part of parts()) {
      this.#tally.artifactBytes += part.length
      if (this.#store === null) continue
      for (let at = 0; at < part.length; at += PART_BYTES)
        await this.#store.writeStagedFile(this.#handle, file, part.slice(at, at + PART_BYTES))
    }
    await this.#store?.finishStagedFile(this.#handle, file)
    this.#tally.artifacts += 1
    return { path, file }
  }

  /** Sends what waits, and waits until all is put. */
  async flush(): Promise<void> {
    await this.#send()
    await this.#underway
  }

  /** Sends what waits. The next batch is made ready while the store, which may be in another thread, puts this one. */
  async #send(): Promise<void> {
    const batch = this.#batch.splice(0)
    const numbers = this.#numbers
    this.#numbers = []
    this.#batched = 0
    if (batch.length === 0 || this.#store === null) return
    const points = {
      series: joinNumbers(batch, numbers),
      steps: joinInt64(batch.map(({ steps }) => steps)),
      timestamps: joinInt64(batch.map(({ timestamps }) => timestamps)),
      values: joinValues(batch.map(({ values }) => values)),
    }
    await this.#underway
    this.#underway = this.#store.stagePoints(this.#handle, points)
    // The next call that awaits it sees that it failed; until then that must not count as unhandled.
    this.#underway.catch(() => undefined)
  }

  async #add(stretch: SourceSeries, number: number): Promise<void> {
    if (stretch.values.length === 0) return
    this.#batch.push(stretch)
    this.#numbers.push(number)
    this.#batched += stretch.values.length
    if (this.#batched >= BATCH_POINTS) await this.#send()
  }
}

function joinNumbers(batch: readonly SourceSeries[], numbers: readonly number[]): Uint32Array {
  const out = new Uint32Array(batch.reduce((sum, { values }) => sum + values.length, 0))
  let at = 0
  for (const [i, { values }] of batch.entries()) out.fill(numbers[i]!, at, (at += values.length))
  return out
}

function joinValues(columns: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const column of columns) {
    out.set(column, at)
    at += column.length
  }
  return out
}

/** Doubles while all columns are. */
function joinInt64(columns: readonly Int64Column[]): Int64Column {
  if (columns.every((column) => column instanceof Float64Array)) return joinValues(columns)
  const out = new BigInt64Array(columns.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) out[at + i] = BigInt(column[i]!)
    at += column.length
  }
  return out
}
