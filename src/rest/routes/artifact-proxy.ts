import { writeArtifact } from '../../artifacts/write.js'
import { invalid } from '../../entities/invalid.js'
import { TrackletError } from '../../errors.js'
import { downloadResponse } from '../artifact-download.js'
import { findPlace, requirePlace, safeDirectory, safeFile } from '../artifact-place.js'
import type { Endpoint } from '../endpoint.js'
import { fileInfoToJson } from '../entities-to-json.js'
import { uploadPieces } from '../read-request.js'
import { jsonResponse, respond } from '../responses.js'
import { lastName } from '../../util/last-name.js'

const ROOTS = ['/api/2.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts']

/**
 * Proxied artifacts: what `mlflow-artifacts:/<experiment>/<run>/artifacts/<path>` leads clients to, and likewise for
 * logged models and traces.
 */
export const proxyEndpoints: readonly Endpoint[] = ROOTS.flatMap((root): readonly Endpoint[] => [
  {
    methods: ['GET'],
    path: `${root}/artifacts`,
    async answer(request, { store }) {
      const path = new URL(request.url).searchParams.get('path') ?? ''
      const place = await findPlace(store, path)
      const files = place === null ? [] : await place.files.listArtifacts(place.runId, place.path)
      return jsonResponse({
        files: files.map((file) => fileInfoToJson(file, lastName(file.path))),
      })
    },
  },
  {
    methods: ['GET'],
    path: `${root}/artifacts/*`,
    async answer(request, { store }) {
      const path = pathBelow(request, `${root}/artifacts/`)
      const place = await findPlace(store, path)
      if (place !== null) return downloadResponse(place.files, place, request)
      throw new TrackletError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${path}'`)
    },
  },
  {
    methods: ['PUT'],
    path: `${root}/artifacts/*`,
    async answer(request, { store }) {
      const path = pathBelow(request, `${root}/artifacts/`)
      if (path.endsWith('/')) throw invalid('Invalid path')
      const place = await requirePlace(store, path)
      const file = safeFile(place.path)
      const { signal } = request
      await writeArtifact(place.files, place.runId, file, uploadPieces(request), { signal })
      return respond(null)
    },
  },
  {
    methods: ['DELETE'],
    path: `${root}/artifacts/*`,
    async answer(request, { store }) {
      const place = await findPlace(store, pathBelow(request, `${root}/artifacts/`))
      if (place !== null) await place.files.deleteArtifacts(place.runId, place.path)
      return jsonResponse({})
    },
  },
  {
    methods: ['POST'],
    path: `${root}/mpu/*`,
    async answer() {
      throw new TrackletError(
        'NOT_IMPLEMENTED',
        'Multipart upload is not supported for the current artifact repository',
      )
    },
  },
  {
    methods: ['GET'],
    path: `${root}/presigned/*`,
    async answer() {
      throw new TrackletError(
        'NOT_IMPLEMENTED',
        'Presigned URLs are not supported for the current artifact repository',
      )
    },
  },
  {
    // Parsers of URLs follow `..`, percent-encoded or not, before anything is seen here: a path that is none of the
    // above has climbed out of them.
    methods: ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'],
    path: `${root}/*`,
    async answer() {
      throw invalid('Invalid path')
    },
  },
])

/** The decoded path behind `root`; "Invalid path" where it is wrongly encoded or leads elsewhere. */
function pathBelow(request: Request, root: string): string {
  const path = decode(new URL(request.url).pathname.slice(root.length))
  safeDirectory(path)
  return path
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalid('Invalid path')
  }
}
