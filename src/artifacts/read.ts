import type { ArtifactStore } from '../store/artifact-store.js'
import { throwIfAborted } from '../errors.js'
import type { ByteRange } from '../store/artifacts/part-reader.js'
import { concatenate } from '../util/concatenate.js'

/**
 * A file, or the bytes [start, end) of it, as a stream that reads on demand. Nothing is asked of the store before
 * the first read; its errors (RESOURCE_DOES_NOT_EXIST, DATA_LOSS) are the stream's.
 */
export function readArtifact(
  store: ArtifactStore,
  runId: string,
  path: string,
  range?: ByteRange,
): ReadableStream<Uint8Array> {
  let handle: Promise<number> | null = null
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      handle ??= store.openRead(runId, path, range).then((open) => open.handle)
      const bytes = await store.read(await handle)
      if (bytes === null) controller.close()
      else controller.enqueue(bytes)
    },
    async cancel() {
      if (handle !== null) await store.closeRead(await handle)
    },
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}

/** The same, as one array: for files that memory has room for. CANCELLED when the signal is aborted. */
export async function readArtifactBytes(
  store: ArtifactStore,
  runId: string,
  path: string,
  { range, signal }: { range?: ByteRange | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  throwIfAborted(signal)
  const { handle } = await store.openRead(runId, path, range)
  const pieces: Uint8Array[] = []
  try {
    for (let piece = await store.read(handle); piece; piece = await store.read(handle)) {
      throwIfAborted(signal)
      pieces.push(piece)
    }
  } catch (error) {
    await store.closeRead(handle).catch(() => undefined)
    throw error
  }
  return concatenate(pieces)
}
