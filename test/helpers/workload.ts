import type { LocalStore } from '../../src/store/store.js'
import { loggedModelCalls } from './logged-model-workload.js'
import { seededRandom } from './random.js'
import { writeFile } from './write-file.js'

/** One awaited call. */
export type Operation = (store: LocalStore) => Promise<unknown>

/**
 * A seeded list of calls that touch every kind of state: experiments, runs, params, tags, inputs, metrics of few
 * and of many points, artifacts, logged models, deletion, restoring, purging and checkpoints. Calls may be refused; they must
 * then leave no trace. The ids of runs are found out while running, so the list works on one store at a time.
 */
export function workload(seed: number, length: number): Operation[] {
  const random = seededRandom(seed)
  const pick = (n: number): number => Math.floor(random() * n)
  const runs: string[] = []
  const experiments: string[] = ['0']
  const anyRun = (at: number): string => runs[at % Math.max(1, runs.length)] ?? 'none'
  const loggedModelCall = loggedModelCalls(anyRun)
  const kinds: ((at: number, n: number) => Operation)[] = [
    (at) => async (store) => {
      experiments.push(await store.createExperiment(`experiment ${at}`, { tags: [['k', `${at}`]] }))
    },
    (at, n) => async (store) => {
      const experimentId = experiments[n % experiments.length] ?? '0'
      const run = await store.createRun({
        experimentId,
        startTime: 1_700_000_000_000 + at,
        runName: `run ${at}`,
      })
      runs.push(run.info.runId)
    },
    (at, n) => (store) => store.logParam(anyRun(n), `param ${at % 7}`, `${at % 3}`),
    (at, n) => (store) => store.setTag(anyRun(n), `tag ${at % 5}`, `value ${at}`),
    (at, n) => (store) =>
      store.logMetric(anyRun(n), {
        key: `m${at % 3}`,
        value: at / 3,
        timestamp: at,
        step: at % 11,
      }),
    (at, n) => (store) => store.logBuffered({ ops: [], points: manyPoints(anyRun(n), at) }),
    (at, n) => (store) =>
      store.logInputs(anyRun(n), [
        {
          dataset: {
            name: `d${at % 2}`,
            digest: 'abc',
            sourceType: 'local',
            source: 's',
            schema: null,
            profile: null,
          },
          tags: { 'mlflow.data.context': 'train' },
        },
      ]),
    (at, n) => (store) => writeFile(store, anyRun(n), `dir/${at % 4}.txt`, `text ${at % 6}`),
    (at, n) => (store) => store.deleteArtifacts(anyRun(n), `dir/${at % 4}.txt`),
    (_, n) => (store) =>
      store.updateRun(anyRun(n), { status: 'FINISHED', endTime: 1_700_000_100_000 }),
    (_, n) => (store) => store.deleteRun(anyRun(n)),
    (_, n) => (store) => store.restoreRun(anyRun(n)),
    (_, n) => async (store) => {
      const runId = anyRun(n)
      if (n % 4 === 0) await store.purgeRun(runId)
    },
    registryCall,
    registryCall,
    loggedModelCall,
    loggedModelCall,
    (_, n) => async (store) => {
      if (n % 3 === 0) await store.checkpoint()
    },
  ]
  const start = [kinds[1], kinds[1], kinds[0], kinds[1]] as const
  return Array.from({ length }, (_, at) => {
    const kind = start[at] ?? kinds[pick(kinds.length)]
    const operation = kind?.(at, pick(1_000))
    return operation ?? (() => Promise.resolve())
  })
}

/** A call of the model registry, over three names and few versions: most find something. */
function registryCall(at: number, n: number): Operation {
  const name = `model ${n % 3}`
  const version = 1 + (at % 3)
  const source = n % 5 === 0 ? `models:/model ${at % 3}/latest` : `s3://bucket/${at}`
  const create: Operation = (store) =>
    store.createModelVersion(name, { source, tags: [['at', `${at}`]], description: `${at}` })
  const calls: Operation[] = [
    (store) => store.createRegisteredModel(name, { description: `${at}`, tags: [['k', `${at}`]] }),
    create,
    create,
    (store) => store.setRegisteredModelTag(name, `tag ${at % 4}`, `${at}`),
    (store) => store.deleteRegisteredModelTag(name, `tag ${at % 4}`),
    (store) => store.setRegisteredModelAlias(name, `alias-${at % 2}`, version),
    (store) => store.deleteRegisteredModelAlias(name, `alias-${at % 2}`),
    (store) => store.updateRegisteredModel(name, at % 2 === 0 ? null : `${at}`),
    (store) => store.updateModelVersion(name, version, `${at}`),
    (store) => store.setModelVersionTag(name, version, `tag ${at % 4}`, `${at}`),
    (store) => store.deleteModelVersionTag(name, version, 'at'),
    (store) =>
      store.transitionModelVersionStage(name, version, at % 2 === 0 ? 'staging' : 'Production', {
        archiveExistingVersions: n % 2 === 0,
      }),
    (store) => store.deleteModelVersion(name, version),
    (store) => store.renameRegisteredModel(name, `model ${at % 3}`),
    async (store) => {
      if (n % 4 === 0) await store.deleteRegisteredModel(name)
    },
  ]
  return calls[Math.floor(n / 3) % calls.length] ?? create
}

function manyPoints(runId: string, at: number): Parameters<LocalStore['logBuffered']>[0]['points'] {
  const length = 1 + (at % 50)
  return {
    runs: [runId],
    keys: ['loss', 'accuracy'],
    run: new Uint32Array(length),
    key: Uint32Array.from({ length }, (_, i) => i % 2),
    steps: Float64Array.from({ length }, (_, i) => i),
    timestamps: Float64Array.from({ length }, (_, i) => at * 1_000 + i),
    values: Float64Array.from({ length }, (_, i) => (i % 9 === 8 ? NaN : at / (i + 1))),
  }
}
