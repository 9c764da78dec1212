import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import type { Experiment } from '../../src/entities/experiment.js'
import type { Run } from '../../src/entities/run.js'
import type { ExportReport } from '../../src/mlruns/export-report.js'
import type { ExportOptions } from '../../src/mlruns/export-options.js'
import { exportRuns } from '../../src/mlruns/export-zip.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore, Store } from '../../src/store/store.js'
import { bits, pinnedMlflows, runPython } from './python.js'
import { artifactsOf, loggedModelsOf, registryOf, tracesOf } from './store-models.js'
import { fillRichStore } from './rich-store.js'

/** What read_mlruns.py prints. */
interface Found {
  readonly version: string
  readonly experiments: readonly { experimentId: string }[]
  readonly runs: readonly FoundRun[]
  readonly tableRows: number
  readonly registry: readonly Named[]
  /** Not in MLflow 2. */
  readonly loggedModels?: readonly Named[]
  readonly traces?: readonly Named[]
  readonly goesOn: unknown
}

/** A thing of the models or traces, with what it is known by. */
type Named = Readonly<Record<string, unknown>>

interface FoundRun {
  readonly info: { readonly runId: string }
  readonly params: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, string>>
  readonly histories: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly datasets: readonly { readonly dataset: { readonly name: string } }[]
  readonly modelInputs?: readonly unknown[]
  readonly modelOutputs?: readonly unknown[]
  readonly artifacts: Readonly<Record<string, readonly [size: number, sha256: string]>>
}

/** A metric with points on datasets, which MLflow reads back with step 0; its other point is then the latest. */
const ON_DATASETS = 'acc'

let folder: string
let zip: string
let store: LocalStore
let experiments: readonly Experiment[]
let runs: readonly Run[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracklet-interop-'))
  zip = join(folder, 'runs.zip')
  store = await openEngine(memoryAdapter())
  await fillRichStore(store)
  experiments = (await store.searchExperiments({ viewType: 'ALL', maxResults: 1000 })).items
  const experimentIds = experiments.map((experiment) => experiment.experimentId)
  runs = (await store.searchRuns({ experimentIds, viewType: 'ALL', maxResults: 1000 })).items
  expect(await exportTo(zip)).toMatchObject({
    experiments: experiments.length,
    runs: runs.length,
    skipped: [],
  })
  expect(runs.length).toBeGreaterThan(30)
})

/** MLflow 2 cannot read points with datasets. */
const OPTIONS: Readonly<Record<string, ExportOptions>> = { 2: { metricDatasets: false } }

async function zipFor(version: string): Promise<string> {
  const options = OPTIONS[version.slice(0, 1)]
  if (options === undefined) return zip
  const own = join(folder, `for ${version}.zip`)
  await exportTo(own, options)
  return own
}

async function exportTo(path: string, options?: ExportOptions): Promise<ExportReport> {
  const { stream, report } = exportRuns(store, options)
  await pipeline(Readable.fromWeb(stream as never), createWriteStream(path))
  return report
}

afterAll(async () => {
  await store?.close()
  await rm(folder, { recursive: true, force: true })
})

