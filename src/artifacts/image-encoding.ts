import { TrackletError } from '../errors.js'
import {
  canDraw,
  canvasToBytes,
  draw,
  isCanvas,
  type CanvasLike,
  type ImageFormat,
} from './canvas.js'
import {
  isPixels,
  isPixelSource,
  toPixels,
  type PixelArray,
  type Pixels,
  type PixelSource,
  type TensorLike,
  type Warn,
} from './pixels.js'
import { PNG_SIGNATURE, encodePng } from './png.js'
import { isBlob, toBytes } from './source.js'

/** An image in any shape: pixels, ImageData, a tensor, a canvas, an ImageBitmap, or PNG, JPEG or WebP bytes. */
export type ImageSource =
  PixelSource | PixelArray | TensorLike | CanvasLike | ImageBitmap | Blob | Uint8Array | ArrayBuffer

/** Longest side of the small copy that MLflow's pages show, in pixels. */
const PREVIEW_SIDE = 256

/** True for what is an image when it stands in a table's cell; nested arrays are data there. */
export function isImage(value: unknown): value is ImageSource {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (isBlob(value)) return value.type.startsWith('image/')
  if (isBuffer(value)) return formatOf(toBytes(value)) !== null
  return isPixelSource(value) || isCanvas(value) || isBitmap(value)
}

/**
 * An image as a file of the format. Bytes that are of it already are kept as they are. `warn` hears of rescaling.
 * Pixels become PNG anywhere, a canvas what it can encode; the rest needs a browser: NOT_IMPLEMENTED elsewhere.
 */
export async function encodeImage(
  image: ImageSource,
  format: ImageFormat,
  warn?: Warn,
): Promise<Uint8Array> {
  if (isBlob(image)) return encodeImage(new Uint8Array(await image.arrayBuffer()), format)
  if (isBuffer(image) && formatOf(toBytes(image)) === format) return toBytes(image)
  if (format === 'png' && isPixels(image)) return encodePng(await toPixels(image, warn))
  const canvas = isCanvas(image) ? image : await toCanvas(image, (side) => side, warn)
  const bytes = canvas && (await canvasToBytes(canvas, format))
  if (bytes) return bytes
  throw new TrackletError(
    'NOT_IMPLEMENTED',
    `This image cannot be encoded as ${format} here. Give pixels ({ width, height, data }) for a PNG, or the encoded bytes.`,
  )
}

/**
 * The small WebP copy that MLflow's pages show, its longest side 256, enlarged if need be;
 * null where the platform cannot draw or has no WebP encoder, as in Node.
 */
export async function encodePreview(image: ImageSource): Promise<Uint8Array | null> {
  const canvas = await toCanvas(image, (side, longest) =>
    Math.max(1, Math.floor((side * PREVIEW_SIDE) / longest)),
  )
  return canvas && canvasToBytes(canvas, 'webp')
}

type Resize = (side: number, longest: number) => number

async function toCanvas(
  image: ImageSource,
  resize: Resize,
  warn?: Warn,
): Promise<CanvasLike | null> {
  if (!canDraw()) return null
  const drawable = await toDrawable(image, warn)
  const longest = Math.max(drawable.width, drawable.height)
  const [width, height] = [resize(drawable.width, longest), resize(drawable.height, longest)]
  return draw(drawable as CanvasImageSource, width, height)
}

async function toDrawable(
  image: ImageSource,
  warn?: Warn,
): Promise<{ readonly width: number; readonly height: number }> {
  if (isBlob(image)) return createImageBitmap(image)
  if (isBuffer(image)) return createImageBitmap(new Blob([toBytes(image).slice()]))
  if (isPixels(image)) return createImageBitmap(toImageData(await toPixels(image, warn)))
  if (isCanvas(image) || isBitmap(image)) return image
  throw notAnImage(image)
}

function toImageData({ width, height, channels, data }: Pixels): ImageData {
  const rgba = new Uint8ClampedArray(width * height * 4)
  for (let at = 0, pixel = 0; pixel < rgba.length; at += channels, pixel += 4) {
    for (let color = 0; color < 3; color++)
      rgba[pixel + color] = data[channels === 1 ? at : at + color] ?? 0
    rgba[pixel + 3] = channels === 4 ? (data[at + 3] ?? 0) : 255
  }
  return new ImageData(rgba, width, height)
}

/** INVALID_PARAMETER_VALUE for what is no image in any shape. */
export function checkImage(image: unknown): void {
  if (isImage(image) || isPixels(image)) return
  if (isBlob(image)) return
  throw notAnImage(image)
}

/** The format of encoded bytes, by how they begin; null for any other. */
function formatOf(bytes: Uint8Array): ImageFormat | null {
  const begins = (signature: readonly number[], at = 0): boolean =>
    signature.every((byte, i) => bytes[at + i] === byte)
  if (begins(PNG_SIGNATURE)) return 'png'
  if (begins([0xff, 0xd8, 0xff])) return 'jpeg'
  return begins([0x52, 0x49, 0x46, 0x46]) && begins([0x57, 0x45, 0x42, 0x50], 8) ? 'webp' : null
}

function isBuffer(value: unknown): value is Uint8Array | ArrayBuffer {
  if (value instanceof Uint8Array) return true
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]'
}

function isBitmap(value: unknown): value is ImageBitmap {
  const { width, height, close } = (value ?? {}) as Partial<ImageBitmap>
  return typeof width === 'number' && typeof height === 'number' && typeof close === 'function'
}

function notAnImage(image: unknown): TrackletError {
  const got = Array.isArray(image) ? 'an array' : typeof image
  return new TrackletError(
    'INVALID_PARAMETER_VALUE',
    `Unsupported image object type: ${got}. Give { width, height, data }, nested arrays, ImageData, a tensor, a canvas, an ImageBitmap, a Blob, or PNG, JPEG or WebP bytes.`,
  )
}
