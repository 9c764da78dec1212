import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import {
  ARTIFACT_MB,
  ARTIFACTS,
  artifactsTree,
  formOf,
  freshFolder,
  inPython,
  MLFLOW_ZIP,
  type Form,
} from './harness/interchange.js'
import { mlflowName } from './harness/mlflow.js'
import { peakMemory } from './harness/peak-memory.js'
import { timed, verify } from './harness/statistics.js'
import { openStore } from './harness/stores.js'

/** A tree with large files and many small ones, brought in; and copied out of a tree by MLflow. */
export const importArtifacts: Benchmark = {
  name: 'import-artifacts',
  title: 'Import of 200 MB of artifacts',
  note: '3 files of 40 MB and 5,000 of 16 KB in 10 runs, of bytes that nothing makes smaller; the zip holds them as they are. tracklet: into an empty store on disk, each file hashed, until the store is closed. MLflow: download_artifacts of every run to another folder; from the zip, zipfile.extractall before it. Memory: most resident, of the process that does it.',
  measures: [
    { name: 'taken in', unit: 'MB/s', better: 'more' },
    { name: 'peak memory', unit: 'MB', better: 'less' },
  ],
  contestants: [
    ours('tracklet, zip', 'tree.zip'),
    ours('tracklet, folder', 'tree'),
    python(MLFLOW_ZIP, 'copy-zip'),
    python(mlflowName('files'), 'copy-tree'),
    python('limit: Python’s zipfile, extractall alone', 'extract'),
  ],
  targets: [],
}

function ours(name: string, form: Form): Contestant {
  return { name, ours: true, prepare, measure: (place) => measure(place, form) }
}

function python(name: string, workload: string): Contestant {
  return {
    name,
    prepare,
    measure: async (place) => {
      const found = await inPython(workload, place, await artifactsTree(), { mb: ARTIFACT_MB })
      return found && rates(found['seconds'] ?? NaN, found['memory'] ?? NaN)
    },
  }
}

/** Made before anything is measured: whose process makes it, has its memory. */
async function prepare(): Promise<void> {
  await artifactsTree()
}

async function measure(place: Place, form: Form): Promise<Sample> {
  const input = await artifactsTree()
  const tracker = await openStore(await freshFolder(place))
  let [files, bytes] = [0, 0]
  const ms = await timed(async () => {
    const report = await tracker.importFrom(formOf(input, form))
    files = report.artifacts
    bytes = report.artifactBytes
    await tracker.close()
  })
  verify('files', files, ARTIFACTS.large + ARTIFACTS.small)
  verify('megabytes', bytes / 1e6, ARTIFACT_MB)
  return rates(ms / 1000, peakMemory())
}

function rates(seconds: number, memory: number): Sample {
  return { 'taken in': ARTIFACT_MB / seconds, 'peak memory': memory }
}
