import { createTracker, type Tracker } from '../src/client/tracker.js'
import type { TrackerOptions } from '../src/client/session.js'
import type { RemoteAuth, RemoteOptions } from '../src/rest/remote/options.js'
import { remoteStore } from '../src/rest/remote/remote-store.js'
import { onProcessExit } from './exit-hooks.js'
import { nodeFiles } from './node-files.js'

/** A tracker over an MLflow server. What is buffered is sent when the program has nothing left to do. */
export function openRemoteTracker(
  options: RemoteOptions,
  { onClose, ...given }: Pick<TrackerOptions, 'context' | 'onClose'>,
): Tracker {
  const auth = options.auth ?? (hasUserInfo(options.url) ? undefined : environmentAuth(process.env))
  const store = remoteStore({ streamUploads: true, ...options, ...(auth && { auth }) })
  const tracker = createTracker(store, {
    ...given,
    truncateLongValues: options.truncateLongValues ?? true,
    files: nodeFiles(),
    onClose: () => {
      unhook()
      onClose?.()
    },
  })
  const unhook = onProcessExit({ idle: () => tracker.flush() })
  return tracker
}

/** Name and password go before a token, as in MLflow's own client. */
function environmentAuth(env: NodeJS.ProcessEnv): RemoteAuth | undefined {
  const username = env['MLFLOW_TRACKING_USERNAME']
  const password = env['MLFLOW_TRACKING_PASSWORD']
  if (username && password) return { username, password }
  const token = env['MLFLOW_TRACKING_TOKEN']
  return token ? { token } : undefined
}

function hasUserInfo(url: string): boolean {
  return URL.canParse(url) && new URL(url).username !== ''
}
