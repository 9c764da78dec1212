import type { HttpClient, Opened } from './http.js'

/** Bytes [start, end) of a file. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

const PART_BYTES = 1024 * 1024
const PARTIAL = 206
const NOT_SATISFIABLE = 416

/** A file, or a range of it, on its way from the server. */
export class ArtifactDownload {
  /** Bytes of the whole file; Infinity where the server does not tell. */
  readonly size: number
  readonly #opened: Opened
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | null
  /** Bytes to leave out, where the server sends more than was asked for. */
  #skip: number
  #left: number
  #rest: Uint8Array = new Uint8Array(0)

  private constructor(opened: Opened, size: number, range: ByteRange, skip: number) {
    this.size = size
    this.#opened = opened
    this.#skip = skip
    this.#left = Math.max(0, Math.min(range.end, size) - range.start)
    this.#reader = this.#left === 0 ? null : (opened.response.body?.getReader() ?? null)
    opened.attempt.pause()
  }

  /** Asks for a file. RESOURCE_DOES_NOT_EXIST where there is none. */
  static async open(http: HttpClient, path: string, range?: ByteRange): Promise<ArtifactDownload> {
    const wanted = range ?? { start: 0, end: Infinity }
    const headers = range === undefined ? {} : { range: rangeHeader(range) }
    const opened = await http.open({
      method: 'GET',
      path,
      // What is compressed on the way has no length that is known before.
      headers: { ...headers, 'accept-encoding': 'identity' },
      repeat: true,
      accept: range === undefined ? [] : [NOT_SATISFIABLE],
    })
    const { status } = opened.response
    const size = sizeOf(opened.response, wanted.start)
    const skip = status === PARTIAL ? 0 : Math.min(wanted.start, size)
    const download = new ArtifactDownload(opened, size, wanted, skip)
    if (download.#reader === null) opened.attempt.abort()
    return download
  }

  /** The next bytes, at most 1 MiB; null at the end. */
  async next(): Promise<Uint8Array | null> {
    while (this.#rest.length === 0) {
      if (this.#left <= 0 || this.#reader === null) return this.#end()
      const chunk = await this.#chunk(this.#reader)
      if (chunk === null) return this.#end()
      const skipped = Math.min(this.#skip, chunk.length)
      this.#skip -= skipped
      this.#rest = chunk.subarray(skipped, skipped + this.#left)
      this.#left -= this.#rest.length
    }
    const part = this.#rest.subarray(0, PART_BYTES)
    this.#rest = this.#rest.subarray(part.length)
    // Of its own memory, since it may be transferred.
    return part.length === part.buffer.byteLength ? part : part.slice()
  }

  /** Ends the request. */
  close(): void {
    this.#left = 0
    this.#rest = new Uint8Array(0)
    this.#opened.attempt.abort()
  }

  async #chunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
    const { attempt, failure } = this.#opened
    attempt.touch()
    try {
      const { done, value } = await reader.read()
      attempt.pause()
      return done ? null : value
    } catch (error) {
      throw failure(error)
    }
  }

  #end(): null {
    this.close()
    return null
  }
}

/** An empty range asks for a byte, to learn the size. */
function rangeHeader({ start, end }: ByteRange): string {
  return start < end ? `bytes=${start}-${end - 1}` : 'bytes=0-0'
}

/**
 * The size of the whole file; Infinity where the server does not tell. Pages of another origin may not see
 * `content-range`: then it is where the range ends that came.
 */
function sizeOf({ status, headers }: Response, start: number): number {
  const whole = /\/(\d+)\s*$/.exec(headers.get('content-range') ?? '')?.[1]
  if (whole !== undefined) return Number(whole)
  const length = headers.get('content-length')
  if (length === null) return status === NOT_SATISFIABLE ? 0 : Infinity
  return Number(length) + (status === PARTIAL ? start : 0)
}
