import { asciiFileName, contentTypeOf } from './content-type.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import type { ArtifactPlace } from './artifact-place.js'
import { parseRange } from './byte-range.js'
import type { ByteRange } from './byte-range.js'
import { jsonResponse, respond } from './responses.js'

/** A file as a streamed attachment, or the range of it that the request asks for; 400 for a folder. */
export async function downloadResponse(
  store: ArtifactStore,
  { runId, path }: ArtifactPlace,
  request: Request,
): Promise<Response> {
  const size = await fileSize(store, runId, path)
  if (size === null)
    return jsonResponse(
      { detail: `Artifact path refers to a directory, not a file: '${path}'` },
      400,
    )
  // Without an entity tag nothing that If-Range may hold can be known to be current.
  const header = request.headers.has('if-range') ? null : request.headers.get('range')
  const range = parseRange(header, size)
  const headers = fileHeaders(path)
  if (range === 'unsatisfiable')
    return respond(null, {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${size}` },
    })
  const part = range ?? { start: 0, end: size }
  const body = request.method === 'HEAD' ? null : await openStream(store, runId, path, part)
  return respond(body, {
    status: range === null ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(part.end - part.start),
      ...(range === null ? {} : { 'content-range': `bytes ${part.start}-${part.end - 1}/${size}` }),
    },
  })
}

/** A file's size in bytes; null for a folder, RESOURCE_DOES_NOT_EXIST for what is not there. */
async function fileSize(store: ArtifactStore, runId: string, path: string): Promise<number | null> {
  try {
    if (path === '') return null
    const { handle, size } = await store.openRead(runId, path)
    await store.closeRead(handle)
    return size
  } catch (error) {
    if (!(error instanceof TrackletError) || error.errorCode !== 'RESOURCE_DOES_NOT_EXIST')
      throw error
    if ((await store.listArtifacts(runId, path)).length > 0) return null
    throw error
  }
}

/** The bytes as they are asked for; a file that has another size by now is refused rather than cut. */
async function openStream(
  store: ArtifactStore,
  runId: string,
  path: string,
  range: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  const { handle, size } = await store.openRead(runId, path, range)
  if (range.end > size) {
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
  const name = path.slice(path.lastIndexOf('/') + 1)
  return {
    'content-type': contentTypeOf(name),
    'content-disposition': `attachment; ${asciiFileName(name)}`,
    'accept-ranges': 'bytes',
  }
}
