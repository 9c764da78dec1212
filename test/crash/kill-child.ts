// Writes to the store in argv[2] until it is killed. Prints `ack <what> <number>` once that much is acknowledged.
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import { writeFile } from '../helpers/write-file.js'

const [, , directory = '', round = '0'] = process.argv

await main()

async function main(): Promise<void> {
  const store = await openEngine(filesystemAdapter(directory))
  const run = await store.createRun({
    experimentId: '0',
    startTime: Number(round),
    runName: `round ${round}`,
  })
  process.stdout.write(`run ${run.info.runId}\n`)
  for (let i = 0; ; i++) {
    await store.logBuffered({ ops: [], points: points(run.info.runId, i * 10) })
    process.stdout.write(`ack points ${(i + 1) * 10}\n`)
    if (i % 5 === 0) await logParam(store, run.info.runId, i / 5)
    if (i % 7 === 0) await logFile(store, run.info.runId, i / 7)
    if (i % 40 === 20) void store.checkpoint().catch(() => undefined)
  }
}

function points(runId: string, from: number): Parameters<LocalStore['logBuffered']>[0]['points'] {
  const column = Float64Array.from({ length: 10 }, (_, i) => from + i)
  const zeros = new Uint32Array(10)
  return {
    runs: [runId],
    keys: ['loss'],
    run: zeros,
    key: zeros,
    steps: column,
    timestamps: column,
    values: column.map((step) => step / 2),
  }
}

async function logParam(store: LocalStore, runId: string, n: number): Promise<void> {
  await store.logParam(runId, `p${n}`, `value ${n}`)
  process.stdout.write(`ack params ${n + 1}\n`)
}

async function logFile(store: LocalStore, runId: string, n: number): Promise<void> {
  await writeFile(store, runId, `files/${n}.txt`, `file ${n} of round ${round}`)
  process.stdout.write(`ack files ${n + 1}\n`)
}
