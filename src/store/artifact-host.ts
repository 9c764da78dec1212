import type { ArtifactHost } from '../artifacts/repository.js'
import type { Core } from './core.js'

/** What the artifact repository needs of the engine: rows by the catalog, bytes by the adapter. */
export function artifactHost(core: Core): ArtifactHost {
  const { adapter, catalog } = core.parts
  return {
    blobs: adapter,
    runFor: (runId, use) => {
      core.assertOpen()
      return catalog.internalRunId(runId, { active: use === 'write' })
    },
    artifact: (run, path) => catalog.artifact(run, path),
    under: (run, dir) => catalog.artifactsUnder(run, dir),
    blobByHash: (hash, size) => catalog.findBlob(hash, size),
    put: (run, path, blob) => core.write(() => catalog.planPutArtifact(run, path, blob)),
    remove: (run, paths) => core.write(() => catalog.planDeleteArtifacts(run, paths)),
    freshName: () => {
      const name = catalog.freshBlobName()
      core.freshBlobs.add(name)
      return name
    },
  }
}
