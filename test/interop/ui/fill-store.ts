import { createTracker } from '../../../src/client/tracker.js'
import type { Store } from '../../../src/store/store.js'
import { writeFile } from '../../helpers/write-file.js'

/** The ids of what a store was filled with. */
export interface Filled {
  readonly experimentId: string
  readonly otherId: string
  /** A run with children, and with some of everything. */
  readonly parent: string
  readonly children: readonly string[]
}

/** Names that are looked for in the pages. */
export const NAMES = {
  experiment: 'vision sweep',
  other: 'segmentation ünïcode 日本',
  parent: 'sweep of learning rates',
  model: 'digit classifier',
} as const

const START = 1_700_000_000_000
const STEPS = 200
const PREVIEW = Buffer.from(
  'UklGRj4AAABXRUJQVlA4IDIAAACwAQCdASoQABAABUB8JbACdAEJEdgAAP7pQR2bnb9Dn9E3ybo2YK069vpP285N/aAAAA==',
  'base64',
)

/** Fills a store with what MLflow's pages show: runs in a tree, curves, files of every kind, models. */
export async function fillStore(store: Store): Promise<Filled> {
  const experimentId = await store.createExperiment(NAMES.experiment, {
    tags: [
      ['mlflow.note.content', 'Which learning rate is **best**?'],
      // Without it the pages guess, and some releases then forget what was asked for.
      ['mlflow.experimentKind', 'custom_model_development'],
    ],
  })
  const otherId = await store.createExperiment(NAMES.other)
  const tracker = createTracker(store, { context: { 'mlflow.user': 'ada' } })
  const parent = await startRun(store, experimentId, NAMES.parent, [
    ['mlflow.note.content', 'A note in *Markdown*: the children differ by `lr`.'],
    ['mlflow.user', 'ada'],
    ['mlflow.source.name', 'train.ts'],
    ['team', 'vision'],
  ])
  await logCurves(store, parent, 0)
  await logDatasets(store, parent)
  await logFiles(store, parent)
  const run = await tracker.openRun(parent)
  await run.logTable({ input: ['two', 'three'], output: ['2', '8'] }, 'eval/answers.json')
  for (const step of [0, 10]) {
    const path = await run.logImage(picture(step), { key: 'digits', step })
    // The pages show only this one, which is made in browsers alone.
    await writeFile(store, parent, path.replace(/\.png$/, '+compressed.webp'), PREVIEW)
  }
  await run.logImage(picture(7), { artifactFile: 'plots/confusion.png' })
  await store.updateRun(parent, { status: 'FINISHED', endTime: START + 90_000 })
  const children = []
  for (let i = 0; i < 3; i++) children.push(await child(store, experimentId, parent, i))
  await deletedRun(store, experimentId)
  await startRun(store, otherId, 'elsewhere')
  await fillRegistry(store, experimentId, parent)
  return { experimentId, otherId, parent, children }
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

async function child(
  store: Store,
  experimentId: string,
  parent: string,
  i: number,
): Promise<string> {
  const id = await startRun(store, experimentId, `child ${i}`, [['mlflow.parentRunId', parent]])
  await logCurves(store, id, i + 1)
  await store.updateRun(id, { status: i === 2 ? 'FAILED' : 'FINISHED', endTime: START + 60_000 })
  return id
}

async function logCurves(store: Store, runId: string, n: number): Promise<void> {
  const points = Array.from({ length: STEPS }, (_, step) => ({
    key: 'val/loss',
    value: Math.exp(-(step * (n + 1)) / 100) + Math.sin(step) / 50,
    timestamp: START + step * 100,
    step,
  }))
  const accuracy = points.map(({ value, ...at }) => ({ ...at, key: 'accuracy', value: 1 - value }))
  const broken = [0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN].map((value, step) => ({
    key: 'broken',
    value,
    timestamp: START + step,
    step,
  }))
  await store.logBatch(runId, { metrics: [...points, ...accuracy, ...broken] })
  await store.logBatch(runId, {
    params: [
      ['lr', String(0.1 / (n + 1))],
      ['optimizer', n % 2 === 0 ? 'adam' : 'sgd'],
      ['layers', String(n + 2)],
    ],
  })
}

async function logDatasets(store: Store, runId: string): Promise<void> {
  const dataset = {
    name: 'mnist digits',
    digest: 'a5797bb6',
    sourceType: 'local',
    source: '{"uri": "mnist.csv"}',
    schema:
      '{"mlflow_colspec": [{"type": "double", "name": "pixel0", "required": true}, ' +
      '{"type": "long", "name": "label", "required": true}]}',
    profile: '{"num_rows": 10000, "num_elements": 20000}',
  }
  await store.logInputs(runId, [{ dataset, tags: { 'mlflow.data.context': 'training' } }])
}

async function logFiles(store: Store, runId: string): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    'notes.txt': 'The first line of the notes.\nThe second line.\n',
    'report.json': '{"best": {"lr": 0.05, "score": 0.987}}',
    'config.yaml': 'optimizer:\n  name: adam\n',
    'table.csv': 'name,score\n' + 'ada,0.75\ngrace,0.85\n',
    'page.html': '<!doctype html><h1>A page of its own</h1>',
    'README.md': '# A heading\n\nSome *text*.\n',
    'deep/er/still/last.txt': 'deep down',
  }
  for (const [path, text] of Object.entries(files)) await writeFile(store, runId, path, text)
}

function picture(seed: number): { width: number; height: number; data: Uint8ClampedArray } {
  const data = Uint8ClampedArray.from({ length: 64 * 64 * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : (i * (seed + 1)) & 255,
  )
  return { width: 64, height: 64, data }
}

async function deletedRun(store: Store, experimentId: string): Promise<void> {
  await store.deleteRun(await startRun(store, experimentId, 'was deleted'))
}

async function fillRegistry(store: Store, experimentId: string, runId: string): Promise<void> {
  const MLmodel = `artifact_path: model\nflavors:\n  tfjs:\n    data: model.json\nrun_id: ${runId}\n`
  await writeFile(store, runId, 'model/MLmodel', MLmodel)
  await store.createRegisteredModel(NAMES.model, {
    description: 'Tells digits *apart*.',
    tags: [['task', 'classification']],
  })
  const source = `mlflow-artifacts:/${experimentId}/${runId}/artifacts/model`
  for (const description of ['the first', 'the second'])
    await store.createModelVersion(NAMES.model, { source, runId, description })
  await store.setRegisteredModelAlias(NAMES.model, 'champion', '2')
  await store.setModelVersionTag(NAMES.model, '2', 'checked', 'yes')
}
