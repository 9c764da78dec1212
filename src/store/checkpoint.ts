import type { StorageAdapter } from '../adapter.js'
import type { SegmentRef } from '../series/segment.js'
import type { SeriesStore } from '../series/series-store.js'
import type { Frozen } from '../series/tail.js'
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
}

interface Cut {
  readonly seq: number
  readonly counters: Counters
  readonly frozen: Frozen
  readonly image: Uint8Array
  readonly garbage: readonly GarbageBlob[]
}

/**
 * Writes checkpoints: one synchronous cut, then only what changed is stored, then one manifest flips.
 * The manifest before stays readable; what neither names is deleted.
 */
export class Checkpointer {
  readonly #state: CheckpointState
  #current: Manifest | null
  #previous: Manifest | null
  #dropped: GarbageBlob[] = []
  #cuts = 0
  #segments = 0

  constructor(state: CheckpointState, current: Manifest | null, previous: Manifest | null) {
    this.#state = state
    this.#current = current
    this.#previous = previous
  }

  /** Remembers blobs that lost their last reference. */
  noteDropped(blobs: readonly GarbageBlob[]): void {
    this.#dropped.push(...blobs)
  }

  /** Bytes of the image at the last checkpoint. */
  get imageBytes(): number {
    return this.#current?.image.bytes ?? 0
  }

  /** The journal position of the last checkpoint. */
  get seq(): number {
    return this.#current?.seq ?? 0
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
  async run(): Promise<void> {
    const cut = this.#cut()
    let manifest: Manifest
    try {
      manifest = await this.#store(cut)
      await this.#state.adapter.flip(encodeManifest(manifest))
    } catch (error) {
      this.#state.series.unfreeze(cut.frozen)
      this.#dropped.push(...cut.garbage)
      throw error
    }
    this.#adopt(cut, manifest)
    await this.#collect(manifest)
  }

  /** What is appended from here on belongs to the next checkpoint. Nothing awaits in here. */
  #cut(): Cut {
    const { journal, catalog, db, series, counters } = this.#state
    const seq = journal.cut()
    const frozen = series.freeze()
    catalog.writeLatest(frozen.latestEntries())
    const image = db.export()
    const garbage = this.#dropped
    this.#dropped = []
    journal.resetBytes()
    return { seq, counters: { ...counters }, frozen, image, garbage }
  }

  #imagePrefix(): string {
    return `image/${this.#state.epoch}-${++this.#cuts}`
  }

  #generation(): number {
    return (this.#current?.generation ?? 0) + 1
  }

  async #store(cut: Cut): Promise<Manifest> {
    const { adapter, journal, series, clients } = this.#state
    await journal.commit()
    const delta = imageDelta(cut.image, this.#current?.image ?? NO_IMAGE, this.#imagePrefix())
    for (const pack of delta.packs) await adapter.put(pack.key, pack.bytes)
    const fresh: SegmentRef[] = []
    for await (const { ref, bytes } of series.seal(cut.frozen, this.#nextKey)) {
      await adapter.put(ref.key, bytes)
      fresh.push(ref)
    }
    return {
      generation: this.#generation(),
      seq: cut.seq,
      counters: cut.counters,
      image: delta.map,
      segments: [...series.segments, ...fresh],
      clients: { ...clients },
      garbage: cut.garbage,
    }
  }

  readonly #nextKey = (): string => `series/${this.#state.epoch}-${++this.#segments}`

  #adopt(cut: Cut, manifest: Manifest): void {
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
    await adapter.trim(current?.seq ?? 0)
  }

  /** Merges small segments of alike size, then writes a checkpoint that names the result. Does nothing when none is due. */
  async merge(): Promise<boolean> {
    const { adapter, series, catalog } = this.#state
    const candidates = series.mergeCandidates()
    if (!candidates) return false
    const merged: SegmentRef[] = []
    const isLive = (id: number): boolean => catalog.isLiveSeries(id)
    for await (const { ref, bytes } of series.merge(candidates, isLive, this.#nextKey)) {
      await adapter.put(ref.key, bytes)
      merged.push(ref)
    }
    series.replace(candidates, merged)
    await this.run()
    return true
  }
}

function keysOf(manifest: Manifest): Set<string> {
  const keys = packKeys(manifest.image)
  for (const { key } of manifest.segments) keys.add(key)
  return keys
}

/** The keys of an artifact blob's parts. */
export function partKeys(name: string, parts: number): string[] {
  return Array.from({ length: parts }, (_, part) => `blobs/${name}/${part}`)
}
