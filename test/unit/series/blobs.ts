import type { BlobSource } from '../../../src/series/blob-range.js'
import type { Segment } from '../../../src/series/segment-writer.js'
import type { SegmentRef } from '../../../src/series/segment.js'
import type { SeriesStore } from '../../../src/series/series-store.js'
import type { Frozen } from '../../../src/series/tail.js'

/** Blobs in memory that remember which ranges were read. */
export class MemoryBlobs implements BlobSource {
  readonly held = new Map<string, Uint8Array>()
  reads: { key: string; start: number; end: number }[] = []
  #next = 0

  readonly nextKey = (): string => `series/${String(this.#next++).padStart(6, '0')}`

  async get(key: string, range?: { start: number; end: number }): Promise<Uint8Array | null> {
    const bytes = this.held.get(key)
    if (bytes === undefined) return null
    const { start, end } = range ?? { start: 0, end: bytes.length }
    this.reads.push({ key, start, end })
    return bytes.slice(start, end)
  }

  /** Puts every segment, gives what a manifest would say of them. */
  async store(segments: AsyncIterable<Segment>): Promise<SegmentRef[]> {
    const refs: SegmentRef[] = []
    for await (const { ref, bytes } of segments) {
      this.held.set(ref.key, bytes)
      refs.push(JSON.parse(JSON.stringify(ref)) as SegmentRef)
    }
    return refs
  }
}

/** Seals everything that the tail of `store` holds, or what is frozen already. */
export async function sealAll(
  store: SeriesStore,
  blobs: MemoryBlobs,
  frozen: Frozen = store.freeze(),
): Promise<void> {
  store.adopt(frozen, await blobs.store(store.seal(frozen, blobs.nextKey)))
}

/** Merges until nothing should be merged. */
export async function mergeAll(
  store: SeriesStore,
  blobs: MemoryBlobs,
  isLive: (series: number) => boolean = () => true,
): Promise<void> {
  for (let refs = store.mergeCandidates(); refs !== null; refs = store.mergeCandidates()) {
    const merged = await blobs.store(store.merge(refs, isLive, blobs.nextKey))
    store.replace(refs, merged)
    for (const { key } of refs) blobs.held.delete(key)
  }
}
