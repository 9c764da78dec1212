import { invalid } from '../entities/invalid.js'

/** An image as bytes, row by row, its channels together. */
export interface Pixels {
  readonly width: number
  readonly height: number
  /** 1: grey, 3: RGB, 4: RGBA. */
  readonly channels: 1 | 3 | 4
  readonly data: Uint8Array | Uint8ClampedArray
}

/** Pixels as numbers: integers from 0 to 255, floats from 0 to 1. ImageData is one. */
export interface PixelSource {
  readonly width: number
  readonly height: number
  /** 1, 3 or 4; by the data's length when absent. */
  readonly channels?: number
  readonly data: ArrayLike<number>
}

/** Pixels as nested arrays, height × width or height × width × channels. Booleans make a mask. */
export type PixelArray = readonly (readonly (number | boolean | readonly (number | boolean)[])[])[]

/** The part of a TensorFlow.js tensor that is used. */
export interface TensorLike {
  readonly shape: readonly number[]
  readonly dtype: string
  data(): Promise<ArrayLike<number>>
}

/** Hears of what was changed to make an image; the message is a sentence. */
export type Warn = (message: string) => void

/** True for pixels in any of the three forms. */
export function isPixels(value: unknown): value is PixelSource | PixelArray | TensorLike {
  return isPixelSource(value) || isPixelArray(value) || isTensor(value)
}

/** True for an object with width, height and numbers. */
export function isPixelSource(value: unknown): value is PixelSource {
  const { width, height, data } = (value ?? {}) as Partial<PixelSource>
  if (typeof width !== 'number' || typeof height !== 'number') return false
  return Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView))
}

function isPixelArray(value: unknown): value is PixelArray {
  return Array.isArray(value) && value.length > 0 && value.every(Array.isArray)
}

function isTensor(value: unknown): value is TensorLike {
  const { shape, dtype, data } = (value ?? {}) as Partial<TensorLike>
  return Array.isArray(shape) && typeof dtype === 'string' && typeof data === 'function'
}

/**
 * Pixels by MLflow's rules: integers must be from 0 to 255; floats are taken from 0 to 1 and, when any is outside,
 * rescaled from least to greatest, of which `warn` hears. INVALID_PARAMETER_VALUE for other shapes and integers.
 */
export async function toPixels(
  source: PixelSource | PixelArray | TensorLike,
  warn: Warn = () => undefined,
): Promise<Pixels> {
  if (isTensor(source)) {
    const values = await source.data()
    return fromShape(source.shape, values, source.dtype === 'bool', warn)
  }
  if (isPixelSource(source)) {
    const { width, height, data } = source
    const channels = source.channels ?? data.length / (width * height)
    return fromShape([height, width, channels], data, false, warn)
  }
  const { shape, values } = flatten(source)
  return fromShape(shape, values.map(Number), typeof values[0] === 'boolean', warn)
}

function flatten(array: PixelArray): { shape: number[]; values: (number | boolean)[] } {
  const shape: number[] = []
  for (let at: unknown = array; Array.isArray(at); at = at[0]) shape.push(at.length)
  const values = (array as readonly unknown[]).flat(Infinity) as (number | boolean)[]
  const whole = values.length === shape.reduce((product, length) => product * length, 1)
  const even = array.every((row) => row.length === shape[1])
  if (!whole || !even) throw invalid('The rows of an image must all have the same length.')
  return { shape, values }
}

function fromShape(
  shape: readonly number[],
  values: ArrayLike<number>,
  mask: boolean,
  warn: Warn,
): Pixels {
  const [height = 0, width = 0, channels = 1] = shape
  if (shape.length !== 2 && shape.length !== 3)
    throw invalid(
      `\`image\` must be a 2D or 3D array but got image shape: (${shape.join(', ')}${shape.length === 1 ? ',' : ''})`,
    )
  if (channels !== 1 && channels !== 3 && channels !== 4)
    throw invalid(`Invalid channel length: ${channels}. Must be one of [1, 3, 4]`)
  const sized = [height, width].every((length) => Number.isSafeInteger(length) && length > 0)
  if (!sized || values.length !== height * width * channels)
    throw invalid(
      `An image of ${width} x ${height} pixels with ${channels} channels needs ${height * width * channels} values; got ${values.length}.`,
    )
  return { width, height, channels, data: mask ? scaled(values, 0, 1) : toBytes(values, warn) }
}

function toBytes(values: ArrayLike<number>, warn: Warn): Uint8Array | Uint8ClampedArray {
  if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) return values
  const { least, greatest, integers } = range(values)
  if (integers) {
    if (least < 0 || greatest > 255)
      throw invalid(
        `Integer pixel values out of acceptable range [0, 255]. Found minimum value ${least} and maximum value ${greatest}. Ensure all pixel values are within the specified range.`,
      )
    return Uint8Array.from(values)
  }
  if (least >= 0 && greatest <= 1) return scaled(values, 0, 1)
  warn(
    `Float pixel values out of acceptable range [0.0, 1.0]. Found minimum value ${least} and maximum value ${greatest}. Rescaling values to [0.0, 1.0] with min/max scaler.`,
  )
  return scaled(values, least, greatest)
}

function range(values: ArrayLike<number>): { least: number; greatest: number; integers: boolean } {
  let [least, greatest] = [Infinity, -Infinity]
  let integers = !(values instanceof Float32Array || values instanceof Float64Array)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0
    if (value < least) least = value
    if (value > greatest) greatest = value
    integers &&= Number.isInteger(value)
  }
  return { least, greatest, integers }
}

/** Floats are cut, not rounded, in their own precision, as MLflow does; what is no number is black. */
function scaled(values: ArrayLike<number>, from: number, to: number): Uint8Array {
  const round = values instanceof Float32Array ? Math.fround : (value: number) => value
  const width = round(to - from)
  const out = new Uint8Array(values.length)
  for (let i = 0; i < out.length; i++)
    out[i] = round(round(round((values[i] ?? 0) - from) / width) * 255)
  return out
}