describe.each(pinnedMlflows())('MLflow $version reads an exported zip', ({ version, python }) => {
  let found: Found
  let foundRuns: ReadonlyMap<string, FoundRun>

  beforeAll(async () => {
    const args = [await zipFor(version), join(folder, version)]
    found = runPython(python, 'read_mlruns.py', { args }) as Found
    foundRuns = new Map(found.runs.map((run) => [run.info.runId, run]))
  })

  function foundRun(run: Run): FoundRun {
    const match = foundRuns.get(run.info.runId)
    if (!match) throw new Error(`MLflow does not list the run '${run.info.runName}'.`)
    return match
  }

  it('being the version that is pinned', () => {
    expect(found.version).toBe(version)
  })

  it('with every experiment, deleted ones too', () => {
    const expected = experiments.map(({ artifactLocation: _, ...experiment }) => experiment)
    expect(byId(found.experiments)).toEqual(byId(expected))
    expect(experiments.map((experiment) => experiment.lifecycleStage)).toContain('deleted')
  })

  it('with every run, its name, status, times and user', () => {
    expect(found.runs).toHaveLength(runs.length)
    expect(found.tableRows).toBe(runs.length)
    for (const run of runs) {
      const { artifactUri: _, ...info } = run.info
      expect(foundRun(run).info).toEqual(info)
    }
  })

  it('with every param and tag as it was written', () => {
    for (const run of runs) {
      expect(foundRun(run).params).toEqual(run.data.params)
      expect(foundRun(run).tags).toEqual(run.data.tags)
    }
  })

  it('with the same latest metrics, to the last bit', () => {
    const isRead = (key: string): boolean => key !== ON_DATASETS || version.startsWith('2.')
    for (const run of runs) {
      const latest = Object.entries(run.data.metrics).map(([key, value]) => [
        key,
        bits(isRead(key) ? value : 0.25),
      ])
      expect(foundRun(run).metrics).toEqual(Object.fromEntries(latest))
    }
  })

  it('with every point of every metric, to the last bit, steps past 2^53 included', async () => {
    let points = 0
    for (const run of runs) {
      for (const key of Object.keys(run.data.metrics)) {
        const expected = await history(store, run.info.runId, key)
        if (key === ON_DATASETS && !version.startsWith('2.'))
          for (const i of [0, 2]) expected[i]![0] = '0'
        expect(foundRun(run).histories[key]).toEqual(expected)
        points += expected.length
      }
    }
    expect(points).toBeGreaterThan(20_000)
  })

  it('with the datasets of every run', () => {
    for (const run of runs) {
      const { datasetInputs } = run.inputs
      expect(byName(foundRun(run).datasets)).toEqual(byName(datasetInputs))
    }
  })

  it('with every artifact, downloaded and compared', async () => {
    let files = 0
    for (const run of runs) {
      const expected = await artifactsOf(store, run.info.runId)
      expect(foundRun(run).artifacts).toEqual(expected)
      files += Object.keys(expected).length
    }
    expect(files).toBe(7)
  })

  it('with every registered model, prompt and version, their files where they are here', async () => {
    const expected = (await registryOf(store)).map((model) => ({
      ...model,
      versions: model.versions.map(({ modelId, ...version }) =>
        found.traces === undefined ? version : { ...version, modelId },
      ),
    }))
    expect(sorted(found.registry, 'name')).toEqual(sorted(expected, 'name'))
    expect(expected.flatMap(({ versions }) => versions)).toHaveLength(3)
  })

  it.skipIf(version.startsWith('2.'))(
    'with every logged model, its metrics and files',
    async () => {
      const expected = await loggedModelsOf(store, experiments)
      expect(sorted(found.loggedModels ?? [], 'modelId')).toEqual(sorted(expected, 'modelId'))
      expect(expected).toHaveLength(6)
    },
  )

  it.skipIf(version.startsWith('2.'))('with the models that runs have used and made', () => {
    let links = 0
    for (const run of runs) {
      const { modelInputs, modelOutputs } = foundRun(run)
      expect(modelInputs).toEqual(run.inputs.modelInputs)
      expect(byModelId(modelOutputs ?? [])).toEqual(byModelId(run.outputs.modelOutputs))
      links += run.inputs.modelInputs.length + run.outputs.modelOutputs.length
    }
    expect(links).toBe(6)
  })

  it.skipIf(version.startsWith('2.'))('with every trace, its spans and assessments', async () => {
    const expected = await tracesOf(store, experiments)
    expect(sorted(found.traces ?? [], 'traceId')).toEqual(sorted(expected, 'traceId'))
    expect(expected).toHaveLength(4)
  })

  it('and goes on logging into it', () => {
    expect(found.goesOn).toEqual(['5', 0.5, ['more.txt']])
  })

  it('from any working directory, when the artifact root was given', async () => {
    const absolute = join(folder, `${version} äbs`)
    const moved = `${absolute}.zip`
    const artifactRoot = pathToFileURL(join(absolute, 'mlruns')).href
    await exportTo(moved, { ...OPTIONS[version.slice(0, 1)], artifactRoot })
    const again = runPython(python, 'read_mlruns.py', {
      args: [moved, absolute, tmpdir()],
    }) as Found
    const artifacts = (all: Found) =>
      Object.fromEntries(all.runs.map((run) => [run.info.runId, run.artifacts]))
    expect(artifacts(again)).toEqual(artifacts(found))
    expect(again.goesOn).toEqual(found.goesOn)
  })
})

function byId<T extends { experimentId: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.experimentId < b.experimentId ? -1 : 1))
}

function byName<T extends { dataset: { name: string } }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => (a.dataset.name < b.dataset.name ? -1 : 1))
}

async function history(from: Store, runId: string, key: string): Promise<string[][]> {
  const { steps, timestamps, values } = await from.getMetricColumns({ runId, key })
  return [...values].map((value, i) => [String(steps[i]), String(timestamps[i]), bits(value)])
}

function sorted<T extends Named>(items: readonly T[], key: string): T[] {
  return [...items].sort((a, b) => (String(a[key]) < String(b[key]) ? -1 : 1))
}

function byModelId(items: readonly unknown[]): Named[] {
  return sorted(items as readonly Named[], 'modelId')
}
