import type { ArtifactHost } from './host.js'
import type { Core } from '../core.js'
import { bytesToHex } from '../../entities/ids.js'

/** What the artifact repository needs of the engine: rows by the catalog, bytes by the adapter. */
export function artifactHost(core: Core): ArtifactHost {
  const { adapter, catalog, surroundings } = core.parts
  return {
    blobs: adapter,
    runFor: (runId, use) => {
      core.assertOpen()
      return catalog.artifacts.artifactOwner(runId, use)
    },
    artifact: (run, path) => catalog.artifacts.artifact(run, path),
    under: (run, dir) => {
      const file = dir === '' ? null : catalog.artifacts.artifact(run, dir)
      const below = catalog.artifacts.artifactsUnder(run, dir)
      return file ? [{ path: dir, size: file.size }, ...below] : below
    },
    blobByHash: (hash, size) => catalog.artifacts.findBlob(hash, size),
    put: (run, path, blob) =>
      core.write(() => catalog.artifacts.planPutArtifact(run, path, 'id' in blob ? blob.id : blob)),
    remove: (run, paths) => core.write(() => catalog.artifacts.planDeleteArtifacts(run, paths)),
    freshName: () => bytesToHex(surroundings.randomBytes(16)),
  }
}
