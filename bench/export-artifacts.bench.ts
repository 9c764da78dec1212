import type { Benchmark } from './harness/benchmark.js'
import { exportsTo, packs } from './harness/exports.js'
import { ARTIFACTS, artifactsTree } from './harness/interchange.js'

/** Artifacts as a zip of MLflow's folder. */
export const exportArtifacts: Benchmark = {
  name: 'export-artifacts',
  title: 'Export of 200 MB of artifacts',
  note: '3 files of 40 MB and 5,000 of 16 KB in 10 runs, of bytes that nothing makes smaller. The store was filled and closed by another process; opening is not measured, writing the zip or the folder is. Python’s zipfile packs the same files, which lie there already: stored, as tracklet does, and deflated. Memory: most resident, of the process that does it.',
  measures: [
    { name: 'files', unit: 'MB/s', better: 'more' },
    { name: 'zip', unit: 'MB', better: 'less' },
    { name: 'peak memory', unit: 'MB', better: 'less' },
  ],
  contestants: [
    exportsTo('tracklet, zip', 'tree.zip', artifactsTree, ARTIFACTS.runs),
    exportsTo('tracklet, folder', 'tree', artifactsTree, ARTIFACTS.runs),
    packs('Python’s zipfile, stored', artifactsTree, ARTIFACTS.runs, 'pack-stored'),
    packs('Python’s zipfile, deflated', artifactsTree, ARTIFACTS.runs),
  ],
  targets: [],
}
