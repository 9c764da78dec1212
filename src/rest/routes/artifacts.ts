import { invalid } from '../../entities/invalid.js'
import { safeDirectory } from '../artifact-place.js'
import { fileInfoToJson, runArtifactUri } from '../entities-to-json.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { alias, int64, required, text } from '../schema.js'

const presigned = {
  methods: ['POST'],
  needs: { run_id: text, model_id: text, path: required(text), expiration: int64 },
  async answer(): Promise<never> {
    throw invalid(
      "Presigned URLs are not supported for the run's artifact repository: its files come through this server.",
    )
  },
} as const

/** `artifacts/*`: what files a run has. */
export const artifactRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'artifacts/list',
    needs: { run_id: alias(required(text), 'run_uuid'), path: text, page_token: text },
    async answer(store, { run_id: id, path }) {
      const directory = safeDirectory(path ?? '')
      const { info } = await store.getRun(id)
      const files = await store.listArtifacts(id, directory)
      return {
        root_uri: runArtifactUri(info),
        files: files.map((file) => fileInfoToJson(file, file.path)),
      }
    },
  }),
  route({ ...presigned, path: 'artifacts/presigned-upload-url' }),
  route({ ...presigned, path: 'artifacts/presigned-download-url' }),
]
