import { join } from 'node:path'
import type { Benchmark, Contestant, Place, Sample } from './harness/benchmark.js'
import { folderSize } from './harness/folder-size.js'
import {
  formOf,
  freshFolder,
  inPython,
  MLFLOW_ZIP,
  pointsTree,
  TREE,
  type Form,
} from './harness/interchange.js'
import { mlflowName } from './harness/mlflow.js'
import { peakMemory } from './harness/peak-memory.js'
import { timed, verify } from './harness/statistics.js'
import { openStore } from './harness/stores.js'

const FROM_ZIP = 'tracklet, zip'
const FROM_TREE = 'tracklet, folder'
const FROM_FILES = mlflowName('files')
const POINTS = TREE.runs * TREE.keys * TREE.points
/** MLflow reads the histories of so many runs. */
const SAMPLE = 100

/** A tree of MLflow's files, brought in; and read by MLflow. */
export const importTree: Benchmark = {
  name: 'import-tree',
  title: 'Import of 1,000 runs, 10 metrics of 1,000 points each, from a tree of MLflow’s files',
  note: `The tree and its zip are made by tracklet’s export. tracklet: into an empty store on disk, until that is closed. MLflow: search_runs, all pages, and get_metric_history of every metric; of ${SAMPLE} runs, and scaled, unless --full. From the zip: zipfile.extractall before it. Files: their bytes, unpacked. Memory: most resident, of the process that does it.`,
  measures: [
    { name: 'taken in', unit: 'runs/s', better: 'more' },
    { name: 'files', unit: 'MB/s', better: 'more' },
    { name: 'peak memory', unit: 'MB', better: 'less' },
  ],
  contestants: [
    ours(FROM_ZIP, 'tree.zip'),
    ours(FROM_TREE, 'tree'),
    python(MLFLOW_ZIP, 'read-zip'),
    python(FROM_FILES, 'read-tree'),
    python('limit: Python’s zipfile, extractall alone', 'extract'),
  ],
  targets: [
    { measure: 'taken in', of: FROM_ZIP, against: MLFLOW_ZIP, times: 10 },
    { measure: 'taken in', of: FROM_TREE, against: FROM_FILES, times: 10 },
  ],
}

function ours(name: string, form: Form): Contestant {
  return { name, ours: true, prepare, measure: (place) => measure(place, form) }
}

function python(name: string, workload: string): Contestant {
  return {
    name,
    prepare,
    measure: async (place) => {
      const input = await pointsTree()
      const sample = place.full ? TREE.runs : SAMPLE
      const found = await inPython(workload, place, input, { ...TREE, sample })
      return found && rates(found['seconds'] ?? NaN, found['memory'] ?? NaN, input)
    },
  }
}

/** Made before anything is measured: whose process makes it, has its memory. */
async function prepare(): Promise<void> {
  await pointsTree()
}

async function measure(place: Place, form: Form): Promise<Sample> {
  const input = await pointsTree()
  const tracker = await openStore(await freshFolder(place))
  let points = 0
  const ms = await timed(async () => {
    points = (await tracker.importFrom(formOf(input, form))).points
    await tracker.close()
  })
  const memory = peakMemory()
  verify('points', points, POINTS)
  const again = await openStore(join(place.folder, 'fresh'))
  verify('points in the store', (await again.storage()).points, POINTS)
  await again.close()
  return rates(ms / 1000, memory, input)
}

async function rates(seconds: number, memory: number, input: string): Promise<Sample> {
  const { bytes } = await folderSize(formOf(input, 'tree'))
  return { 'taken in': TREE.runs / seconds, files: bytes / 1e6 / seconds, 'peak memory': memory }
}
