import type { Core } from './core.js'
import type { StorageInfo } from './store.js'

/** Past this size of its SQLite image a store still works, but opening it and checkpoints get slow. */
const IMAGE_WARN_BYTES = 128 * 1024 * 1024

/** What `storage()` answers. */
export async function storageInfo(core: Core): Promise<StorageInfo> {
  core.assertOpen()
  const { adapter, catalog, series, recovery } = core.parts
  const usage = await adapter.usage()
  const sealed = series.segments.reduce((sum, { bytes }) => sum + bytes, 0)
  return {
    uri: adapter.uri,
    bytes: usage.bytes,
    quota: usage.quota ?? null,
    imageBytes: core.imageBytes,
    journalBytes: core.journalBytes,
    seriesBytes: sealed,
    artifactBytes: catalog.artifacts.artifactBytes(),
    ...catalog.counts(),
    points: series.sealedPoints + series.tailPoints,
    writable: core.writable,
    warnings: warningsOf(core),
    recovery,
  }
}

function warningsOf(core: Core): string[] {
  const warnings = [...core.parts.recovery.problems]
  if (core.imageBytes > IMAGE_WARN_BYTES) {
    warnings.push(
      `The database image has ${core.imageBytes} bytes; past ${IMAGE_WARN_BYTES} opening and checkpoints get slow. Archive and purge old experiments.`,
    )
  }
  const failure = core.journal.failure ?? core.backgroundFailure
  if (failure) warnings.push(failure.message)
  return warnings
}
