import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { PenguinRow } from '../shared/penguins.js'

const require = createRequire(import.meta.url)

/**
 * The 10,000 digits of the `mnist` package, packed: 784 bytes of pixels for each image, then a byte
 * of label for each. The package holds a JSON file per digit, 21 MB in all; packed it is 7.9 MB.
 */
export async function readDigits(): Promise<Uint8Array> {
  const images = await Promise.all(Array.from({ length: 10 }, (_, digit) => readDigit(digit)))
  const labels = images.map((pixels, digit) => new Uint8Array(pixels.length / 784).fill(digit))
  return Buffer.concat([...images, ...labels])
}

/** The rows of `penguins.json` in the `vega-datasets` package. */
export async function readPenguins(): Promise<PenguinRow[]> {
  const data = join(dirname(require.resolve('vega-datasets')), '../data')
  return JSON.parse(await readFile(join(data, 'penguins.json'), 'utf8'))
}

async function readDigit(digit: number): Promise<Uint8Array> {
  const path = require.resolve(`mnist/src/digits/${digit}.json`)
  const { data } = JSON.parse(await readFile(path, 'utf8')) as { data: number[] }
  return Uint8Array.from(data.map((ink) => Math.round(ink * 255)))
}
