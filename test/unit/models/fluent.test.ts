import { expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { createFluent } from '../../../src/client/fluent.js'
import { createTracker, openEngine } from '../../../src/index.js'
import { codeOf } from '../../contract/client/helpers.js'

it('the fluent registerModel sees what the active run has just logged', async () => {
  const { fluent: mlflow } = createFluent({
    openTracker: async () => createTracker(await openEngine(memoryAdapter())),
    defaultUri: () => 'memory:default',
    scope: { current: () => undefined },
    env: { get: () => undefined, set: () => undefined, delete: () => undefined },
  })
  try {
    const run = await mlflow.startRun()
    const uri = `runs:/${run.id}/net`
    expect(await codeOf(() => mlflow.registerModel(uri, 'net'))).toBe('RESOURCE_DOES_NOT_EXIST')
    await mlflow.logText('flavors: {}', 'net/MLmodel')
    const version = await mlflow.registerModel(uri, 'net', { tags: { a: 1 } })
    expect(version).toMatchObject({ name: 'net', version: '1', runId: run.id, tags: { a: '1' } })
  } finally {
    await mlflow.close()
  }
})
