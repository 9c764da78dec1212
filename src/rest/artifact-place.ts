import { toArtifactDirectory, toArtifactPath } from '../entities/artifact-path.js'
import type { ArtifactPath } from '../entities/artifact-path.js'
import { invalid } from '../entities/invalid.js'
import { TrackletError } from '../errors.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import type { LoggedModelStore } from '../store/logged-model-store.js'
import type { TraceStore } from '../store/trace-store.js'
import type { TrackingStore } from '../store/tracking-store.js'

/** A file or folder of a run, a logged model or a trace, as a proxied path names it. */
export interface ArtifactPlace {
  /** The id of what has it. */
  readonly runId: string
  /** Below its artifact root; '' for the root. */
  readonly path: ArtifactPath
}

/** The same, and what keeps its bytes. */
export interface ProxiedPlace extends ArtifactPlace {
  readonly files: ArtifactStore
}

/** What a proxied path says, without a look at what is there. */
export interface ParsedPlace extends ArtifactPlace {
  readonly experimentId: string
  readonly kind: 'run' | 'model' | 'trace'
}

/** What finding a place takes of a store. */
export type PlaceStore = ArtifactStore &
  Pick<TrackingStore, 'getRun'> &
  Pick<LoggedModelStore, 'getLoggedModel'> &
  Pick<TraceStore, 'getTraceInfo'>

/** A store that keeps files at any path, of something that is there or not, as a server with a folder for them. */
export interface AnyPathStore {
  /** All files by their paths from the root of the proxy; ids are passed over. */
  readonly anyPath: ArtifactStore
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
 * What `<experiment>/<run>/artifacts/<path>`, `<experiment>/models/<model>/artifacts/<path>` or
 * `<experiment>/traces/<trace>/artifacts/<path>`, the forms of every artifact location here, says; null for a path of
 * another form, "Invalid path" for one that could lead elsewhere.
 */
export function parsePlace(path: string): ParsedPlace | null {
  const [experimentId = '', ...parts] = safeDirectory(path).split('/')
  const kind = parts[0] === 'models' ? 'model' : parts[0] === 'traces' ? 'trace' : 'run'
  const [runId, folder, ...rest] = kind === 'run' ? parts : parts.slice(1)
  if (runId === undefined || folder !== 'artifacts') return null
  return { experimentId, kind, runId, path: safeDirectory(rest.join('/')) }
}

/**
 * The place of a proxied path; null where it has no form that `parsePlace` knows, or what it names is not there.
 * In a store that keeps files anywhere every path is a place.
 */
export async function findPlace(
  store: PlaceStore & Partial<AnyPathStore>,
  path: string,
): Promise<ProxiedPlace | null> {
  if (store.anyPath !== undefined)
    return { files: store.anyPath, runId: '', path: safeDirectory(path) }
  const place = parsePlace(path)
  if (place === null || (await experimentOf(store, place)) !== place.experimentId) return null
  return { files: store, runId: place.runId, path: place.path }
}

/** The same for a write, which needs a place: RESOURCE_DOES_NOT_EXIST where there is none. */
export async function requirePlace(
  store: PlaceStore & Partial<AnyPathStore>,
  path: string,
): Promise<ProxiedPlace> {
  const place = await findPlace(store, path)
  if (place !== null) return place
  throw new TrackletError(
    'RESOURCE_DOES_NOT_EXIST',
    `Nothing keeps artifacts at '${path}': the path must be '<experiment id>/<run id>/artifacts/<file>' of a run that is there, ` +
      "'<experiment id>/models/<model id>/artifacts/<file>' of a logged model, or " +
      "'<experiment id>/traces/<trace id>/artifacts/<file>' of a trace.",
  )
}

/** The experiment of what a place is of; null where it is not there. */
async function experimentOf(
  store: PlaceStore,
  { kind, runId: id }: ParsedPlace,
): Promise<string | null> {
  try {
    if (kind === 'model') return (await store.getLoggedModel(id)).experimentId
    if (kind === 'trace') return (await store.getTraceInfo(id)).experimentId
    return (await store.getRun(id)).info.experimentId
  } catch (error) {
    if (error instanceof TrackletError && error.errorCode === 'RESOURCE_DOES_NOT_EXIST') return null
    throw error
  }
}

function safely<T>(check: () => T): T {
  try {
    return check()
  } catch {
    throw invalid('Invalid path')
  }
}
