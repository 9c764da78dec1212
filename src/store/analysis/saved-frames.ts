import type { StorageAdapter } from '../../adapter.js'
import { decodeFrame, encodeFrame } from '../../search/frame-file.js'
import type { Frames } from './frames.js'

/** A frame in the storage. */
export interface SavedFrame {
  readonly experiment: number
  /** Its blob. */
  readonly key: string
  readonly bytes: number
}

/** The frames that a checkpoint names. */
export interface FrameCatalogue {
  readonly saved: readonly SavedFrame[]
  /** Internal ids of the runs that have changed since one of them was stored. */
  readonly stale: readonly number[]
}

/** What a checkpoint stores of frames, and what its manifest says of them. */
export interface FramesCut {
  readonly fresh: readonly { readonly key: string; readonly bytes: Uint8Array }[]
  readonly catalogue: FrameCatalogue
}

/** Smaller frames are made from the catalog as quickly as they are read. */
const MIN_ROWS = 2_000
/** A frame is stored anew once this share of its rows has changed. */
const STALE_SHARE = 1 / 20
const MOST_STALE = 50_000

/**
 * Frames of large experiments in the storage, so that the first search after opening need not make them. They are
 * derived data: one that is damaged is made anew. A frame is patched by the runs that have changed since it was stored.
 */
export class SavedFrames {
  readonly #adapter: StorageAdapter
  readonly #frames: Frames
  #saved: readonly SavedFrame[]
  #stale: Set<number>
  /** Runs touched since a cut that stores frames, while that checkpoint is being written. */
  #since: Set<number> | null = null

  /** `catalogue` is what the last checkpoint says. */
  constructor(adapter: StorageAdapter, frames: Frames, catalogue: FrameCatalogue | undefined) {
    this.#adapter = adapter
    this.#frames = frames
    this.#saved = catalogue?.saved ?? []
    this.#stale = new Set(catalogue?.stale)
  }

  /** Notes that these runs have changed. */
  touch(runs: Iterable<number>): void {
    for (const run of runs) {
      if (this.#saved.length > 0) this.#stale.add(run)
      this.#since?.add(run)
    }
  }

  /** Reads the stored frames of these experiments into memory, those that are not there yet. */
  async load(experiments: readonly number[]): Promise<void> {
    for (const saved of this.#saved) {
      const wanted = experiments.includes(saved.experiment)
      if (wanted && !this.#frames.held.has(saved.experiment)) await this.#load(saved)
    }
  }

  /** Whether a frame in memory is large, and not stored as it is. */
  get isWorthSaving(): boolean {
    return [...this.#frames.held.values()].some(
      (frame) => frame.length >= MIN_ROWS && this.#isOutdated(frame.experiment, frame.length),
    )
  }

  /** The part that a checkpoint's cut has in it; with `save`, large frames in memory are to be stored. */
  cut(options: { save: boolean; nextKey: () => string }): FramesCut {
    if (options.save && this.isWorthSaving) return this.#cutFresh(options.nextKey)
    if (this.#stale.size > MOST_STALE) return { fresh: [], catalogue: { saved: [], stale: [] } }
    return { fresh: [], catalogue: { saved: this.#saved, stale: [...this.#stale] } }
  }

  /** Takes over what a checkpoint has stored. */
  adopt({ catalogue, fresh }: FramesCut): void {
    if (fresh.length > 0) this.#stale = new Set([...catalogue.stale, ...(this.#since ?? [])])
    else if (catalogue.saved.length === 0) this.#stale = new Set()
    this.#saved = catalogue.saved
    this.#since = null
  }

  #cutFresh(nextKey: () => string): FramesCut {
    this.#frames.refresh()
    this.#since = new Set()
    const large = [...this.#frames.held.values()].filter(({ length }) => length >= MIN_ROWS)
    const fresh = large.map((frame) => ({
      experiment: frame.experiment,
      key: nextKey(),
      bytes: encodeFrame(frame),
    }))
    const renewed = new Set(large.map(({ experiment }) => experiment))
    const kept = this.#saved.filter(({ experiment }) => !renewed.has(experiment))
    const refs = fresh.map(({ experiment, key, bytes }) => {
      return { experiment, key, bytes: bytes.byteLength }
    })
    const stale = kept.length > 0 ? [...this.#stale] : []
    return { fresh, catalogue: { saved: [...kept, ...refs], stale } }
  }

  async #load(saved: SavedFrame): Promise<void> {
    try {
      const bytes = await this.#adapter.get(saved.key)
      // A checkpoint may have stored another one meanwhile.
      if (!this.#saved.includes(saved)) return
      this.#frames.adopt(decodeFrame(bytes ?? new Uint8Array(0)), this.#stale)
    } catch {
      // Derived data: damaged or missing, the search makes the frame from the catalog instead.
      this.#saved = this.#saved.filter((other) => other !== saved)
    }
  }

  #isOutdated(experiment: number, rows: number): boolean {
    if (!this.#saved.some((saved) => saved.experiment === experiment)) return true
    return this.#stale.size > rows * STALE_SHARE
  }
}
