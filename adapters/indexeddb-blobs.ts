import { promisifyRequest } from 'idb-keyval'
import { TrackletError } from '../src/errors.js'

const BLOB = 'b/'
const LAST = '\uffff'
/** Blobs of more bytes are stored in pieces: a value can only be read whole. Artifacts' parts are below it. */
const WHOLE_BYTES = 1 << 20
/** Smaller pieces make ranges little faster and writing slower: to a browser each of them is a file. */
const PIECE_BYTES = 512 << 10

/** What lies under `b/<key>`: the blob, or how it was cut into the values under `[<key>, 0]`, `[<key>, 1]`, ... */
type StoredBlob = Uint8Array | { readonly bytes: number; readonly piece: number }

/** Asks for all that stores a blob; `bytes` may change when it returns. */
export function putBlob(store: IDBObjectStore, key: string, bytes: Uint8Array): void {
  const put = (value: StoredBlob): unknown => store.put(value, BLOB + key)
  if (bytes.length <= WHOLE_BYTES) return void put(ownBytes(bytes))
  put({ bytes: bytes.length, piece: PIECE_BYTES })
  for (let i = 0; i * PIECE_BYTES < bytes.length; i++)
    store.put(bytes.slice(i * PIECE_BYTES, (i + 1) * PIECE_BYTES), [key, i])
}

/**
 * A blob or the bytes [start, end) of it, from no more pieces than these meet; null where there is none. DATA_LOSS
 * where pieces are missing.
 */
export async function getBlob(
  store: IDBObjectStore,
  key: string,
  range?: { start: number; end: number },
): Promise<Uint8Array | null> {
  const stored = await promisifyRequest<StoredBlob | undefined>(store.get(BLOB + key))
  if (stored === undefined) return null
  if (stored instanceof Uint8Array) return range ? stored.slice(range.start, range.end) : stored
  const { bytes, piece } = stored
  const start = range?.start ?? 0
  const end = Math.min(range?.end ?? bytes, bytes)
  if (start >= end) return new Uint8Array(0)
  const [first, last] = [Math.floor(start / piece), Math.floor((end - 1) / piece)]
  const met = IDBKeyRange.bound([key, first], [key, last])
  const pieces = await promisifyRequest<Uint8Array[]>(store.getAll(met))
  if (pieces.length !== last - first + 1)
    throw new TrackletError(
      'DATA_LOSS',
      `Of the blob "${key}" ${pieces.length} pieces are left where ${last - first + 1} were stored; restore the store from an export.`,
    )
  return joined(pieces, start - first * piece, end - first * piece)
}

/** The keys of the blobs that begin with `prefix`, sorted. */
export async function listBlobs(store: IDBObjectStore, prefix: string): Promise<string[]> {
  const range = IDBKeyRange.bound(BLOB + prefix, BLOB + prefix + LAST)
  const keys = await promisifyRequest(store.getAllKeys(range))
  return keys.map((key) => String(key).slice(BLOB.length))
}

/** Asks for blobs to be deleted, with all their pieces. */
export function deleteBlobs(store: IDBObjectStore, keys: readonly string[]): void {
  for (const key of keys) {
    store.delete(BLOB + key)
    store.delete(IDBKeyRange.bound([key, 0], [key, Infinity]))
  }
}

/** Bytes that are a whole buffer: IndexedDB would store everything behind a view. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice()
}

/** The bytes [start, end) of pieces that lie one behind the other. */
function joined(pieces: readonly Uint8Array[], start: number, end: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!.slice(start, end)
  const bytes = new Uint8Array(end - start)
  let at = -start
  for (const piece of pieces) {
    bytes.set(piece.subarray(Math.max(0, -at), end - start - at), Math.max(0, at))
    at += piece.length
  }
  return bytes
}
