import { writeArtifact } from '../../artifacts/write.js'
import { invalid } from '../../entities/invalid.js'
import { downloadResponse } from '../artifact-download.js'
import { safeFile } from '../artifact-place.js'
import type { Endpoint } from '../endpoint.js'
import { readBody } from '../read-request.js'
import { respond } from '../responses.js'

const LONGEST_UPLOAD = 10 * 1024 * 1024
const TOO_LONG = 'Artifact size is too large. Max size is 10MB.'

/** Files of runs by query: how browsers get and send them. */
export const artifactFileEndpoints: readonly Endpoint[] = [
  {
    methods: ['GET'],
    path: '/get-artifact',
    async answer(request, { store }) {
      const query = new URL(request.url).searchParams
      const runId = query.get('run_id') || query.get('run_uuid')
      if (!runId) throw invalid('Request must specify run_id.')
      const path = query.get('path')
      if (!path) throw invalid('Request must specify path.')
      return downloadResponse(store, { runId, path: safeFile(path) }, request)
    },
  },
  {
    methods: ['POST'],
    path: '/ajax-api/2.0/mlflow/upload-artifact',
    async answer(request, { store }) {
      const query = new URL(request.url).searchParams
      const runId = query.get('run_uuid')
      if (!runId) throw invalid('Request must specify run_uuid.')
      const path = query.get('path')
      if (!path) throw invalid('Request must specify path.')
      const file = safeFile(path)
      const bytes = await readBody(request, LONGEST_UPLOAD, TOO_LONG)
      if (bytes.length === 0) throw invalid('Request must specify data.')
      await writeArtifact(store, runId, file, bytes)
      return respond(null, { type: 'application/json' })
    },
  },
]
