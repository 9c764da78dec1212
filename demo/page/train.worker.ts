import '@tensorflow/tfjs-backend-cpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import * as tf from '@tensorflow/tfjs-core'
import { splitDataset, standardise } from '../shared/dataset.js'
import type { Split } from '../shared/dataset.js'
import { describeDataset } from '../shared/describe-dataset.js'
import { digitsFromBytes } from '../shared/digits.js'
import { penguinsFromRows } from '../shared/penguins.js'
import { batchesIn } from '../shared/settings.js'
import type { DescribedSplit } from '../shared/tracking.js'
import { trainClassifier } from '../shared/train.js'
import type { TaskName, TrainReport, TrainRequest } from './worker-messages.js'

const SPLIT_SEED = 7
const prepared = new Map<TaskName, Promise<Prepared>>()
const backend = startBackend()

self.onmessage = ({ data: request }: MessageEvent<TrainRequest>) => {
  train(request).catch((error: unknown) => {
    report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  })
}

async function train({ task, settings, dataUrl }: TrainRequest): Promise<void> {
  await backend
  const { split, description } = await prepare(task, dataUrl)
  report({
    kind: 'data',
    description,
    batches: batchesIn(settings, split.train.labels.length),
  })
  const result = await trainClassifier(split, settings, {
    onBatch: (step, metrics) => report({ kind: 'batch', step, metrics }),
    onEpoch: (step, metrics) => report({ kind: 'epoch', step, metrics }),
  })
  report({ kind: 'done', result })
}

function report(message: TrainReport): void {
  self.postMessage(message)
}

/** A dataset, loaded and described once for all trainings of this worker. */
interface Prepared {
  readonly split: Split
  readonly description: DescribedSplit
}

function prepare(task: TaskName, dataUrl: string): Promise<Prepared> {
  const load = task === 'penguins' ? loadPenguins : loadDigits
  const ready = prepared.get(task) ?? load(dataUrl).then(describe)
  prepared.set(task, ready)
  ready.catch(() => prepared.delete(task))
  return ready
}

function describe(split: Split): Prepared {
  const description = { train: describeDataset(split.train), test: describeDataset(split.test) }
  return { split, description }
}

async function loadPenguins(dataUrl: string): Promise<Split> {
  const penguins = penguinsFromRows(await (await fetchFile(dataUrl, 'penguins.json')).json())
  return standardise(splitDataset(penguins, 0.25, SPLIT_SEED))
}

async function loadDigits(dataUrl: string): Promise<Split> {
  const packed = await (await fetchFile(dataUrl, 'digits.bin')).arrayBuffer()
  return splitDataset(digitsFromBytes(new Uint8Array(packed)), 0.2, SPLIT_SEED)
}

async function fetchFile(dataUrl: string, name: string): Promise<Response> {
  const response = await fetch(dataUrl + name)
  if (!response.ok) throw new Error(`${name} could not be loaded: ${response.status}.`)
  return response
}

async function startBackend(): Promise<void> {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
  })
  tf.enableProdMode()
  const started = await tf.setBackend('wasm').catch(() => false)
  if (!started) await tf.setBackend('cpu')
}
