import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer, type RunningServer } from '../../adapters/node-server.js'
import { openEngine } from '../../src/store/engine.js'
import { pinnedMlflows, runPythonBeside } from './python.js'
import { startMlflowServer, type MlflowServer } from './remote-server.js'

// Traces made, searched and judged with MLflow's own client, against this server and MLflow's: what it reads back must be
// the same, but for ids and clocks.
describe.each(pinnedMlflows().slice(0, 1))('traces of MLflow $version', ({ python }) => {
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

  it('are read from this server as from its own', async () => {
    const [here, there] = [
      await runPythonBeside(python, 'use_traces.py', [ours.url]),
      await runPythonBeside(python, 'use_traces.py', [theirs.url]),
    ]
    expect(here).toEqual(there)
    expect(there).toMatchObject({ raised: true, returned: { total: 22 } })
  })
})
