import { createWriteStream } from 'node:fs'
import { mkdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Tracker } from 'tracklet'
import type { Place, Sample } from './benchmark.js'
import { randomNumbers } from './data.js'
import { mlflowName, runMlflow } from './mlflow.js'
import { addRuns, addSeries, names, openStore } from './stores.js'
import { supply } from './supply.js'

/** What the tree of points has: so many runs, metrics of a run, points of a metric. */
export const TREE = { runs: 1000, keys: 10, points: 1000 } as const

/** What the tree of artifacts has: some large files and many small ones, spread over some runs. 200 MB together. */
export const ARTIFACTS = { runs: 10, large: 3, largeBytes: 40e6, small: 5000, smallBytes: 16e3 }

/** Megabytes of the artifacts. */
export const ARTIFACT_MB =
  (ARTIFACTS.large * ARTIFACTS.largeBytes + ARTIFACTS.small * ARTIFACTS.smallBytes) / 1e6

/** MLflow's name in tables of what goes through a zip. */
export const MLFLOW_ZIP = `${mlflowName('files')}, after Python’s zipfile`

/** The same things in three forms, below one folder, made by tracklet: each is asked for with `formOf`. */
export type Form = 'store' | 'tree' | 'tree.zip'

/** The tree of points. */
export function pointsTree(): Promise<string> {
  return supply('interchange-points', (folder) => make(folder, fillPoints))
}

/** The tree of artifacts. */
export function artifactsTree(): Promise<string> {
  return supply('interchange-artifacts', (folder) => make(folder, fillArtifacts))
}

/** A path to give to others: a store is in `path/store`, a tree in `path/tree/mlruns`. */
export function formOf(folder: string, form: Form): string {
  return join(folder, form)
}

/** An empty folder to measure in, and a way out of it for the next round. */
export async function freshFolder({ folder }: Place): Promise<string> {
  const fresh = join(folder, 'fresh')
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { recursive: true })
  return fresh
}

/** A workload of `vs-mlflow.py` in a folder of its own, where `input` is the supply. */
export async function inPython(
  workload: string,
  place: Place,
  input: string,
  sizes: Readonly<Record<string, number>> = {},
): Promise<Sample | null> {
  const folder = await freshFolder(place)
  await symlink(input, join(folder, 'input'))
  return runMlflow(workload, 'files', { ...place, folder }, sizes)
}

async function make(folder: string, fill: (tracker: Tracker) => Promise<void>): Promise<void> {
  const tracker = await openStore(folder)
  await fill(tracker)
  await tracker.exportTo(formOf(folder, 'tree'))
  await pipeline(tracker.exportZip(), createWriteStream(formOf(folder, 'tree.zip')))
  await tracker.close()
}

async function fillPoints(tracker: Tracker): Promise<void> {
  const ids = await addRuns(tracker, TREE.runs)
  await addSeries(tracker, ids, { keys: names('metric', TREE.keys), points: TREE.points })
}

async function fillArtifacts(tracker: Tracker): Promise<void> {
  const ids = await addRuns(tracker, ARTIFACTS.runs)
  const runs = await Promise.all(ids.map((id) => tracker.openRun(id)))
  const put = (i: number, bytes: number, folder: string, name: string): Promise<void> | undefined =>
    runs[i % runs.length]?.logArtifact(noise(bytes, i), folder, { name })
  for (let i = 0; i < ARTIFACTS.large; i++)
    await put(i, ARTIFACTS.largeBytes, 'model', `weights_${i}.bin`)
  for (let i = 0; i < ARTIFACTS.small; i++)
    await put(ARTIFACTS.large + i, ARTIFACTS.smallBytes, 'images', `${i}.png`)
}

/** Bytes that nothing makes smaller, as those of weights and images. */
function noise(bytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(seed)
  return new Uint8Array(Uint32Array.from({ length: bytes / 4 }, () => random() * 2 ** 32).buffer)
}
