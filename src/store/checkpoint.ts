import type { StorageAdapter } from '../adapter.js'
import type { SegmentRef } from '../series/segment.js'
import type { SeriesStore } from '../series/series-store.js'
import type { Frozen } from '../series/tail.js'
import { partKey } from './artifacts/host.js'
import type { FramesCut, SavedFrames } from './analysis/saved-frames.js'
import type { Catalog } from './catalog/catalog.js'
import type { Counters } from './commands.js'
import type { Database } from './database.js'
import { imageDelta, NO_IMAGE, packKeys } from './image.js'
import type { Journal } from './journal.js'
import type { GarbageBlob, Manifest } from './manifest.js'
import { encodeManifest } from './manifest.js'

/** The parts of the state that a checkpoint writes. */
export interface CheckpointState {
  readonly adapter: StorageAdapter
  /** Keys carry it, so that no two opens ever write the same key. */
  readonly epoch: number
  readonly db: Database
  readonly catalog: Catalog
  readonly series: SeriesStore
  readonly counters: Counters
  readonly journal: Journal
  readonly clients: Record<string, number>
  readonly saved: SavedFrames
}

/** What a checkpoint may do beside what is due. */
export interface CheckpointOptions {
  /** Write an image that needs no record to be applied at the next opening. */
  readonly renewImage: boolean
  /** Store large frames that are in memory, as when there is time. */
  readonly saveFrames: boolean
}

interface Cut {
  readonly seq: number
  readonly frozen: Frozen
  /** Those that hold the points of records up to `seq`. */
  readonly segments: readonly SegmentRef[]
  /** Null where the image of the checkpoint before still serves. */
  readonly image: { readonly bytes: Uint8Array; readonly counters: Counters } | null
  readonly garbage: readonly GarbageBlob[]
  readonly frames: FramesCut
}

/** A new image is due when the commands since the last one take a quarter of it, or all records as much as itself. */
const IMAGE_SHARE = 1 / 4
const MIN_COMMAND_BYTES = 256 * 1024
const MIN_RECORD_BYTES = 64 * 1024 * 1024

/**
 * Writes checkpoints: one synchronous cut, then only what changed is stored, then one manifest flips.
 * The manifest before stays readable; what neither names is deleted. Points are sealed each time; the SQLite image,
 * whose copying takes time that grows with it, is renewed when the commands since the last one are worth it, so that a
 * checkpoint costs what has changed and not what is there.
 */
export class Checkpointer {
  readonly #state: CheckpointState
  #current: Manifest | null
  #previous: Manifest | null
  #dropped: GarbageBlob[] = []
  #cuts = 0
  #segments = 0
  #frames = 0
  /** Where the journal stood at the last checkpoint, and at the last image. */
  #bytesAtCheckpoint = 0
  #atImage = { bytes: 0, pointBytes: 0 }
  #imageStale: boolean

  /** `imageStale` says that records were replayed over the image, so that the first checkpoint renews it. */
  constructor(
    state: CheckpointState,
    manifests: { current: Manifest | null; previous: Manifest | null; imageStale: boolean },
  ) {
    this.#state = state
    this.#current = manifests.current
    this.#previous = manifests.previous
    this.#imageStale = manifests.imageStale || manifests.current === null
  }

  /** Bytes of records since the last checkpoint. */
  get pendingBytes(): number {
    return this.#state.journal.bytes - this.#bytesAtCheckpoint
  }

  /** Remembers blobs that lost their last reference. */
  noteDropped(blobs: readonly GarbageBlob[]): void {
    this.#dropped.push(...blobs)
  }

  /** Bytes of the image at the last checkpoint. */
  get imageBytes(): number {
    return this.#current?.image.bytes ?? 0
  }

  /** Whether records up to the last checkpoint would be applied again at the next opening. */
  get imageBehind(): boolean {
    return this.#current !== null && this.#current.imageSeq < this.#current.seq
  }

