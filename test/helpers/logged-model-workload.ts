import type { LocalStore } from '../../src/store/store.js'
import { writeFile } from './write-file.js'

type Operation = (store: LocalStore) => Promise<unknown>

/** Calls about logged models, for `workload`: most find something. `anyRun` gives the id of a run. */
export function loggedModelCalls(
  anyRun: (at: number) => string,
): (at: number, n: number) => Operation {
  const models: string[] = []
  return (at, n) => {
    const modelId = (): string => models[n % Math.max(1, models.length)] ?? 'm-none'
    const create: Operation = async (store) => {
      const made = await store.createLoggedModel({
        experimentId: '0',
        name: `logged ${at}`,
        sourceRunId: anyRun(n),
        params: [['p', `${at}`]],
        tags: [['t', `${at}`]],
      })
      models.push(made.modelId)
    }
    const calls: Operation[] = [
      create,
      create,
      (store) => store.finalizeLoggedModel(modelId(), at % 2 === 0 ? 'READY' : 'FAILED'),
      (store) => store.setLoggedModelTags(modelId(), [[`tag ${at % 3}`, `${at}`]]),
      (store) => store.deleteLoggedModelTag(modelId(), 't'),
      (store) => store.logLoggedModelParams(modelId(), [[`param ${at % 3}`, `${at % 2}`]]),
      (store) => store.logOutputs(anyRun(at), [{ modelId: modelId(), step: at }]),
      (store) => store.logInputs(anyRun(at), [], [{ modelId: modelId() }]),
      (store) =>
        store.logMetric(anyRun(at), {
          key: `m${at % 3}`,
          value: at / 3,
          timestamp: at,
          step: at % 11,
          modelId: modelId(),
        }),
      (store) => writeFile(store, modelId(), `model/${at % 3}.txt`, `text ${at % 6}`),
      (store) => store.deleteArtifacts(modelId(), `model/${at % 3}.txt`),
      async (store) => {
        if (at % 3 === 0) await store.deleteLoggedModel(modelId())
      },
      async (store) => {
        if (at % 2 === 0) await store.purgeLoggedModel(modelId())
      },
    ]
    return calls[n % calls.length] ?? create
  }
}
