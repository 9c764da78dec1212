import { toArtifactDirectory, toArtifactPath } from '../entities/artifact-path.js'
import type { ArtifactPath } from '../entities/artifact-path.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import type { TrackingStore } from '../store/tracking-store.js'

/** A file or folder of a run, as a proxied path names it. */
export interface ArtifactPlace {
  readonly runId: string
  /** Below the run's artifact root; '' for the root. */
  readonly path: ArtifactPath
}

/** A folder's path below a root; MLflow's "Invalid path" for what could lead out of it. */
export function safeDirectory(path: string): ArtifactPath {
  return safely(() => toArtifactDirectory(path))
}

/** A file's path below a root, likewise. */
export function safeFile(path: string): ArtifactPath {
  return safely(() => toArtifactPath(path))
}

/**
 * What `<experiment>/<run>/artifacts/<path>`, the form of every `artifact_uri` here, stands for; null where it has
 * another form or there is no such run. "Invalid path" for a path that could lead elsewhere.
 */
export async function findPlace(
  store: Pick<TrackingStore, 'getRun'>,
  path: string,
): Promise<ArtifactPlace | null> {
  const [experimentId, runId, folder, ...rest] = safeDirectory(path).split('/')
  if (runId === undefined || folder !== 'artifacts') return null
  try {
    const { info } = await store.getRun(runId)
    if (info.experimentId !== experimentId) return null
  } catch (error) {
    if (error instanceof TrackletError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null
    throw error
  }
  return { runId, path: safeDirectory(rest.join('/')) }
}

/** The same for a write, which needs a place: RESOURCE_DOES_NOT_EXIST where there is none. */
export async function requirePlace(
  store: Pick<TrackingStore, 'getRun'>,
  path: string,
): Promise<ArtifactPlace> {
  const place = await findPlace(store, path)
  if (place !== null) return place
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `No run keeps artifacts at '${path}': the path must be '<experiment id>/<run id>/artifacts/<file>' of a run that is there.`,
  )
}

function safely<T>(check: () => T): T {
  try {
    return check()
  } catch {
    throw invalid('Invalid path')
  }
}
