import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { nodeImports } from '../../adapters/node-import.js'
import { createTracker, type Tracker } from '../../src/client/tracker.js'
import type { Run } from '../../src/entities/run.js'
import type { ImportReport } from '../../src/import/report.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore, Store } from '../../src/store/store.js'
import { bits, pinnedMlflows, runPython } from './python.js'

/** What make_mlflow_db.py prints. */
interface Made {
  readonly version: string
  readonly experiments: readonly { readonly experimentId: string }[]
  readonly runs: readonly MadeRun[]
  readonly models: readonly MadeModel[]
}

interface MadeRun {
  readonly info: { readonly runId: string; readonly experimentId: string }
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, string>>
  readonly histories: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly datasets: readonly { readonly dataset: { readonly name: string } }[]
  readonly artifacts: Readonly<Record<string, readonly [size: number, sha256: string]>>
}

interface MadeModel {
  readonly name: string
  readonly versions: readonly { readonly version: string }[]
  readonly download: Readonly<Record<string, string>>
}

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
  let runs: ReadonlyMap<string, Run>

  beforeAll(async () => {
    folder = join(root, version)
    made = runPython(python, 'make_mlflow_db.py', { args: [folder] }) as Made
    imported = await openStore()
    report = await imported.tracker.importFrom(join(folder, 'mlflow.db'))
    runs = await allRuns(imported.store)
  })

  afterAll(() => imported?.tracker.close())

  it('being the version that is pinned', () => {
    expect(made.version).toBe(version)
  })

  it('telling all that was taken, and of each doubt once', () => {
    expect(report.experiments).toEqual({ added: 5, skipped: 1, replaced: 0 })
    expect(report.runs).toEqual({ added: made.runs.length, skipped: 0, replaced: 0 })
    expect(report.registeredModels).toEqual({ added: 3, skipped: 0, replaced: 0 })
    expect(report.doubts.map(({ path }) => path.replace(/[0-9a-f]{32}/, 'RUN')).sort()).toEqual([
      'experiments/1/RUN/metrics/odd/key with. -chars',
      'experiments/4/artifacts',
    ])
  })

  it('with every experiment, deleted ones too', async () => {
    const { items } = await imported.store.searchExperiments({ viewType: 'ALL', maxResults: 100 })
    expect(byKey(items, 'experimentId')).toEqual(byKey(made.experiments, 'experimentId'))
  })

  it('with every run, its name, status, times and user, its params and tags', () => {
    expect(runs.size).toBe(made.runs.length)
    for (const { info, params, tags } of made.runs) {
      const run = runs.get(info.runId)!
      const { artifactUri: _, ...own } = run.info
      expect(own).toEqual(info)
      expect(run.data.params).toEqual(params)
      expect(run.data.tags).toEqual(tags)
    }
  })

  it('with every point of every metric, to the last bit, steps past 2^53 included', async () => {
    let points = 0
    for (const { info, metrics, histories } of made.runs) {
      const run = runs.get(info.runId)!
      const latest = Object.entries(run.data.metrics).map(([key, value]) => [key, bits(value)])
      expect(Object.fromEntries(latest)).toEqual(metrics)
      for (const [key, history] of Object.entries(histories)) {
        expect(await historyOf(imported.store, info.runId, key)).toEqual([...history].sort(byText))
        points += history.length
      }
    }
    expect(points).toBe(900 + 7 + 3)
    expect(report.points).toBe(points)
  })

  it('with the datasets of every run', () => {
    const name = (input: { readonly dataset: { readonly name: string } }): string =>
      input.dataset.name
    for (const { info, datasets } of made.runs) {
      const own = runs.get(info.runId)!.inputs.datasetInputs
      expect([...own].sort((a, b) => byText(name(a), name(b)))).toEqual(
        [...datasets].sort((a, b) => byText(name(a), name(b))),
      )
    }
  })

  it('with every artifact that a folder beside it has', async () => {
    const expected = made.runs.flatMap(({ artifacts }) => Object.keys(artifacts))
    for (const { info, artifacts } of made.runs)
      expect(await artifactsOf(imported.store, info.runId)).toEqual(artifacts)
    expect(expected.length).toBe(16)
    expect(report.artifacts).toBe(16)
  })

  it('with the model registry', async () => {
    for (const { versions, download, ...model } of made.models) {
      const { latestVersions: _, ...own } = await imported.store.getRegisteredModel(model.name)
      expect(own).toEqual(model)
      for (const version of versions) {
        const { modelId: __, ...found } = await imported.store.getModelVersion(
          model.name,
          version.version,
        )
        expect({ ...found, aliases: [...found.aliases].sort() }).toEqual(version)
        expect(await imported.store.getModelVersionDownloadUri(model.name, version.version)).toBe(
          download[version.version],
        )
      }
    }
    const next = await imported.store.createModelVersion('model ü', { source: 's3://b/y' })
    expect(next.version).toBe('5')
  })

  it('and nothing more when it is imported again', async () => {
    const again = await imported.tracker.importFrom(join(folder, 'mlflow.db'))
    expect(again.experiments.added + again.runs.added + again.registeredModels.added).toBe(0)
    expect(again.runs.skipped).toBe(made.runs.length)
    expect((await allRuns(imported.store)).size).toBe(made.runs.length)
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
    expect(await count(path, { artifacts: join(folder, 'mlruns') })).toEqual([
      ...whole.slice(0, 2),
      8,
    ])
    await rename(join(folder, 'mlartifacts'), join(folder, 'destination'))
    const served = await count(path, { artifacts: join(folder, 'destination') })
    expect(served).toEqual([...whole.slice(0, 2), 4])
  })
})

async function allRuns(from: Store): Promise<ReadonlyMap<string, Run>> {
  const experiments = await from.searchExperiments({ viewType: 'ALL', maxResults: 100 })
  const experimentIds = experiments.items.map(({ experimentId }) => experimentId)
  const { items } = await from.searchRuns({ experimentIds, viewType: 'ALL', maxResults: 1000 })
  return new Map(items.map((run) => [run.info.runId, run]))
}

function byKey<T extends Readonly<Record<K, string>>, K extends string>(
  items: readonly T[],
  key: K,
): T[] {
  return [...items].sort((a, b) => byText(a[key], b[key]))
}

/** An order for comparing, of texts and of lists of them. */
function byText(a: string | readonly string[], b: string | readonly string[]): number {
  return String(a) < String(b) ? -1 : 1
}

async function historyOf(from: Store, runId: string, key: string): Promise<string[][]> {
  const { steps, timestamps, values } = await from.getMetricColumns({ runId, key })
  const points = [...values].map((value, i) => [
    String(steps[i]),
    String(timestamps[i]),
    bits(value),
  ])
  return points.sort(byText)
}

async function artifactsOf(
  from: Store,
  runId: string,
  path?: string,
): Promise<Record<string, readonly [number | null, string]>> {
  const found: Record<string, readonly [number | null, string]> = {}
  for (const file of await from.listArtifacts(runId, path)) {
    if (file.isDir) Object.assign(found, await artifactsOf(from, runId, file.path))
    else found[file.path] = [file.fileSize, await sha256(from, runId, file.path)]
  }
  return found
}

async function sha256(from: Store, runId: string, path: string): Promise<string> {
  const hash = createHash('sha256')
  const { handle } = await from.openRead(runId, path)
  for (let part = await from.read(handle); part !== null; part = await from.read(handle))
    hash.update(part)
  return hash.digest('hex')
}
