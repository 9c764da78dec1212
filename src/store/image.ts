import type { StorageAdapter } from '../adapter.js'
import { TrackletError } from '../errors.js'
import { concatenate } from '../util/concatenate.js'
import { hash64 } from '../util/hash64.js'

/**
 * The SQLite image as 64 KiB page groups. A checkpoint writes only the groups that changed, side by side in
 * packs of up to 4 MiB; the map says where each group of the image lies.
 */
export interface ImageMap {
  /** Bytes of the whole image. */
  readonly bytes: number
  readonly groups: readonly GroupRef[]
}

/** Where a group lies, and the hash of its bytes. */
export interface GroupRef {
  readonly pack: string
  /** Bytes from the pack's beginning. */
  readonly offset: number
  readonly hash: string
}

const GROUP_BYTES = 64 * 1024
const PACK_BYTES = 4 * 1024 * 1024

/** Packs to store, and the map once they are. */
export interface ImageDelta {
  readonly map: ImageMap
  readonly packs: readonly { readonly key: string; readonly bytes: Uint8Array }[]
}

/** The empty map: every group counts as changed. */
export const NO_IMAGE: ImageMap = { bytes: 0, groups: [] }

/**
 * What must be stored so that `image` can be read again, given what `before` has already stored.
 * `prefix` begins the packs' keys and must be new each time: blobs are immutable.
 * Groups of packs that are mostly dead are written anew, so that packs hold at most about twice the image.
 */
export function imageDelta(image: Uint8Array, before: ImageMap, prefix: string): ImageDelta {
  const stale = sparsePacks(before)
  const groups: GroupRef[] = []
  const writer = new PackWriter(prefix)
  for (let start = 0; start < image.byteLength; start += GROUP_BYTES) {
    const bytes = image.subarray(start, Math.min(start + GROUP_BYTES, image.byteLength))
    const hash = hash64(bytes)
    const old = before.groups[groups.length]
    const same = old?.hash === hash && groupBytes(before, groups.length) === bytes.byteLength
    groups.push(old && same && !stale.has(old.pack) ? old : { ...writer.add(bytes), hash })
  }
  return { map: { bytes: image.byteLength, groups }, packs: writer.finish() }
}

/** The keys of the packs that a map names. */
export function packKeys(map: ImageMap): Set<string> {
  return new Set(map.groups.map((group) => group.pack))
}

/** Reads an image back. Throws DATA_LOSS where a group is missing or its hash does not hold. */
export async function loadImage(
  blobs: Pick<StorageAdapter, 'get'>,
  map: ImageMap,
): Promise<Uint8Array> {
  const image = new Uint8Array(map.bytes)
  for (const key of packKeys(map)) {
    const pack = await blobs.get(key)
    if (!pack) throw new TrackletError('DATA_LOSS', `A part of the database is missing: ${key}.`)
    map.groups.forEach((group, index) => {
      if (group.pack !== key) return
      const bytes = pack.subarray(group.offset, group.offset + groupBytes(map, index))
      if (hash64(bytes) !== group.hash) {
        throw new TrackletError(
          'DATA_LOSS',
          `A part of the database is damaged: ${key} at byte ${group.offset}.`,
        )
      }
      image.set(bytes, index * GROUP_BYTES)
    })
  }
  return image
}

function groupBytes(map: ImageMap, index: number): number {
  return Math.min(GROUP_BYTES, map.bytes - index * GROUP_BYTES)
}

function sparsePacks(map: ImageMap): Set<string> {
  const live = new Map<string, number>()
  const extent = new Map<string, number>()
  map.groups.forEach((group, index) => {
    live.set(group.pack, (live.get(group.pack) ?? 0) + groupBytes(map, index))
    extent.set(
      group.pack,
      Math.max(extent.get(group.pack) ?? 0, group.offset + groupBytes(map, index)),
    )
  })
  return new Set(
    [...live].filter(([pack, bytes]) => bytes * 2 < (extent.get(pack) ?? 0)).map(([pack]) => pack),
  )
}

class PackWriter {
  readonly #prefix: string
  readonly #packs: { key: string; parts: Uint8Array[]; size: number }[] = []

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  add(bytes: Uint8Array): { pack: string; offset: number } {
    let pack = this.#packs.at(-1)
    if (!pack || pack.size + bytes.byteLength > PACK_BYTES) {
      pack = { key: `${this.#prefix}-${this.#packs.length}`, parts: [], size: 0 }
      this.#packs.push(pack)
    }
    const offset = pack.size
    pack.parts.push(bytes)
    pack.size += bytes.byteLength
    return { pack: pack.key, offset }
  }

  finish(): { key: string; bytes: Uint8Array }[] {
    return this.#packs.map(({ key, parts }) => ({ key, bytes: concatenate(parts) }))
  }
}
