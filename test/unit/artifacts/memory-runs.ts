import type { Run } from '../../../src/entities/run.js'
import type { ArtifactStore } from '../../../src/store/artifact-store.js'
import type { RunQuery } from '../../../src/store/tracking-store.js'
import { memoryRepository, type MemoryHost } from './memory-host.js'

/** What the helpers of artifacts need of a store: a repository, and runs that have tags. */
export interface MemoryStore extends ArtifactStore {
  getRun(runId: string): Promise<Run>
  setTag(runId: string, key: string, value: string): Promise<void>
  searchRuns(query: RunQuery): Promise<{ items: Run[]; nextPageToken: string | null }>
}

/** A store with the runs `r` and `s` in experiment 0, of which `s` began later; pages of one run. */
export function memoryStore(): { host: MemoryHost; store: MemoryStore } {
  const { host, store: files } = memoryRepository()
  const tags: Record<string, Record<string, string>> = { r: {}, s: {} }
  const run = (runId: string): Run => ({
    info: {
      runId,
      experimentId: '0',
      runName: runId,
      userId: 'u',
      status: 'FINISHED',
      startTime: runId === 'r' ? 1 : 2,
      endTime: null,
      artifactUri: `x:/${runId}`,
      lifecycleStage: 'active',
    },
    data: {
      metrics: { loss: 0.5 },
      params: { lr: '1' },
      tags: tags[runId] ?? {},
      latestMetrics: [],
    },
    inputs: { datasetInputs: [], modelInputs: [] },
    outputs: { modelOutputs: [] },
  })
  const runs: Pick<MemoryStore, 'getRun' | 'setTag' | 'searchRuns'> = {
    getRun: async (runId) => structuredClone(run(runId)),
    setTag: async (runId, key, value) => {
      tags[runId] = { ...tags[runId], [key]: value }
    },
    searchRuns: async ({ pageToken }) =>
      pageToken === undefined
        ? { items: [run('s')], nextPageToken: 'more' }
        : { items: [run('r')], nextPageToken: null },
  }
  return { host, store: Object.assign(files, runs) }
}

/** A file's bytes as text. */
export async function textOf(store: ArtifactStore, runId: string, path: string): Promise<string> {
  const { readArtifactBytes } = await import('../../../src/artifacts/read.js')
  return new TextDecoder().decode(await readArtifactBytes(store, runId, path))
}
