import { deflateRawSync } from 'node:zlib'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { makeSeries } from './harness/data.js'
import { exportsTo, packs } from './harness/exports.js'
import { pointsTree, TREE } from './harness/interchange.js'
import { timed } from './harness/statistics.js'

const OURS = 'tracklet, zip'
const ZIPFILE = 'Python’s zipfile, of the files'

/** All runs as a zip of MLflow's folder. */
export const exportZip: Benchmark = {
  name: 'export-zip',
  title: 'Export of 1,000 runs, 10 metrics of 1,000 points each, as MLflow’s files',
  note: 'The store was filled and closed by another process; opening is not measured, writing the zip or the folder is. Python’s zipfile packs the same files, which lie there already, deflated as by default. The limit: the same numbers as MLflow’s lines of text, deflated by zlib at level 1, and nothing else. Files: their bytes, unpacked. Memory: most resident, of the process that does it.',
  measures: [
    { name: 'exported', unit: 'runs/s', better: 'more' },
    { name: 'files', unit: 'MB/s', better: 'more' },
    { name: 'zip', unit: 'MB', better: 'less' },
    { name: 'peak memory', unit: 'MB', better: 'less' },
  ],
  contestants: [
    exportsTo(OURS, 'tree.zip', pointsTree, TREE.runs),
    exportsTo('tracklet, folder', 'tree', pointsTree, TREE.runs),
    packs(ZIPFILE, pointsTree, TREE.runs),
    { name: 'limit: text and zlib', measure: textAndZlib },
  ],
  targets: [],
}

async function textAndZlib(_: Place): Promise<Sample> {
  const all = Array.from({ length: 16 }, (_, i) => makeSeries(TREE.points, i))
  let [bytes, packed] = [0, 0]
  const ms = await timed(() => {
    for (let file = 0; file < TREE.runs * TREE.keys; file++) {
      const { steps, values, timestamps } = all[file % all.length] ?? makeSeries(TREE.points)
      let text = ''
      for (let i = 0; i < TREE.points; i++) text += `${timestamps[i]} ${values[i]} ${steps[i]}\n`
      bytes += text.length
      packed += deflateRawSync(text, { level: 1 }).length
    }
  })
  return { exported: (TREE.runs / ms) * 1000, files: bytes / 1000 / ms, zip: packed / 1e6 }
}
