import type { Store } from '../../src/store/store.js'
import { writeFile } from '../helpers/write-file.js'
import { fillModels } from './rich-models.js'

const TEXT = new TextEncoder()
const START = 1_700_000_000_000

/** Fills a store with some of everything that a file store can hold. */
export async function fillRichStore(store: Store): Promise<void> {
  const sweep = await store.createExperiment('sweep', {
    tags: [
      ['team', 'vision'],
      ['mlflow.note.content', 'first line\nsecond line'],
    ],
  })
  const parent = await startRun(store, sweep, 'parent')
  await nestedRuns(store, sweep, parent)
  await statuses(store, sweep)
  await textCorners(store, await store.createExperiment('segmentation ünïcode 日本 😀'))
  await metricCorners(store, sweep)
  await longHistory(store, sweep)
  await datasets(store, sweep)
  await artifacts(store, sweep)
  await names(store)
  await deletedThings(store, sweep)
  await fillModels(store)
}

async function startRun(
  store: Store,
  experimentId: string,
  runName: string,
  tags: readonly (readonly [string, string])[] = [],
): Promise<string> {
  const run = await store.createRun({
    experimentId,
    runName,
    userId: 'ada',
    startTime: START,
    tags,
  })
  return run.info.runId
}

async function nestedRuns(store: Store, experimentId: string, parent: string): Promise<void> {
  for (let i = 0; i < 4; i++) {
    const child = await startRun(store, experimentId, `child ${i}`, [
      ['mlflow.parentRunId', parent],
    ])
    await store.logBatch(child, {
      params: [
        ['lr', String(0.1 / (i + 1))],
        ['opt/kind', 'adam'],
      ],
      metrics: [0, 1, 2].map((step) => ({
        key: 'val/loss',
        value: 1 / (i + step + 1),
        timestamp: START + step,
        step,
      })),
    })
    await store.updateRun(child, { status: 'FINISHED', endTime: START + 5000 + i })
    if (i === 0) await startRun(store, experimentId, 'grandchild', [['mlflow.parentRunId', child]])
  }
}

async function statuses(store: Store, experimentId: string): Promise<void> {
  for (const status of ['SCHEDULED', 'FINISHED', 'FAILED', 'KILLED', 'RUNNING'] as const) {
    const run = await startRun(store, experimentId, `is ${status}`)
    const ended = status !== 'RUNNING' && status !== 'SCHEDULED'
    await store.updateRun(run, { status, ...(ended ? { endTime: START + 1 } : {}) })
  }
}

async function textCorners(store: Store, experimentId: string): Promise<void> {
  const run = await startRun(store, experimentId, 'ünï "quoted": #hash')
  const values = [
    '',
    ' padded ',
    'a\nb\n',
    'a\r\nb',
    'x'.repeat(6000),
    '😀 日本',
    "it's: a #value",
    '\ttab',
  ]
  await store.logBatch(run, {
    params: values.map((value, i) => [`corner/p${i}`, value] as const),
    tags: values.map((value, i) => [`corner/t${i}`, value] as const),
  })
  await store.setTag(run, 'schlüssel mit ü', 'ja')
}

async function metricCorners(store: Store, experimentId: string): Promise<void> {
  const run = await startRun(store, experimentId, 'metric corners')
  const values = [
    NaN,
    Infinity,
    -Infinity,
    -0,
    5e-324,
    1.7976931348623157e308,
    1e-7,
    1e16,
    1 / 3,
    123456789.125,
  ]
  for (const [i, value] of values.entries())
    await store.logMetric(run, { key: `value ${i}`, value, timestamp: START + i, step: i })
  const steps = [5, 3, -7, 3, 2n ** 53n + 1n, 2n ** 62n, 0]
  for (const [i, step] of steps.entries())
    await store.logMetric(run, { key: 'steps:any', value: i / 2, timestamp: START + (i % 3), step })
}

async function longHistory(store: Store, experimentId: string): Promise<void> {
  const run = await startRun(store, experimentId, 'long history')
  for (let from = 0; from < 20_000; from += 1000) {
    const metrics = Array.from({ length: 1000 }, (_, i) => {
      const step = from + i
      return {
        key: 'loss',
        value: Math.exp(-step / 3000) + Math.sin(step) / 100,
        timestamp: START + step,
        step,
      }
    })
    await store.logBatch(run, { metrics })
  }
}

async function datasets(store: Store, experimentId: string): Promise<void> {
  const iris = {
    name: 'iris flowers',
    digest: 'a5797bb6',
    sourceType: 'local',
    source: '{"uri": "iris.csv"}',
  }
  const dataset = { ...iris, schema: '{"mlflow_colspec": []}', profile: null }
  for (const name of ['trained on iris', 'tested on iris']) {
    const run = await startRun(store, experimentId, name)
    await store.logInputs(run, [
      { dataset, tags: { 'mlflow.data.context': name.split(' ')[0] ?? '' } },
    ])
    await store.logInputs(run, [
      { dataset: { ...dataset, name: 'zwei: ü', profile: '{"n": 1}' }, tags: {} },
    ])
  }
}

async function artifacts(store: Store, experimentId: string): Promise<void> {
  const run = await startRun(store, experimentId, 'artifacts')
  const big = Uint8Array.from({ length: 3 * 1024 * 1024 + 17 }, (_, i) => (i * 2654435761) >>> 24)
  const files: Readonly<Record<string, Uint8Array>> = {
    'notes.txt': TEXT.encode('hello\n'),
    'empty.bin': new Uint8Array(0),
    'with blank/ünï 100%.json': TEXT.encode('{"a": [1, 2]}'),
    'deep/er/still/data.csv': TEXT.encode('a,b\n1,2\n'.repeat(5000)),
    'model/weights.bin': big,
  }
  for (const [path, bytes] of Object.entries(files)) await writeFile(store, run, path, bytes)
}

async function names(store: Store): Promise<void> {
  const experimentId = await store.createExperiment('yes')
  const odd = [
    'yes',
    '1e3',
    '0o7',
    'null',
    '~',
    '12:30:00',
    '2024-01-01',
    '=',
    '<<',
    ' padded ',
    'two\nlines',
    '\x07',
  ]
  for (const name of odd) await startRun(store, experimentId, name)
}

async function deletedThings(store: Store, experimentId: string): Promise<void> {
  await store.deleteRun(await startRun(store, experimentId, 'deleted'))
  const restored = await startRun(store, experimentId, 'restored')
  await store.deleteRun(restored)
  await store.restoreRun(restored)
  const old = await store.createExperiment('old benchmarks')
  const run = await startRun(store, old, 'in a deleted experiment')
  await store.logMetric(run, { key: 'm', value: 1, timestamp: START, step: 0 })
  await writeFile(store, run, 'kept.txt', TEXT.encode('kept'))
  await store.deleteExperiment(old)
  const back = await store.createExperiment('back again')
  await startRun(store, back, 'in a restored experiment')
  await store.deleteExperiment(back)
  await store.restoreExperiment(back)
}
