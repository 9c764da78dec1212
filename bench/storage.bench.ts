import { join } from 'node:path'
import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import type { Values } from './harness/data.js'
import { folderSize } from './harness/folder-size.js'
import { mlflow } from './harness/mlflow.js'
import { verify } from './harness/statistics.js'
import { addRuns, addSeries, addValues, names, openStore, settle } from './harness/stores.js'

const SETTLED = 'tracklet'
const CLOSED = 'tracklet, just closed'
const FLOAT32 = 'a point, float32-born'
const NOISE = 'a point, noisy double'
const RUN = 'a run'
const BLOCKS = 'a run, in blocks'

/** What points and runs take on disk. */
export const storage: Benchmark = {
  name: 'storage',
  title: 'Bytes on disk',
  note: 'A point: 20 series of 10,000 points (MLflow: one of 20,000). A run: 20 metrics of one point, 20 params, 5 tags; 1,000 runs (MLflow: 100). What files hold; in blocks: what they take of the disk. tracklet keeps the journal of the last checkpoint as a second copy until the next one: "just closed" has it still.',
  rounds: 1,
  measures: [FLOAT32, NOISE, RUN, BLOCKS].map((name) => ({ name, unit: 'bytes', better: 'less' })),
  contestants: [
    { name: SETTLED, ours: true, measure: (place) => measureAll(place, true) },
    { name: CLOSED, measure: (place) => measureAll(place, false) },
    mlflow('sqlite', 'storage', () => ({ points: 20_000, runs: 100 })),
    mlflow('files', 'storage', () => ({ points: 20_000, runs: 100 })),
    {
      name: 'limit: nothing left out, 20 bytes',
      measure: async () => ({ [FLOAT32]: 20, [NOISE]: 20 }),
    },
  ],
  targets: [
    { measure: FLOAT32, of: SETTLED, against: 'MLflow, SQLite', times: 50 },
    { measure: FLOAT32, of: SETTLED, against: 'MLflow, files', times: 9 },
    { measure: NOISE, of: SETTLED, against: 'MLflow, SQLite', times: 30 },
    { measure: NOISE, of: SETTLED, against: 'MLflow, files', times: 5 },
    { measure: RUN, of: SETTLED, against: 'MLflow, SQLite', times: 8 },
  ],
}

async function measureAll({ folder }: Place, settled: boolean): Promise<Sample> {
  const empty = await sizeOf(join(folder, 'empty'), settled, async () => undefined)
  const points =
    (values: Values) =>
    async (place: string): Promise<void> => {
      const tracker = await openStore(place)
      await addSeries(tracker, await addRuns(tracker, 20), {
        keys: ['loss'],
        points: 10_000,
        values,
      })
      verify('points', (await tracker.storage()).points, 200_000)
      await tracker.close()
    }
  const runs = await sizeOf(join(folder, 'runs'), settled, fillRuns)
  const float32 = await sizeOf(join(folder, 'float32'), settled, points('float32'))
  const noise = await sizeOf(join(folder, 'noise'), settled, points('noise'))
  return {
    [FLOAT32]: (float32.bytes - empty.bytes) / 200_000,
    [NOISE]: (noise.bytes - empty.bytes) / 200_000,
    [RUN]: (runs.bytes - empty.bytes) / 1000,
    [BLOCKS]: (runs.onDisk - empty.onDisk) / 1000,
  }
}

async function fillRuns(folder: string): Promise<void> {
  const tracker = await openStore(folder)
  for (const [number, id] of (await addRuns(tracker, 1000)).entries())
    await addValues(tracker, id, number)
  const last = (await tracker.searchRuns().page()).runs[0]
  verify('params', Object.keys(last?.data.params ?? {}).length, names('param', 20).length)
  await tracker.close()
}

async function sizeOf(
  folder: string,
  settled: boolean,
  fill: (folder: string) => Promise<void>,
): Promise<{ bytes: number; onDisk: number }> {
  await fill(folder)
  if (settled) await settle(folder)
  else await (await openStore(folder)).close()
  return folderSize(folder)
}
