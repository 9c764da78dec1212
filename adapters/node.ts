import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createTracker, type Tracker } from '../src/client/tracker.js'
import { TrackletError } from '../src/errors.js'
import { openEngine } from '../src/store/engine.js'
import { onProcessExit } from './exit-hooks.js'
import { nodeContext } from './node-context.js'
import { nodeFiles } from './node-files.js'
import { uriToAdapter } from './node-uri.js'

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
}

/** The URI that `openTracker` takes when none is given: TRACKLET_URI, else `./.tracklet`. */
export function defaultUri(): string {
  return process.env['TRACKLET_URI'] || remoteUri() || './.tracklet'
}

/**
 * Opens a store in this process: a directory (`./runs`, `file:/runs`), or `memory:`, `memory:name`.
 * One holder at a time: RESOURCE_CONFLICT names the other one. What was logged is stored when the process exits.
 */
export async function openTracker(uri = defaultUri(), options: OpenTracker = {}): Promise<Tracker> {
  const { adapter, path } = await uriToAdapter(uri)
  const release = path === null ? (): void => undefined : await claim(path)
  try {
    const {
      context = {},
      onClose,
      truncateLongValues = truncateByEnvironment(),
      ...engine
    } = options
    const tags = { ...nodeContext({ env: process.env, script: process.argv[1] }), ...context }
    const store = await openEngine(adapter, { ...engine, truncateLongValues })
    const unhook = onProcessExit({ commit: () => void tracker.commitSync() })
    const tracker = createTracker(store, {
      context: tags,
      truncateLongValues,
      files: nodeFiles(),
      // Here a batch is in the journal when the call that sends it returns: nothing waits.
      maxBufferedBytes: Infinity,
      onClose: () => {
        unhook()
        release()
        onClose?.()
      },
    })
    return tracker
  } catch (error) {
    release()
    throw error
  }
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
  return uri !== undefined && /^https?:/i.test(uri) ? uri : undefined
}

function truncateByEnvironment(): boolean {
  return !/^(false|0)$/i.test(process.env['MLFLOW_TRUNCATE_LONG_VALUES'] ?? '')
}
