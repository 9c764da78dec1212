import { deflateRawSync } from 'node:zlib'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { makeSeries } from './harness/data.js'
import { rate, verify } from './harness/statistics.js'
import { addRuns, addSeries, names, openStore } from './harness/stores.js'

const OURS = 'tracklet'
const [RUNS, KEYS, POINTS] = [200, 10, 1000]

/** All runs as a zip of MLflow's folder. */
export const exportZip: Benchmark = {
  name: 'export-zip',
  title: 'Export of 200 runs, 10 metrics of 1,000 points each, as a zip of mlruns',
  note: 'The store was filled and closed by another process; opening is not measured. The limit: the same numbers as MLflow’s lines of text, deflated by zlib at level 1, and nothing else.',
  measures: [
    { name: 'exported', unit: 'runs/s', better: 'more' },
    { name: 'zip', unit: 'MB', better: 'less' },
  ],
  contestants: [
    { name: OURS, ours: true, prepare, measure },
    { name: 'limit: text and zlib', measure: textAndZlib },
  ],
  targets: [],
}

async function prepare({ folder }: Place): Promise<void> {
  const tracker = await openStore(folder)
  const ids = await addRuns(tracker, RUNS)
  await addSeries(tracker, ids, { keys: names('metric', KEYS), points: POINTS })
  await tracker.close()
}

async function measure({ folder }: Place): Promise<Sample> {
  const tracker = await openStore(folder)
  const parts: Uint8Array[] = []
  const exported = await rate(RUNS, async () => {
    for await (const part of tracker.exportZip()) parts.push(part)
  })
  const zip = Buffer.concat(parts)
  verify('metric files at least', entriesOf(zip) >= RUNS * KEYS, true)
  await tracker.close()
  return { exported, zip: zip.length / 1e6 }
}

/** How many files a zip says it has, at its end. */
function entriesOf(zip: Buffer): number {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  return zip.readUInt16LE(end + 10)
}

async function textAndZlib(): Promise<Sample> {
  const all = Array.from({ length: 16 }, (_, i) => makeSeries(POINTS, i))
  let bytes = 0
  const exported = await rate(RUNS, () => {
    for (let file = 0; file < RUNS * KEYS; file++) {
      const { steps, values, timestamps } = all[file % all.length] ?? makeSeries(POINTS)
      let text = ''
      for (let i = 0; i < POINTS; i++) text += `${timestamps[i]} ${values[i]} ${steps[i]}\n`
      bytes += deflateRawSync(text, { level: 1 }).length
    }
  })
  return { exported, zip: bytes / 1e6 }
}
