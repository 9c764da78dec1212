import * as tf from '@tensorflow/tfjs-core'
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers'
import type { Sequential } from '@tensorflow/tfjs-layers'
import type { TrainSettings } from './settings.js'

/** A trained model as the files of a TensorFlow.js layers model. */
export interface ModelFiles {
  readonly modelJson: string
  readonly weights: Uint8Array
}

const WEIGHTS_FILE = 'weights.bin'

/** A perceptron with one hidden layer; dense layers alone, since the wasm backend trains no others. */
export function buildClassifier(
  features: number,
  classes: number,
  settings: TrainSettings,
): Sequential {
  const model = sequential({
    layers: [
      layers.dense({
        inputShape: [features],
        units: settings.hiddenUnits,
        activation: 'relu',
        kernelInitializer: initializers.heNormal({ seed: settings.seed }),
      }),
      layers.dense({
        units: classes,
        activation: 'softmax',
        kernelInitializer: initializers.glorotUniform({ seed: settings.seed + 1 }),
      }),
    ],
  })
  model.compile({
    optimizer: tf.train.adam(settings.learningRate),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  })
  return model
}

/** Layers, shapes and parameter counts, as text. */
export function summarise(model: Sequential): string {
  const lines: string[] = []
  model.summary(72, undefined, (line: string) => lines.push(line))
  return `${lines.join('\n')}\n`
}

/** The model as files that `tf.loadLayersModel` reads. */
export async function modelToFiles(model: Sequential): Promise<ModelFiles> {
  let files: ModelFiles | undefined
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      files = artifactsToFiles(artifacts)
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) }
    }),
  )
  if (!files) throw new Error('TensorFlow.js saved no model.')
  return files
}

function artifactsToFiles(artifacts: tf.io.ModelArtifacts): ModelFiles {
  const { weightData, weightSpecs, ...rest } = artifacts
  const manifest = [{ paths: [WEIGHTS_FILE], weights: weightSpecs ?? [] }]
  return {
    modelJson: JSON.stringify({ ...rest, weightsManifest: manifest }),
    weights: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)),
  }
}
