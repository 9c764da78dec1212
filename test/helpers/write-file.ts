import type { ArtifactStore } from '../../src/store/artifact-store.js'

/** A message through the port carries at most this many bytes. */
const PART_BYTES = 2 ** 20

/** Stores an artifact through the port; a text as UTF-8. */
export async function writeFile(
  store: ArtifactStore,
  runId: string,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const handle = await store.openWrite(runId, path)
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    await store.write(handle, bytes.slice(at, at + PART_BYTES))
  }
  await store.finishWrite(handle)
}
