import type { StorageAdapter } from '../../adapter.js'
import { invalid } from '../../entities/invalid.js'
import { TrackletError } from '../../errors.js'
import { LatestTable } from '../../series/latest.js'
import type { Latest } from '../../series/latest.js'
import { SegmentWriter } from '../../series/segment-writer.js'
import type { SegmentRef } from '../../series/segment.js'
import { partKey } from '../artifacts/host.js'
import type { StoredBlob } from '../artifacts/host.js'
import type { Staged } from '../catalog/import/staged.js'
import { PartWriter } from '../artifacts/part-writer.js'
import type { StagedPoints } from '../import-store.js'
import { Underway } from './underway.js'

/** Contents on their way to the disk, which is sure of many at once nearly as fast as of one. */
const MOST_PUTS = 16

/** What staging needs of the engine. */
export interface StagingHost {
  readonly blobs: Pick<StorageAdapter, 'put' | 'get' | 'delete' | 'list'>
  /** A key that no segment has had. */
  readonly segmentKey: () => string
  /** A name that no blob has had. */
  readonly freshName: () => string
  /** An id that no series has had, greater than all before. */
  readonly newSeries: () => number
}

/** Points and files of one import under way: stored, but nothing names them yet. Calls must not overlap. */
export class Staging implements Staged {
  readonly #host: StagingHost
  readonly #segments: SegmentRef[] = []
  readonly #series: number[] = []
  readonly #latest = new LatestTable()
  readonly #files = new Map<number, StoredBlob>()
  readonly #writing = new Map<number, PartWriter>()
  readonly #puts = new Underway(MOST_PUTS)
  #writer = new SegmentWriter()
  #nextFile = 0

  constructor(host: StagingHost) {
    this.#host = host
  }

  get segments(): readonly SegmentRef[] {
    return this.#segments
  }

  get seriesIds(): readonly number[] {
    return this.#series
  }

  /** Names of contents, which must not be collected yet. */
  *blobNames(): Generator<string> {
    for (const { name } of this.#files.values()) yield name
    for (const { name } of this.#writing.values()) yield name
  }

  latest(series: number): Latest | undefined {
    return this.#latest.get(series)
  }

  file(number: number): StoredBlob | undefined {
    return this.#files.get(number)
  }

  /** Puts points. INVALID_PARAMETER_VALUE for columns of unequal length and for series out of order. */
  async addPoints({ series, steps, timestamps, values }: StagedPoints): Promise<void> {
    const { length } = series
    if (steps.length !== length || timestamps.length !== length || values.length !== length)
      throw invalid('The columns of staged points must be of equal length.')
    const ids = this.#idsOf(series)
    this.#latest.add(ids, steps, timestamps, values)
    for (let from = 0; from < length;) {
      let to = from + 1
      while (to < length && series[to] === series[from]) to++
      this.#writer.begin(to - from)
      this.#writer.add(ids[from]!, { steps, timestamps, values, from, to })
      if (this.#writer.full) await this.#finishSegment()
      from = to
    }
  }

  /** Begins the content of a file; gives its number. */
  openFile(): number {
    const number = this.#nextFile++
    this.#writing.set(number, new PartWriter(this.#host.blobs, this.#host.freshName()))
    return number
  }

  /** Adds bytes to a file. */
  async writeFile(number: number, bytes: Uint8Array): Promise<void> {
    await this.#writerOf(number).write(bytes)
  }

  /** Ends a file; gives its size in bytes. That it is stored is known from `finish` on. */
  async finishFile(number: number): Promise<number> {
    const writer = this.#writerOf(number)
    const blob = writer.seal()
    this.#writing.delete(number)
    this.#files.set(number, blob)
    await this.#puts.add(writer.flush())
    return blob.size
  }

  /** Stores what is not yet; nothing may be added after it. */
  async finish(): Promise<void> {
    if (this.#writing.size > 0) throw invalid('A file of the import is not finished.')
    if (!this.#writer.empty) await this.#finishSegment()
    await this.#puts.end()
  }

  /** Deletes all that was stored. */
  async discard(): Promise<void> {
    await this.#puts.settle()
    for (const writer of this.#writing.values()) await writer.discard()
    const parts = [...this.#files.values()].flatMap(blobKeys)
    await this.#host.blobs.delete([...this.#segments.map(({ key }) => key), ...parts])
  }

  /** Deletes those contents that the store holds already. */
  async discardFiles(blobs: readonly StoredBlob[]): Promise<void> {
    if (blobs.length > 0) await this.#host.blobs.delete(blobs.flatMap(blobKeys))
  }

  #idsOf(series: Uint32Array): Uint32Array {
    const ids = new Uint32Array(series.length)
    let last = this.#series.length - 1
    let id = this.#series[last] ?? 0
    for (let i = 0; i < series.length; i++) {
      const number = series[i]!
      if (number < last || number > last + 1)
        throw invalid('Staged series must come one after another, numbered from 0.')
      if (number > last) {
        id = this.#host.newSeries()
        this.#series.push(id)
        last = number
      }
      ids[i] = id
    }
    return ids
  }

  async #finishSegment(): Promise<void> {
    const { ref, bytes } = this.#writer.finish(this.#host.segmentKey(), 0)
    this.#writer = new SegmentWriter()
    this.#segments.push(ref)
    await this.#puts.add(this.#host.blobs.put(ref.key, bytes))
  }

  #writerOf(number: number): PartWriter {
    const writer = this.#writing.get(number)
    if (writer === undefined)
      throw new TrackletError('INVALID_PARAMETER_VALUE', `No file ${number} is being staged.`)
    return writer
  }
}

function blobKeys({ name, parts }: StoredBlob): string[] {
  return Array.from({ length: parts }, (_, part) => partKey(name, part))
}
