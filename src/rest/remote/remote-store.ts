import type { Store } from '../../store/store.js'
import { remoteAnalysis } from './analysis.js'
import { remoteArtifacts } from './artifacts.js'
import { remoteExport } from './export.js'
import { Connection } from './connection.js'
import { remoteLoggedModels } from './logged-models.js'
import { notOnServers } from './not-on-servers.js'
import type { RemoteOptions } from './options.js'
import { remoteRegistry } from './registry.js'
import { remoteTraces } from './traces.js'
import { remoteTracking } from './tracking.js'

/**
 * A store that is kept by an MLflow tracking server, spoken to over its REST protocol. Nothing is sent before the
 * first call. What MLflow's servers cannot do is NOT_IMPLEMENTED and says what to do instead: `subscribe`, `sql`,
 * `storage`, `purgeExperiment`, `purgeRun`, `purgeLoggedModel`, and the syntax 'extended'. `flush` and `checkpoint`
 * resolve when the server has answered all that was written before; how durable that is, is the server's own matter.
 * `close` does the same, then breaks off what is still being read; every later call is INVALID_STATE.
 *
 * TEMPORARILY_UNAVAILABLE where the server cannot be reached, DEADLINE_EXCEEDED where it falls silent,
 * PERMISSION_DENIED with what to do where it refuses who asks, ENDPOINT_NOT_FOUND where it knows no such call.
 * INVALID_PARAMETER_VALUE for a URL that names no server.
 */
export function remoteStore(options: RemoteOptions): Store {
  const server = new Connection(options)
  const { closeAll, ...artifacts } = remoteArtifacts(server)
  const settled = (): Promise<void> => server.lanes.settled()
  return {
    ...remoteTracking(server),
    ...remoteRegistry(server),
    ...remoteLoggedModels(server),
    ...remoteTraces(server),
    ...remoteAnalysis(server),
    ...artifacts,
    ...remoteExport(server),
    findTaken: () => notOnServers('import'),
    openImport: () => notOnServers('import'),
    stagePoints: () => notOnServers('import'),
    openStagedFile: () => notOnServers('import'),
    writeStagedFile: () => notOnServers('import'),
    finishStagedFile: () => notOnServers('import'),
    commitImport: () => notOnServers('import'),
    abortImport: () => notOnServers('import'),
    importRegisteredModel: () => notOnServers('import'),
    subscribe: () => notOnServers('watch'),
    flush: settled,
    checkpoint: settled,
    storage: () => notOnServers('storage'),
    async close() {
      await settled()
      await closeAll()
      server.http.close()
    },
  }
}
