import { TrackletError } from '../../errors.js'
import type { Attempt } from './attempt.js'
import type { Call, HttpClient } from './http.js'

/** Files up to this size are sent as one body, which can be sent again where that fails. */
const WHOLE_BYTES = 8 * 1024 * 1024

/**
 * A file on its way to the server, which shows it once it has all of it. A large one is streamed where `fetch` can
 * do that; elsewhere it is collected into a Blob, which browsers keep off the heap.
 */
export class ArtifactUpload {
  readonly #http: HttpClient
  readonly #path: string
  readonly #streams: boolean
  #pieces: BlobPart[] = []
  #bytes = 0
  #stream: Streaming | null = null

  /** `streams` says whether `fetch` can send a stream; `path` is the file's, behind the proxy. */
  constructor(http: HttpClient, path: string, streams: boolean) {
    this.#http = http
    this.#path = path
    this.#streams = streams
  }

  /** Adds bytes at the end, which are no longer the caller's. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#stream !== null) return this.#stream.write(bytes)
    this.#pieces.push(bytes as BlobPart)
    this.#bytes += bytes.length
    if (!this.#streams || this.#bytes <= WHOLE_BYTES) return
    this.#stream = new Streaming(this.#http, this.#call())
    const pieces = this.#pieces.splice(0)
    for (const piece of pieces) await this.#stream.write(piece as Uint8Array)
  }

  /** Resolves when the server has the file. */
  async finish(): Promise<void> {
    if (this.#stream !== null) return this.#stream.finish()
    const bytes = new Blob(this.#pieces.splice(0))
    await this.#http.json({ ...this.#call(), bytes, repeat: true })
  }

  /** Drops it. A request that is broken off leaves nothing on the server. */
  async abort(): Promise<void> {
    this.#pieces = []
    await this.#stream?.abort()
  }

  #call(): Call {
    return {
      method: 'PUT',
      path: this.#path,
      headers: { 'content-type': 'application/octet-stream' },
      repeat: false,
    }
  }
}

/** A body that is sent while it is written. */
class Streaming {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  readonly #answer: Promise<unknown>
  #failure: unknown = null
  #attempt: Attempt | null = null

  constructor(http: HttpClient, call: Call) {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    this.#writer = writable.getWriter()
    this.#writer.closed.catch(() => undefined)
    this.#answer = http.json({
      ...call,
      bytes: readable,
      started: (attempt) => (this.#attempt = attempt),
    })
    this.#answer.catch((error: unknown) => {
      this.#failure = error
      this.#writer.abort(error).catch(() => undefined)
    })
  }

  /** Resolves when `fetch` has taken the bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#attempt?.touch()
    try {
      await Promise.race([this.#writer.write(bytes), this.#answer])
      // What comes next is the caller's to make.
      this.#attempt?.pause()
    } catch (error) {
      throw await this.#why(error)
    }
  }

  async finish(): Promise<void> {
    this.#attempt?.touch()
    try {
      await Promise.race([this.#writer.close(), this.#answer])
    } catch (error) {
      throw await this.#why(error)
    }
    await this.#answer
  }

  async abort(): Promise<void> {
    await this.#writer
      .abort(new TrackletError('CANCELLED', 'The write was aborted.'))
      .catch(() => undefined)
    await this.#answer.catch(() => undefined)
  }

  /** What `fetch` says is the cause; what the stream says follows from it, mostly a moment before. */
  async #why(error: unknown): Promise<unknown> {
    await this.#answer.catch(() => undefined)
    return this.#failure ?? error
  }
}
