import { asciiFileName, contentTypeOf } from './content-type.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import type { ArtifactStore, OpenArtifact } from '../store/artifact-store.js'
import type { ArtifactPlace } from './artifact-place.js'
import { isNotModified, isRangeCurrent, validatorHeaders } from './artifact-validators.js'
import { parseRange } from './byte-range.js'
import type { ByteRange } from './byte-range.js'
import { jsonResponse, respond } from './responses.js'
import { lastName } from '../util/last-name.js'

/** What is known of a file before its bytes are read. */
type Found = Omit<OpenArtifact, 'handle'>

/**
 * A file as a streamed attachment, or the range of it that the request asks for; 304 for what the client has already,
 * 400 for a folder.
 */
export async function downloadResponse(
  store: ArtifactStore,
  place: ArtifactPlace,
  request: Request,
): Promise<Response> {
  const { path } = place
  const found = await findFile(store, place)
  if (found === null)
    return jsonResponse(
      { detail: `Artifact path refers to a directory, not a file: '${path}'` },
      400,
    )
  // What is kept may be replaced: who has it asks again, and is told that it is still the same.
  const validators = { ...validatorHeaders(found), 'cache-control': 'no-cache' }
  if (isNotModified(request.headers, found))
    return respond(null, { status: 304, headers: validators })
  const headers = { ...fileHeaders(path), ...validators }
  const header = isRangeCurrent(request.headers, found) ? request.headers.get('range') : null
  const range = parseRange(header, found.size)
  if (range === 'unsatisfiable')
    return respond(null, {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${found.size}` },
    })
  const part = range ?? { start: 0, end: found.size }
  const body = request.method === 'HEAD' ? null : await openStream(store, place, part, found)
  return respond(body, {
    status: range === null ? 200 : 206,
    headers: { ...headers, ...partHeaders(part, range, found.size) },
  })
}

/** Null for a folder, RESOURCE_DOES_NOT_EXIST for what is not there. */
async function findFile(
  store: ArtifactStore,
  { runId, path }: ArtifactPlace,
): Promise<Found | null> {
  try {
    if (path === '') return null
    const { handle, ...found } = await store.openRead(runId, path)
    await store.closeRead(handle)
    return found
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode !== 'RESOURCE_DOES_NOT_EXIST')
      throw error
    if ((await store.listArtifacts(runId, path)).length > 0) return null
    throw error
  }
}

/** The bytes as they are asked for; a file that has another content by now is refused rather than cut. */
async function openStream(
  store: ArtifactStore,
  { runId, path }: ArtifactPlace,
  range: ByteRange,
  found: Found,
): Promise<ReadableStream<Uint8Array>> {
  const { handle, size, etag } = await store.openRead(runId, path, range)
  if (size !== found.size || etag !== found.etag) {
    await store.closeRead(handle)
    throw invalid('The file was replaced while it was being read; ask again.')
  }
  return new ReadableStream(
    {
      async pull(controller) {
        const bytes = await store.read(handle)
        if (bytes === null) controller.close()
        else controller.enqueue(bytes)
      },
      async cancel() {
        await store.closeRead(handle)
      },
    },
    { highWaterMark: 0 },
  )
}

function fileHeaders(path: string): Record<string, string> {
  const name = lastName(path)
  return {
    'content-type': contentTypeOf(name),
    'content-disposition': `attachment; ${asciiFileName(name)}`,
    'accept-ranges': 'bytes',
  }
}

function partHeaders(
  { start, end }: ByteRange,
  range: ByteRange | null,
  size: number,
): Record<string, string> {
  return {
    'content-length': String(end - start),
    ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
  }
}
