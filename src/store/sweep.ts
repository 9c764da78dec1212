import type { StorageAdapter } from '../adapter.js'

/** What may not be swept. */
export interface Living {
  /** Blob keys that a manifest names. */
  readonly keys: ReadonlySet<string>
  /** Names of artifact blobs that the state knows, that are being written, or that are due to go later. */
  readonly blobs: ReadonlySet<string>
}

/**
 * Deletes what a crash left behind: packs, segments, frames and artifact parts that nothing names.
 * Gives how many keys it deleted. To be called while no checkpoint is being written.
 */
export async function sweepOrphans(adapter: StorageAdapter, living: () => Living): Promise<number> {
  const packs: string[] = []
  for (const prefix of ['image/', 'series/', 'frames/']) packs.push(...(await adapter.list(prefix)))
  const parts = await adapter.list('blobs/')
  const { keys, blobs } = living()
  const dead = packs.filter((key) => !keys.has(key))
  dead.push(...parts.filter((key) => !blobs.has(key.split('/')[1] ?? '')))
  if (dead.length > 0) await adapter.delete(dead)
  return dead.length
}
