import { createHash } from 'node:crypto'
import type { Store } from '../../src/store/store.js'

/**
 * Everything that the ports can say about a store, as one hash: experiments, runs, params, tags, inputs,
 * whole histories, artifact bytes, logged models, traces, registered models and their versions. Two stores with equal hashes cannot be told apart by a reader.
 */
export async function stateHash(store: Store): Promise<string> {
  const hash = createHash('sha256')
  const { items: experiments } = await store.searchExperiments({
    viewType: 'ALL',
    maxResults: 50_000,
  })
  for (const experiment of experiments) {
    hash.update(canonical(experiment))
    const runs = await store.searchRuns({
      experimentIds: [experiment.experimentId],
      viewType: 'ALL',
      maxResults: 50_000,
    })
    for (const run of runs.items) {
      hash.update(canonical(run))
      for (const key of Object.keys(run.data.metrics).sort()) {
        const columns = await store.getMetricColumns({ runId: run.info.runId, key })
        for (const column of [columns.steps, columns.timestamps, columns.values]) {
          hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
        }
      }
      await hashArtifacts(store, run.info.runId, '', (part) => hash.update(part))
    }
    await hashLoggedModels(store, experiment.experimentId, (part) => hash.update(part))
    await hashTraces(store, experiment.experimentId, (part) => hash.update(part))
  }
  await hashRegistry(store, (part) => hash.update(part))
  return hash.digest('hex')
}

async function hashLoggedModels(
  store: Store,
  experimentId: string,
  update: (part: string | Uint8Array) => void,
): Promise<void> {
  const { items } = await store.searchLoggedModels({
    experimentIds: [experimentId],
    maxResults: 50_000,
  })
  for (const model of items) {
    update(canonical(model))
    await hashArtifacts(store, model.modelId, '', update)
  }
}

async function hashTraces(
  store: Store,
  experimentId: string,
  update: (part: string | Uint8Array) => void,
): Promise<void> {
  let token: string | undefined
  do {
    const { items, nextPageToken } = await store.searchTraces({
      experimentIds: [experimentId],
      maxResults: 500,
      ...(token !== undefined && { pageToken: token }),
    })
    for (const trace of await store.getTraces(items.map(({ traceId }) => traceId))) {
      update(canonical(trace))
      await hashArtifacts(store, trace.info.traceId, '', update)
    }
    token = nextPageToken ?? undefined
  } while (token !== undefined)
}

/** Prompts are models of which a search does not tell unless asked. */
async function hashRegistry(store: Store, update: (part: string) => void): Promise<void> {
  for (const filter of ['', "tags.`mlflow.prompt.is_prompt` = 'true'"]) {
    const models = await store.searchRegisteredModels({ filter, maxResults: 1_000 })
    update(canonical(models.items))
    for (const { name } of models.items) update(canonical(await store.getRegisteredModel(name)))
    const versions = await store.searchModelVersions({ filter })
    for (const { name, version } of versions.items) {
      update(canonical(await store.getModelVersion(name, version)))
      update(await store.getModelVersionDownloadUri(name, version))
    }
  }
}

async function hashArtifacts(
  store: Store,
  runId: string,
  path: string,
  update: (part: string | Uint8Array) => void,
): Promise<void> {
  for (const file of await store.listArtifacts(runId, path === '' ? undefined : path)) {
    update(canonical(file))
    if (file.isDir) {
      await hashArtifacts(store, runId, file.path, update)
      continue
    }
    const { handle } = await store.openRead(runId, file.path)
    for (let part = await store.read(handle); part; part = await store.read(handle)) update(part)
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (typeof inner === 'number' && !Number.isFinite(inner)) return String(inner)
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
