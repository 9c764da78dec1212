import * as tf from '@tensorflow/tfjs-core'
import type { Sequential } from '@tensorflow/tfjs-layers'
import { buildClassifier, modelToFiles, summarise } from './classifier.js'
import type { ModelFiles } from './classifier.js'
import { confusionMatrix } from './confusion.js'
import type { ConfusionMatrix } from './confusion.js'
import type { Dataset, Split } from './dataset.js'
import { seededRandom, shuffledIndices } from './random.js'
import type { TrainSettings } from './settings.js'

/** Metrics of a moment in training, by name. */
export type Metrics = Readonly<Record<string, number>>

/** Called while training goes on; `step` is the number of batches seen so far, from 1. */
export interface TrainEvents {
  /** After every batch: `loss` and `accuracy` of that batch. */
  readonly onBatch: (step: number, metrics: Metrics) => void
  /** After every epoch: `val_loss` and `val_accuracy` over the test part. */
  readonly onEpoch: (step: number, metrics: Metrics) => void
}

/** What training leaves behind: plain data, so that a worker can post it. */
export interface TrainResult {
  readonly summary: string
  /** How the model does on the test part. */
  readonly confusion: ConfusionMatrix
  readonly model: ModelFiles
}

/** Trains a classifier. The same data and settings give the same numbers on the same backend. */
export async function trainClassifier(
  { train, test }: Split,
  settings: TrainSettings,
  events: TrainEvents,
): Promise<TrainResult> {
  const model = buildClassifier(train.featureNames.length, train.classNames.length, settings)
  const training = toTensors(train)
  const testing = toTensors(test)
  try {
    await fit(model, training, testing, settings, events)
    return {
      summary: summarise(model),
      confusion: confusionMatrix(
        test.classNames,
        test.labels,
        predictClasses(model, testing.features),
      ),
      model: await modelToFiles(model),
    }
  } finally {
    tf.dispose([training, testing])
    model.dispose()
    model.optimizer.dispose()
  }
}

type Tensors = { readonly features: tf.Tensor2D; readonly labels: tf.Tensor2D }

function toTensors(dataset: Dataset): Tensors {
  const shape: [number, number] = [dataset.labels.length, dataset.featureNames.length]
  return tf.tidy(() => ({
    features: tf.tensor2d(dataset.features, shape),
    labels: tf.oneHot(
      tf.tensor1d(dataset.labels, 'int32'),
      dataset.classNames.length,
    ) as tf.Tensor2D,
  }))
}

async function fit(
  model: Sequential,
  training: Tensors,
  testing: Tensors,
  settings: TrainSettings,
  events: TrainEvents,
): Promise<void> {
  const random = seededRandom(settings.seed)
  const pause = pauseEvery(50)
  let step = 0
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = shuffledIndices(training.features.shape[0], random)
    for (let start = 0; start < order.length; start += settings.batchSize) {
      const rows = order.subarray(start, start + settings.batchSize)
      events.onBatch(++step, await trainOnRows(model, training, rows))
      await pause()
    }
    events.onEpoch(step, evaluate(model, testing))
  }
}

async function trainOnRows(model: Sequential, data: Tensors, rows: Int32Array): Promise<Metrics> {
  const [features, labels] = tf.tidy(() => {
    const index = tf.tensor1d(rows, 'int32')
    return [tf.gather(data.features, index), tf.gather(data.labels, index)]
  }) as [tf.Tensor, tf.Tensor]
  const [loss, accuracy] = (await model.trainOnBatch(features, labels)) as [number, number]
  tf.dispose([features, labels])
  return { loss, accuracy }
}

function evaluate(model: Sequential, data: Tensors): Metrics {
  return tf.tidy(() => {
    const scalars = model.evaluate(data.features, data.labels, { batchSize: 1000 }) as tf.Scalar[]
    const [loss = NaN, accuracy = NaN] = scalars.map((scalar) => scalar.dataSync()[0] ?? NaN)
    return { val_loss: loss, val_accuracy: accuracy }
  })
}

function predictClasses(model: Sequential, features: tf.Tensor2D): Uint8Array {
  return tf.tidy(() => {
    const scores = model.predict(features, { batchSize: 1000 }) as tf.Tensor2D
    return Uint8Array.from(tf.argMax(scores, 1).dataSync())
  })
}

/** Lets timers, signals and messages have their turn, at most once in `interval` milliseconds. */
function pauseEvery(interval: number): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < interval) return
    await new Promise((resolve) => setTimeout(resolve))
    last = performance.now()
  }
}
