import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { startServer, type RunningServer } from '../../adapters/node-server.js'
import { openEngine } from '../../src/store/engine.js'
import { pinnedMlflows, runPythonBeside } from './python.js'
import { startMlflowServer, type MlflowServer } from './remote-server.js'

// Scripts of MLflow's own clients, played against this server and against MLflow's: what they read back must be the same.
const [newest, ...older] = pinnedMlflows()
let ours: RunningServer
let theirs: MlflowServer

beforeAll(async () => {
  theirs = await startMlflowServer(newest!.python)
})
afterAll(() => theirs.stop())
beforeEach(async () => {
  await theirs.empty()
  ours = await startServer({ store: await openEngine(memoryAdapter()), port: 0 })
})
afterEach(() => ours.close())

/** What a script reads from this server and from MLflow's, at the same time. */
function readBoth(python: string, script: string): Promise<readonly [unknown, unknown]> {
  return Promise.all([
    runPythonBeside(python, script, [ours.url]),
    runPythonBeside(python, script, [theirs.url]),
  ])
}

describe(`the Python client of MLflow ${newest?.version}`, () => {
  it('reads from this server what it reads from its own', async () => {
    const [here, there] = await readBoth(newest!.python, 'use_client.py')
    expect(here).toEqual(there)
    expect(here).toMatchObject({ status: 'FINISHED', text: 'hello', fourth: ['4', '2'] })
  })

  it('logs, registers, loads, evaluates and finds models here as with its own server', async () => {
    const [here, there] = await readBoth(newest!.python, 'use_models.py')
    expect(here).toEqual(there)
    expect(here).toMatchObject({ pyfunc: [true, {}, '<m2>'], left: ['made2', 'made1', 'made0'] })
  })
})

// Releases before MLflow 3 know no logged models: their models are files of runs. The server is the newest.
describe.each(older)('the Python client of MLflow $version', ({ python }) => {
  it('logs, registers, loads and evaluates models here as with MLflow’s server', async () => {
    const [here, there] = await readBoth(python, 'use_run_models.py')
    expect(here).toEqual(there)
    expect(here).toMatchObject({ predictions: { 'models:/Iris/1': true } })
  })
})
