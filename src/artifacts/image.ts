import { invalid } from '../entities/invalid.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import { throwIfAborted } from '../errors.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import type { TrackingStore } from '../store/tracking-store.js'
import { artifactFilePath, type ArtifactPath } from '../entities/artifact-path.js'
import type { ImageFormat } from './canvas.js'
import { checkImage, encodeImage, encodePreview, type ImageSource } from './image-encoding.js'
import type { Warn } from './pixels.js'
import { randomUuid } from './uuid.js'
import { writeArtifact } from './write.js'

/** Where an image goes: to one file, or to the series of images under a key. */
export type ImageTarget =
  | { readonly artifactFile: string }
  | {
      /** Letters, digits, `_`, `-`, `.`, `/` and blanks. */
      readonly key: string
      /** 0 by default. */
      readonly step?: number | undefined
      /** Epoch milliseconds; now by default. */
      readonly timestamp?: number | undefined
    }

/** Options of `logImage`. */
export interface ImageOptions {
  readonly signal?: AbortSignal | undefined
  /** Hears when floats outside 0..1 are rescaled. */
  readonly warn?: Warn | undefined
}

const FORMATS: Readonly<Record<string, ImageFormat>> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  webp: 'webp',
}

/**
 * Stores an image and gives the path of it. With `artifactFile` the extension says the format. With `key` it is a
 * PNG below `images/`, named by key, step and time as MLflow names it, with the small WebP copy that MLflow's pages
 * show where the platform can encode one (browsers; in Node the PNG alone), and the tag `mlflow.loggedImages`.
 * INVALID_PARAMETER_VALUE for what is no image, out-of-range integers and bad keys.
 */
export async function logImage(
  store: ArtifactStore & Pick<TrackingStore, 'setTag'>,
  runId: string,
  image: ImageSource,
  target: ImageTarget,
  { signal, warn }: ImageOptions = {},
): Promise<ArtifactPath> {
  throwIfAborted(signal)
  checkImage(image)
  const given = target as {
    artifactFile?: unknown
    key?: unknown
    step?: unknown
    timestamp?: unknown
  }
  if ((given.artifactFile === undefined) === (given.key === undefined))
    throw invalid(
      'Give exactly one of `artifactFile`, for a single file, and `key`, for images by step.',
    )
  if ('artifactFile' in target && target.artifactFile !== undefined) {
    if (given.step !== undefined || given.timestamp !== undefined)
      throw invalid('`step` and `timestamp` go with `key`, not with `artifactFile`.')
    const path = artifactFilePath(target.artifactFile)
    const bytes = await encodeImage(image, imageFormat(path), warn)
    await writeArtifact(store, runId, path, bytes, { signal })
    return path
  }
  const name = seriesName(target as Extract<ImageTarget, { key: string }>)
  const path = artifactFilePath(`${name}.png`)
  await writeArtifact(store, runId, path, await encodeImage(image, 'png', warn), { signal })
  const preview = await encodePreview(image)
  if (preview !== null)
    await writeArtifact(store, runId, `${name}+compressed.webp`, preview, { signal })
  await store.setTag(runId, MLFLOW_TAGS.loggedImages, 'True')
  return path
}

/** The format that a path's extension names; INVALID_PARAMETER_VALUE for any other. */
export function imageFormat(path: string): ImageFormat {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  const format = Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined
  if (format !== undefined) return format
  throw invalid(
    `Unknown image file extension in ${JSON.stringify(path)}. Use .png, .jpg, .jpeg or .webp.`,
  )
}

function seriesName({ key, step, timestamp }: Extract<ImageTarget, { key: string }>): string {
  if (typeof key !== 'string' || !/^[a-zA-Z0-9_\-./ ]+$/.test(key))
    throw invalid(
      `The \`key\` parameter may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), and slashes (/). The provided key ${JSON.stringify(key)} contains invalid characters.`,
    )
  const at = whole('step', step ?? 0)
  const time = whole('timestamp', timestamp ?? Date.now())
  return `images/${key.replaceAll('/', '~')}+step+${at}+timestamp+${time}+${randomUuid()}`
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value)) return value
  throw invalid(`${name} must be an integer; got ${String(value)}.`)
}
