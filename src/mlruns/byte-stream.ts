import { TrackletError, throwIfAborted, toTrackletError } from '../errors.js'

/** A stream of what a generator makes, and a promise of its end. */
export interface ByteStream {
  readonly stream: ReadableStream<Uint8Array>
  /** Rejects when the generator threw, the reader gave up or the signal was aborted. */
  readonly done: Promise<void>
}

/** A generator's chunks as a stream that asks for the next one only when its reader does. */
export function toByteStream(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  signal?: AbortSignal,
): ByteStream {
  let settle: { resolve: () => void; reject: (error: TrackletError) => void }
  const done = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))
  async function pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      throwIfAborted(signal)
      const { value, done: ended } = await chunks.next()
      throwIfAborted(signal)
      if (!ended) return controller.enqueue(value)
      controller.close()
      settle.resolve()
    } catch (error) {
      settle.reject(toTrackletError(error))
      await chunks.return()
      throw toTrackletError(error)
    }
  }
  async function cancel(reason: unknown): Promise<void> {
    settle.reject(new TrackletError('CANCELLED', 'The reader gave up.', { cause: reason }))
    await chunks.return()
  }
  return { stream: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }), done }
}
