import { MLFLOW_TAGS } from '../../entities/mlflow-tags.js'
import type { ModelVersion } from '../../entities/registered-model.js'
import { TrackletError } from '../../errors.js'
import type { ExportStore } from '../../store/export-store.js'
import type { Connection } from './connection.js'
import { getMetricColumns } from './history.js'
import { remoteRegistry } from './registry.js'

/** What exports read of a server, as far as its protocol tells it. */
export function remoteExport(server: Connection): ExportStore {
  return {
    getDeletedTime: async () => null,
    async getDatasetSeries(runId, key) {
      const columns = await getMetricColumns(server, { runId, key })
      return [{ datasetName: '', datasetDigest: '', columns }]
    },
    async getModelVersions(name) {
      const versions = await allVersions(server, name)
      const lastVersion = versions.reduce((last, { version }) => Math.max(last, Number(version)), 0)
      return { versions, lastVersion }
    },
    getDeletedLoggedModelIds: async () => [],
    getDeletedLoggedModel: notTold,
    listDeletedModelFiles: notTold,
    openDeletedModelFile: notTold,
  }
}

/** MLflow's protocol has `allow_deleted` for one whose id is known, and nothing that lists them: none is asked for. */
async function notTold(modelId: string): Promise<never> {
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `MLflow's servers do not list deleted logged models: '${modelId}' cannot be read.`,
  )
}

/** Prompts are found only where they are asked for; each version has the tag that says what it is. */
async function allVersions(server: Connection, name: string): Promise<ModelVersion[]> {
  const quote = name.includes("'") ? '"' : "'"
  const found = new Map<string, ModelVersion>()
  for (const more of ['', ` AND tags.\`${MLFLOW_TAGS.isPrompt}\` = 'true'`]) {
    const filter = `name = ${quote}${name}${quote}${more}`
    let pageToken: string | null = ''
    do {
      const query = { filter, maxResults: 10_000, ...(pageToken !== '' && { pageToken }) }
      const page = await remoteRegistry(server).searchModelVersions(query)
      for (const version of page.items) found.set(version.version, version)
      pageToken = page.nextPageToken
    } while (pageToken !== null)
  }
  return [...found.values()].sort((a, b) => Number(a.version) - Number(b.version))
}
