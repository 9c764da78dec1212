import { collectBytes } from '../../util/concatenate.js'

/** Why a body cannot be read, in the words of MLflow's server. */
export class UnreadableBody extends Error {
  /** The HTTP status to answer with. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * A body as it was before its Content-Encoding: gzip, deflate, or a bare deflate stream. UnreadableBody with status 400
 * for what is broken or of another encoding, with 413 for more than `limit` bytes.
 */
export async function inflateBody(
  bytes: Uint8Array,
  encoding: string,
  limit: number,
): Promise<Uint8Array> {
  if (encoding === 'gzip') return inflate(bytes, ['gzip'], encoding, limit)
  if (encoding === 'deflate') return inflate(bytes, ['deflate', 'deflate-raw'], encoding, limit)
  throw new UnreadableBody(400, `Unsupported Content-Encoding: ${encoding}`)
}

async function inflate(
  bytes: Uint8Array,
  formats: readonly CompressionFormat[],
  encoding: string,
  limit: number,
): Promise<Uint8Array> {
  for (const format of formats)
    try {
      return await inflateAs(bytes, format, limit)
    } catch (error) {
      if (error instanceof UnreadableBody) throw error
    }
  throw new UnreadableBody(400, `Failed to decompress ${encoding} payload`)
}

async function inflateAs(
  bytes: Uint8Array,
  format: CompressionFormat,
  limit: number,
): Promise<Uint8Array> {
  const stream = new Blob([bytes as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream(format) as ReadableWritablePair<Uint8Array, Uint8Array>)
  return collectBytes(stream, limit, () => tooLong(limit))
}

/** UnreadableBody for a body of more than `limit` bytes. */
export function tooLong(limit: number): UnreadableBody {
  return new UnreadableBody(413, `A request may have at most ${limit} bytes; send fewer spans.`)
}
