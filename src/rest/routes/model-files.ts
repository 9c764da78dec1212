import { invalid } from '../../entities/invalid.js'
import { findVersionFiles } from '../../models/model-files.js'
import { downloadResponse } from '../artifact-download.js'
import { safeFile } from '../artifact-place.js'
import type { Endpoint } from '../endpoint.js'

/** Files of model versions by query: how MLflow's pages get them. */
export const modelFileEndpoints: readonly Endpoint[] = [
  {
    methods: ['GET'],
    path: '/model-versions/get-artifact',
    async answer(request, { store }) {
      const query = new URL(request.url).searchParams
      const path = query.get('path')
      if (!path) throw invalid('Request must specify path.')
      const file = safeFile(path)
      const [name, number] = [query.get('name') ?? '', query.get('version') ?? '']
      const { runId, path: root } = await findVersionFiles(
        store,
        await store.getModelVersion(name, number),
      )
      const whole = root === '' ? file : safeFile(`${root}/${file}`)
      return downloadResponse(store, { runId, path: whole }, request)
    },
  },
]