  /** Every blob key that the two manifests name, and the names of artifact blobs that are to go later. */
  named(): { keys: Set<string>; garbage: Set<string> } {
    const keys = new Set<string>()
    const garbage = new Set(this.#dropped.map(({ name }) => name))
    for (const manifest of [this.#current, this.#previous]) {
      if (!manifest) continue
      for (const key of keysOf(manifest)) keys.add(key)
      for (const { name } of manifest.garbage) garbage.add(name)
    }
    return { keys, garbage }
  }

  /** Writes one checkpoint. A failure leaves the state and the last checkpoint as they were. */
  async run({ renewImage, saveFrames }: CheckpointOptions): Promise<void> {
    const cut = this.#cut(renewImage || this.#imageDue(), saveFrames)
    let manifest: Manifest
    try {
      manifest = await this.#store(cut)
      await this.#state.adapter.flip(encodeManifest(manifest))
    } catch (error) {
      this.#state.series.unfreeze(cut.frozen)
      this.#dropped.push(...cut.garbage)
      this.#imageStale ||= cut.image !== null
      throw error
    }
    this.#adopt(cut, manifest)
    await this.#collect(manifest)
  }

  #imageDue(): boolean {
    const { journal } = this.#state
    const bytes = journal.bytes - this.#atImage.bytes
    const commandBytes = bytes - (journal.pointBytes - this.#atImage.pointBytes)
    return (
      this.#imageStale ||
      commandBytes >= Math.max(MIN_COMMAND_BYTES, this.imageBytes * IMAGE_SHARE) ||
      bytes >= Math.max(MIN_RECORD_BYTES, this.imageBytes)
    )
  }

  /** What is appended from here on belongs to the next checkpoint. Nothing awaits in here. */
  #cut(renewImage: boolean, saveFrames: boolean): Cut {
    const { journal, catalog, db, series, counters, saved } = this.#state
    const seq = journal.cut()
    const frozen = series.freeze()
    catalog.writeLatest(frozen.latestEntries())
    const image = renewImage ? { bytes: db.export(), counters: { ...counters } } : null
    const garbage = this.#dropped
    this.#dropped = []
    this.#bytesAtCheckpoint = journal.bytes
    if (renewImage) {
      this.#atImage = { bytes: journal.bytes, pointBytes: journal.pointBytes }
      this.#imageStale = false
    }
    const frames = saved.cut({ save: saveFrames, nextKey: this.#nextFrameKey })
    return { seq, frozen, segments: series.segments, image, garbage, frames }
  }

  #imagePrefix(): string {
    return `image/${this.#state.epoch}-${++this.#cuts}`
  }

  #generation(): number {
    return (this.#current?.generation ?? 0) + 1
  }

  async #store(cut: Cut): Promise<Manifest> {
    const { adapter, journal, series, clients } = this.#state
    // The manifest may rely on these records, so they must not be less durable than it is.
    await journal.commit('strict')
    const image = await this.#storeImage(cut)
    const fresh: SegmentRef[] = []
    for await (const { ref, bytes } of series.seal(cut.frozen, this.nextSegmentKey)) {
      await adapter.put(ref.key, bytes)
      fresh.push(ref)
    }
    for (const { key, bytes } of cut.frames.fresh) await adapter.put(key, bytes)
    return {
      generation: this.#generation(),
      seq: cut.seq,
      ...image,
      segments: [...cut.segments, ...fresh],
      frames: cut.frames.catalogue,
      clients: { ...clients },
      garbage: cut.garbage,
    }
  }

  async #storeImage({
    seq,
    image,
  }: Cut): Promise<Pick<Manifest, 'image' | 'imageSeq' | 'counters'>> {
    const before = this.#current
    if (image === null && before !== null) {
      return { image: before.image, imageSeq: before.imageSeq, counters: before.counters }
    }
    const { bytes, counters } = image as NonNullable<Cut['image']>
    const delta = imageDelta(bytes, before?.image ?? NO_IMAGE, this.#imagePrefix())
    for (const pack of delta.packs) await this.#state.adapter.put(pack.key, pack.bytes)
    return { image: delta.map, imageSeq: seq, counters }
  }

  readonly #nextFrameKey = (): string => `frames/${this.#state.epoch}-${++this.#frames}`

  /** A key that no segment has had. */
  readonly nextSegmentKey = (): string => `series/${this.#state.epoch}-${++this.#segments}`

  #adopt(cut: Cut, manifest: Manifest): void {
    this.#state.saved.adopt(cut.frames)
    const known = new Set(this.#state.series.segments.map(({ key }) => key))
    this.#state.series.adopt(
      cut.frozen,
      manifest.segments.filter(({ key }) => !known.has(key)),
    )
  }

  /** Deletes what only the manifest before the last named. */
  async #collect(manifest: Manifest): Promise<void> {
    const { adapter } = this.#state
    const [current, old] = [this.#current, this.#previous]
    this.#previous = current
    this.#current = manifest
    const named = new Set([...keysOf(manifest), ...(current ? keysOf(current) : [])])
    const dead = old ? [...keysOf(old)].filter((key) => !named.has(key)) : []
    const blobs = (current?.garbage ?? []).flatMap(({ name, parts }) => partKeys(name, parts))
    await adapter.delete([...dead, ...blobs])
    await adapter.trim(current?.imageSeq ?? 0)
  }

  /** Merges small segments of alike size, then writes a checkpoint that names the result. Does nothing when none is due. */
  async merge(): Promise<boolean> {
    const { adapter, series, catalog } = this.#state
    const candidates = series.mergeCandidates()
    if (!candidates) return false
    const merged: SegmentRef[] = []
    const isLive = (id: number): boolean => catalog.isLiveSeries(id)
    for await (const { ref, bytes } of series.merge(candidates, isLive, this.nextSegmentKey)) {
      await adapter.put(ref.key, bytes)
      merged.push(ref)
    }
    series.replace(candidates, merged)
    await this.run({ renewImage: false, saveFrames: false })
    return true
  }
}

function keysOf(manifest: Manifest): Set<string> {
  const keys = packKeys(manifest.image)
  for (const { key } of manifest.segments) keys.add(key)
  for (const { key } of manifest.frames?.saved ?? []) keys.add(key)
  return keys
}

function partKeys(name: string, parts: number): string[] {
  return Array.from({ length: parts }, (_, part) => partKey(name, part))
}
