import { TrackletError, throwIfAborted } from '../errors.js'
import type { FileAccess } from './file-access.js'

/**
 * What can be stored as a file: bytes in any shape, a Blob or File, a stream, a file handle of the browser,
 * or, where the platform has files, a local path.
 */
export type ArtifactSource =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | FileHandleLike

/** The part of a browser's FileSystemFileHandle that is used. */
export interface FileHandleLike {
  readonly kind: 'file'
  readonly name: string
  getFile(): Promise<Blob>
}

/** Options of what moves files. */
export interface TransferOptions {
  /** Aborting it rejects with CANCELLED and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined
  /** Needed for sources that are local paths. */
  readonly files?: FileAccess | undefined
}

/** The longest piece that the store ports take, in bytes. */
const PIECE = 1 << 20

/**
 * The content in fresh pieces of at most 1 MiB, which the receiver may keep or transfer.
 * Only the last is shorter. CANCELLED as soon as the signal is aborted, also while the source stalls.
 */
export async function* sourceToPieces(
  source: ArtifactSource,
  options: TransferOptions = {},
): AsyncGenerator<Uint8Array> {
  const { signal } = options
  throwIfAborted(signal)
  let piece: Uint8Array | null = null
  let filled = 0
  for await (const chunk of untilAborted(await sourceToChunks(source, options), signal)) {
    const bytes = toBytes(chunk)
    for (let at = 0; at < bytes.length;) {
      piece ??= new Uint8Array(PIECE)
      const end = Math.min(bytes.length, at + PIECE - filled)
      piece.set(bytes.subarray(at, end), filled)
      filled += end - at
      at = end
      if (filled < PIECE) continue
      yield piece
      piece = null
      filled = 0
    }
  }
  if (piece !== null) yield piece.slice(0, filled)
}

/** The base name that a source brings with it: that of a File, a file handle or a local path; else null. */
export function sourceName(source: ArtifactSource): string | null {
  if (typeof source === 'string') return source.split(/[\\/]/).filter(Boolean).at(-1) ?? null
  const named = source as { readonly name?: unknown }
  return typeof named.name === 'string' && named.name !== '' ? named.name : null
}

/** True for a Blob or File of any realm or polyfill. */
export function isBlob(value: unknown): value is Blob {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Blob).arrayBuffer === 'function' &&
    typeof (value as Blob).slice === 'function'
  )
}

/** Any view or buffer as the bytes that it covers, not copied. INVALID_PARAMETER_VALUE for anything else. */
export function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (Object.prototype.toString.call(value) === '[object ArrayBuffer]')
    return new Uint8Array(value as ArrayBuffer)
  throw new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `An artifact is made of bytes; got ${typeof value}. Give a Uint8Array, an ArrayBuffer, a Blob or a stream of Uint8Arrays.`,
  )
}

async function sourceToChunks(
  source: ArtifactSource,
  { files, signal }: TransferOptions,
): Promise<AsyncIterable<Uint8Array>> {
  if (typeof source === 'string') return (await requireFiles(files).openFile(source)).stream()
  if (typeof source !== 'object' || source === null) return one(toBytes(source))
  if (isFileHandle(source)) return blobToChunks(await source.getFile())
  if (isBlob(source)) return blobToChunks(source)
  if (isStream(source)) return streamToChunks(source, signal)
  if (isAsyncIterable(source)) return source
  return one(toBytes(source))
}

/** The file access, or NOT_IMPLEMENTED where a local path was given and the platform has none. */
export function requireFiles(files: FileAccess | undefined): FileAccess {
  if (files !== undefined) return files
  throw new TrackletError(
    'NOT_IMPLEMENTED',
    'A local path cannot be read here. Give the content: a File, Blob, Uint8Array or stream. For text use logText.',
  )
}

function isFileHandle(source: object): source is FileHandleLike {
  return 'getFile' in source && typeof source.getFile === 'function'
}

function isStream(source: object): source is ReadableStream<Uint8Array> {
  return 'getReader' in source && typeof source.getReader === 'function'
}

function isAsyncIterable(source: object): source is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in source
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function* blobToChunks(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += PIECE)
    yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer())
}

/** Safari's streams are not iterable; this is, and cancels the stream when the iteration or the signal ends it. */
async function* streamToChunks(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  const cancel = (): Promise<void> => reader.cancel(signal?.reason).catch(() => undefined)
  signal?.addEventListener('abort', cancel)
  let done = false
  try {
    for (;;) {
      const next = await reader.read()
      done = next.done
      if (next.done) return
      yield next.value
    }
  } finally {
    signal?.removeEventListener('abort', cancel)
    if (!done) await cancel()
    reader.releaseLock()
  }
}

async function* untilAborted<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]()
  let done = false
  try {
    for (;;) {
      const next = await unlessAborted(iterator.next(), signal)
      done = next.done === true
      if (next.done) return
      yield next.value
    }
  } finally {
    // Not awaited: a source that stalls would hold up the abort.
    if (!done) void Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}

/** A promise of its own for each wait: a race against one that lives on would keep all that it ever gave. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(cancelled(signal))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function cancelled(signal: AbortSignal): TrackletError {
  return new TrackletError('CANCELLED', 'The operation was aborted.', { cause: signal.reason })
}
