import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer, type RunningServer } from '../../adapters/node-server.js'
import { openEngine } from '../../src/store/engine.js'
import { pinnedMlflows, runPythonBeside } from './python.js'
import { startMlflowServer, type MlflowServer } from './remote-server.js'

// A script of MLflow's own client, played against this server and against MLflow's: what it reads back must be the same.
describe.each(pinnedMlflows().slice(0, 1))('the Python client of MLflow $version', ({ python }) => {
  let ours: RunningServer
  let theirs: MlflowServer

  beforeAll(async () => {
    theirs = await startMlflowServer(python)
    ours = await startServer({ store: await openEngine(memoryAdapter()), port: 0 })
  })
  afterAll(async () => {
    await ours.close()
    await theirs.stop()
  })

  it('reads from this server what it reads from its own', async () => {
    const [here, there] = [
      await runPythonBeside(python, 'use_client.py', [ours.url]),
      await runPythonBeside(python, 'use_client.py', [theirs.url]),
    ]
    expect(here).toEqual(there)
    expect(here).toMatchObject({ status: 'FINISHED', text: 'hello', fourth: ['4', '2'] })
  })
})
