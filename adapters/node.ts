import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createTracker, type Tracker } from '../src/client/tracker.js'
import { TrackletError } from '../src/errors.js'
import { openEngine, type EngineOptions } from '../src/store/engine.js'
import type { LocalStore } from '../src/store/store.js'
import { useNative } from '../src/util/native.js'
import { onProcessExit } from './exit-hooks.js'
import { nodeContext } from './node-context.js'
import { nodeFiles } from './node-files.js'
import { nodeImports } from './node-import.js'
import { nodeNative } from './node-native.js'
import { openRemoteTracker } from './node-remote.js'
import type { RemoteOptions } from '../src/rest/remote/options.js'
import { openInThread, type ThreadOptions } from './node-thread.js'
import { uriToAdapter, type UriTarget } from './node-uri.js'

export * from '../src/index.js'

/** How `openTracker` opens a store in Node. */
export interface OpenTracker {
  /** Whether a store that is not there is made; true by default. */
  readonly create?: boolean
  /** How long to wait for another process to release the store; 5,000 by default. */
  readonly lockTimeoutMs?: number
  /** Where the artifact locations of new experiments begin; `mlflow-artifacts:` by default. */
  readonly artifactRoot?: string
  /** Whether too long params and tags are cut (true, the default, or MLFLOW_TRUNCATE_LONG_VALUES) or refused. */
  readonly truncateLongValues?: boolean
  /** Tags that every new run begins with, beside user, source and git commit. */
  readonly context?: Readonly<Record<string, string>>
  /** Called once when the tracker is closed. */
  readonly onClose?: () => void
  /** Go on past damage in the journal, with what can still be read. */
  readonly salvage?: boolean
  /**
   * Whether the engine runs in a worker thread, so that writing never holds up this one; false by default. A program
   * in one file gives the path or URL of its own copy of the package's `dist/adapters/node.worker.js`, bundled too.
   * Batches of log calls then travel for a moment: they are lost to SIGKILL only, as those that are not sent yet.
   */
  readonly worker?: boolean | string | URL
  /** How a server is spoken to, where the URI is one's: credentials, repetitions, time to wait. */
  readonly server?: Omit<RemoteOptions, 'url' | 'truncateLongValues'>
}

/** The URI that `openTracker` takes when none is given: TRACKLET_URI, a server's MLFLOW_TRACKING_URI, `./.tracklet`. */
export function defaultUri(): string {
  return process.env['TRACKLET_URI'] || remoteUri() || './.tracklet'
}

/**
 * Opens a store in this process: a directory (`./runs`, `file:/runs`), or `memory:`, `memory:name`.
 * One holder at a time: RESOURCE_CONFLICT names the other one. What was logged is stored when the process exits.
 *
 * `http:` and `https:` name an MLflow server (see `remoteStore`), whose name and password stand in the URL, in
 * MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or whose token in MLFLOW_TRACKING_TOKEN. What was logged is
 * sent when the program has nothing left to do; `process.exit` and signals do not wait for that, `close()` does.
 */
export async function openTracker(uri = defaultUri(), options: OpenTracker = {}): Promise<Tracker> {
  useNative(nodeNative)
  if (isServerUri(uri)) return openServer(uri, options)
  const target = await uriToAdapter(uri)
  const release = target.path === null ? (): void => undefined : await claim(target.path)
  try {
    const {
      context = {},
      onClose,
      worker = false,
      truncateLongValues = truncateByEnvironment(),
      server: _,
      ...given
    } = options
    const tags = contextTags(context)
    const engine = { ...given, truncateLongValues }
    const store =
      worker === false
        ? await openEngine(target.adapter, engine)
        : await openThread(target, engine, { script: worker, onEnd: release })
    const unhook = onProcessExit({ commit: () => void tracker.commitSync() })
    const tracker = createTracker(store, {
      context: tags,
      truncateLongValues,
      files: nodeFiles(),
      imports: nodeImports(),
      // In process a batch is in the journal when the call that sends it returns: nothing waits.
      ...(worker === false && { maxBufferedBytes: Infinity }),
      onClose: () => {
        unhook()
        if (worker === false) release()
        onClose?.()
      },
    })
    return tracker
  } catch (error) {
    release()
    throw error
  }
}

function openServer(uri: string, options: OpenTracker): Tracker {
  const { context = {}, truncateLongValues = truncateByEnvironment(), onClose, server } = options
  return openRemoteTracker(
    { ...server, url: uri, truncateLongValues },
    { context: contextTags(context), ...(onClose && { onClose }) },
  )
}

function contextTags(given: Readonly<Record<string, string>>): Record<string, string> {
  return { ...nodeContext({ env: process.env, script: process.argv[1] }), ...given }
}

function openThread(
  { adapter, path }: UriTarget,
  options: Omit<EngineOptions, 'sqlite' | 'surroundings'>,
  thread: ThreadOptions,
): Promise<LocalStore> {
  if (path === null && adapter.uri !== 'memory:')
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      `'${adapter.uri}' is shared within this thread, and a worker has memory of its own: leave out \`worker\`.`,
    )
  return openInThread({ directory: path, options }, thread)
}

/** Directories that this process has open: waiting for itself would never end. */
const open = new Set<string>()

async function claim(path: string): Promise<() => void> {
  const real = await realpath(path).catch(() => resolve(path))
  if (open.has(real))
    throw new TrackletError(
      'RESOURCE_CONFLICT',
      `${real} is already open in this process. Use that tracker, or close() it first.`,
    )
  open.add(real)
  return () => open.delete(real)
}

function remoteUri(): string | undefined {
  const uri = process.env['MLFLOW_TRACKING_URI']
  return uri !== undefined && isServerUri(uri) ? uri : undefined
}

function isServerUri(uri: unknown): uri is string {
  return typeof uri === 'string' && /^https?:/i.test(uri)
}

function truncateByEnvironment(): boolean {
  return !/^(false|0)$/i.test(process.env['MLFLOW_TRUNCATE_LONG_VALUES'] ?? '')
}
