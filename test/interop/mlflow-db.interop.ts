import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { nodeImports } from '../../adapters/node-import.js'
import { createTracker, type Tracker } from '../../src/client/tracker.js'
import type { ImportReport } from '../../src/import/report.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import type { Made } from '../unit/mlflow-db/as-made.js'
import { checkMade } from '../unit/mlflow-db/check-made.js'
import { pinnedMlflows, runPython } from './python.js'

interface Imported {
  readonly store: LocalStore
  readonly tracker: Tracker
}

let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracklet-interop-'))
})

afterAll(() => rm(root, { recursive: true, force: true }))

async function openStore(): Promise<Imported> {
  const store = await openEngine(memoryAdapter())
  return { store, tracker: createTracker(store, { imports: nodeImports() }) }
}

describe.each(pinnedMlflows())('tracklet reads a database of MLflow $version', (mlflow) => {
  const { version, python } = mlflow
  let folder: string
  let made: Made
  let imported: Imported
  let report: ImportReport

  beforeAll(async () => {
    folder = join(root, version)
    made = runPython(python, 'make_mlflow_db.py', { args: [folder] }) as Made
    imported = await openStore()
    report = await imported.tracker.importFrom(join(folder, 'mlflow.db'))
  })

  afterAll(() => imported?.tracker.close())

  it('being the version that is pinned', () => {
    expect(made.version).toBe(version)
  })

  checkMade(() => ({ store: imported.store, report, made }))

  it('with the numbers of versions that were deleted, which are not given again', async () => {
    const next = await imported.store.createModelVersion('model ü', { source: 's3://b/y' })
    expect(next.version).toBe('5')
  })

  it('and nothing more when it is imported again', async () => {
    const again = await imported.tracker.importFrom(join(folder, 'mlflow.db'))
    expect(again.experiments.added + again.runs.added + again.registeredModels.added).toBe(0)
    expect(again.loggedModels.added + again.traces.added).toBe(0)
    expect(again.runs.skipped).toBe(made.runs.length)
  })

  it('from the folder, as bytes, and with another folder of artifacts', async () => {
    const count = async (...args: Parameters<Tracker['importFrom']>) => {
      const { store, tracker } = await openStore()
      const { artifacts, points, runs: counts } = await tracker.importFrom(...args)
      await store.close()
      return [counts.added, points, artifacts]
    }
    const whole = [made.runs.length, report.points, report.artifacts]
    const path = join(folder, 'mlflow.db')
    const bytes = new Uint8Array(await readFile(path))
    expect(await count(folder)).toEqual(whole)
    expect(await count(bytes)).toEqual([made.runs.length, report.points, 0])
    expect(await count(bytes, { artifacts: folder })).toEqual(whole)
    const ofModels = made.loggedModels.flatMap(({ artifacts }) => Object.keys(artifacts)).length
    expect(await count(path, { artifacts: join(folder, 'mlruns') })).toEqual([
      ...whole.slice(0, 2),
      8 + ofModels,
    ])
    await rename(join(folder, 'mlartifacts'), join(folder, 'destination'))
    const served = await count(path, { artifacts: join(folder, 'destination') })
    expect(served).toEqual([...whole.slice(0, 2), 4])
  })
})
