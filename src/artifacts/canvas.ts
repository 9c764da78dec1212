import { toBytes } from './source.js'

/** An image format that canvases encode. */
export type ImageFormat = 'png' | 'jpeg' | 'webp'

/** The part of a canvas that is used: a browser's, an OffscreenCanvas, or one of Node's canvas packages. */
export interface CanvasLike {
  readonly width: number
  readonly height: number
  convertToBlob?(options: { type: string }): Promise<Blob>
  toBlob?(take: (blob: Blob | null) => void, type: string): void
  toBuffer?(type: string): unknown
  toDataURL?(type: string): string
}

/** True for anything that encodes itself as a canvas does. */
export function isCanvas(value: unknown): value is CanvasLike {
  if (typeof value !== 'object' || value === null) return false
  return ['convertToBlob', 'toBlob', 'toBuffer', 'toDataURL'].some(
    (method) => typeof (value as Record<string, unknown>)[method] === 'function',
  )
}

/** True where images can be decoded, drawn and scaled: in browsers and their workers. */
export function canDraw(): boolean {
  return typeof OffscreenCanvas === 'function' && typeof createImageBitmap === 'function'
}

/** A canvas's content, encoded; null when it has no encoder for the format. */
export async function canvasToBytes(
  canvas: CanvasLike,
  format: ImageFormat,
): Promise<Uint8Array | null> {
  const type = `image/${format}`
  if (canvas.convertToBlob) return blobToBytes(await canvas.convertToBlob({ type }), type)
  if (canvas.toBlob) {
    const blob = await new Promise<Blob | null>((take) => canvas.toBlob?.(take, type))
    return blobToBytes(blob, type)
  }
  if (canvas.toBuffer) return toBytes(await canvas.toBuffer(type))
  return canvas.toDataURL ? dataUrlToBytes(canvas.toDataURL(type), type) : null
}

/** A drawable at the given size on a canvas of its own. Only where `canDraw`. */
export function draw(drawable: CanvasImageSource, width: number, height: number): CanvasLike {
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.drawImage(drawable, 0, 0, width, height)
  return canvas
}

/** Canvases fall back to PNG for formats that they do not know, hence the look at the type. */
async function blobToBytes(blob: Blob | null, type: string): Promise<Uint8Array | null> {
  return blob?.type === type ? new Uint8Array(await blob.arrayBuffer()) : null
}

function dataUrlToBytes(url: string, type: string): Uint8Array | null {
  const prefix = `data:${type};base64,`
  if (!url.startsWith(prefix)) return null
  return Uint8Array.from(atob(url.slice(prefix.length)), (char) => char.charCodeAt(0))
}
