import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import '@tensorflow/tfjs-backend-cpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'

/** Starts TensorFlow.js on WebAssembly, or in plain JavaScript where that fails; gives the backend's name. */
export async function startBackend(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(dirname(entry) + sep)
  tf.enableProdMode()
  const started = await tf.setBackend('wasm').catch(() => false)
  if (!started) await tf.setBackend('cpu')
  return tf.getBackend()
}
