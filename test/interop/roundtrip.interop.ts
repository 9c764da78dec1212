import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { openTracker, type ExportReport, type ImportReport, type Tracker } from 'tracklet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pinnedMlflows, runPythonBeside } from './python.js'

/** What make_mlruns.py prints for the reader; these are told here too. */
type Made = Readonly<Record<'version' | 'run' | 'refused' | 'elsewhere', string>>

/** What read_round_trip.py prints: what there is, and what came of going on with it. */
interface Read {
  readonly found: Found
  readonly goesOn: Readonly<Record<string, unknown>>
}

/** By kind, and by id. */
type Found = Readonly<Record<string, unknown>> & {
  readonly version: string
  readonly experiments: Readonly<Record<string, unknown>>
  readonly runs: Readonly<Record<string, FoundRun>>
  readonly artifacts: Readonly<Record<string, FoundFiles>>
  readonly traces: Readonly<Record<string, { readonly spans: readonly FoundSpan[] }>>
  readonly loggedModels?: Readonly<Record<string, { readonly files: object }>>
}

interface FoundRun {
  readonly histories: Readonly<Record<string, readonly (readonly string[])[]>>
}

interface FoundFiles {
  readonly listed: Readonly<Record<string, unknown>>
  readonly files: Readonly<Record<string, unknown>>
}

interface FoundSpan {
  readonly context?: { readonly trace_id: string }
}

const ELSEWHERE = 's3://bucket/räume/ß'

let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tracklet round-trip ü '))
})

afterAll(() => rm(root, { recursive: true, force: true }))

describe.each(pinnedMlflows())('what MLflow $version has written, through tracklet', (mlflow) => {
  const { version, python } = mlflow
  const isOld = version.startsWith('2.')
  let folder: string
  let made: Made
  let imported: ImportReport
  let exported: ExportReport
  let before: Read
  let after: Read
  let inFolder: Read

  beforeAll(async () => {
    folder = join(root, version)
    const packed = join(root, `${version}.zip`)
    made = (await runPythonBeside(python, 'make_mlruns.py', [folder, packed])) as Made
    const tracker = await openTracker('memory:')
    imported = await tracker.importFrom(packed)
    const out = `${folder} out`
    await exportZip(tracker, `${out}.zip`, out)
    exported = await tracker.exportTo(`${folder} plain`)
    await tracker.close()
    ;[before, after, inFolder] = await Promise.all([
      read(folder),
      read(out, `${out}.zip`),
      read(`${folder} plain`),
    ])
  })

  async function read(place: string, zip?: string): Promise<Read> {
    const args = [place, JSON.stringify(made), ...(zip === undefined ? [] : [zip])]
    return (await runPythonBeside(python, 'read_round_trip.py', args)) as Read
  }

  it('was written and read by the version that is pinned', () => {
    expect([made.version, before.found.version, after.found.version]).toEqual(
      Array(3).fill(version),
    )
  })

  it('is rich', () => {
    const { experiments, runs, traces, loggedModels = {} } = before.found
    expect(Object.keys(experiments)).toHaveLength(11)
    expect(Object.keys(runs).length).toBeGreaterThan(13)
    expect(runs[made.run]!.histories['loss']!.length).toBeGreaterThanOrEqual(2000)
    expect(Object.keys(traces)).toHaveLength(3)
    expect(Object.keys(loggedModels)).toHaveLength(isOld ? 0 : 5)
    expect(Object.keys(before.found.artifacts[made.run]!.files).length).toBeGreaterThan(120)
  })

  it('comes in whole, with `~` for `#` in names of files', () => {
    expect(imported.doubts.map(({ path }) => path)).toHaveLength(isOld ? 3 : 1)
    for (const { path } of imported.doubts) expect(path).toMatch(`${made.refused}/artifacts/`)
    for (const { path, reason } of imported.doubts) {
      expect(path).toContain('#')
      expect(reason).toContain('taken as')
    }
    expect(imported.runs.added).toBe(Object.keys(before.found.runs).length)
  })

  it('goes out whole', () => {
    expect(exported.skipped).toEqual([])
    const { artifacts, points, runs, traces, registeredModels } = exported
    expect([artifacts, points, runs]).toEqual([
      imported.artifacts,
      imported.points,
      imported.runs.added,
    ])
    expect([traces, registeredModels]).toEqual([
      imported.traces.added,
      imported.registeredModels.added,
    ])
  })

  it('is the same in every search, history, file, model, version and trace', () => {
    const expected = settled(before.found, made)
    expect(settled(after.found, made)).toEqual(expected)
    expect(settled(inFolder.found, made)).toEqual(expected)
  })

  it('goes on: runs, versions with the next number, stages, aliases, prompts and traces', () => {
    expect(before.goesOn).toMatchObject({
      ...{ version: '6', prompt: '3', loss: 0.25, tag: 'yes', text: 'more', spans: [2] },
      ...{ files: ['next.txt'], stages: ['Archived', 'Production'] },
    })
    expect(after.goesOn).toEqual(before.goesOn)
    expect(inFolder.goesOn).toEqual(before.goesOn)
  })
})

async function exportZip(tracker: Tracker, zip: string, folder: string): Promise<void> {
  const artifactRoot = pathToFileURL(join(folder, 'mlruns')).href
  const stream = tracker.exportZip({ artifactRoot })
  await pipeline(Readable.fromWeb(stream as never), createWriteStream(zip))
}

/** What MLflow found, without what is known to differ. */
function settled(found: Found, made: Made): object {
  const { [made.refused]: refused, ...artifacts } = found.artifacts
  return {
    ...withPlaces(found, made),
    runs: mapped(withPlaces(found.runs, made) as Found['runs'], withoutOrder),
    artifacts,
    refused: refused && withoutHashes(refused),
    traces: mapped(found.traces, ({ spans, ...trace }) => ({ ...trace, spans: spans.map(ownId) })),
    ...(found.loggedModels && { loggedModels: mapped(found.loggedModels, withFolder) }),
  }
}

/** Artifacts kept elsewhere are not in the tree: what comes later is kept in it. */
function withPlaces(found: object, { elsewhere }: Made): object {
  return JSON.parse(JSON.stringify(found).replaceAll(ELSEWHERE, `ROOT/${elsewhere}`)) as object
}

/** Points are written in order of step and time, not as they came. */
function withoutOrder(run: FoundRun): FoundRun {
  const histories = mapped(run.histories, (points) =>
    [...points].sort((a, b) => (String(a) < String(b) ? -1 : 1)),
  )
  return { ...run, histories }
}

/** Files with `#` in their names come with `~`. */
function withoutHashes({ listed, files }: FoundFiles): FoundFiles {
  const without = (all: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name.replaceAll('#', '~'), one]))
  return { listed: without(listed), files: without(files) } as FoundFiles
}

/** A trace's spans bear its own id: those of MLflow 2 have had another one for OpenTelemetry. */
function ownId({ context, ...span }: FoundSpan): object {
  if (context === undefined) return span
  const { trace_id: _, ...rest } = context
  return { ...span, context: rest }
}

/** MLflow makes a logged model's folder of files with the first one, and tracklet always. */
function withFolder({ files, ...model }: { readonly files: object }): object {
  return { ...model, files: 'error' in files ? {} : files }
}

function mapped<T, U>(
  all: Readonly<Record<string, T>>,
  map: (one: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(all).map(([key, one]) => [key, map(one)]))
}
