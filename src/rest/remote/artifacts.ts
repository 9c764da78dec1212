import { toArtifactDirectory, toArtifactPath } from '../../entities/artifact-path.js'
import { invalid } from '../../entities/invalid.js'
import type { ArtifactStore } from '../../store/artifact-store.js'
import { ArtifactDownload, type ByteRange } from './artifact-download.js'
import { ArtifactRoots, isModelId } from './artifact-root.js'
import { ArtifactUpload } from './artifact-upload.js'
import type { Connection } from './connection.js'
import { pathOf } from './logged-models.js'
import { listOf, toFileInfo } from './wire.js'

interface Turns<T> {
  readonly of: T
  /** The end of the calls made so far, which are served in order. */
  queue: Promise<unknown>
}

/**
 * Files of runs and logged models behind a server's artifact proxy (MLflow's `mlflow-artifacts:` places). The server
 * lists what it keeps elsewhere too, but does not pass it on.
 */
export function remoteArtifacts(server: Connection): ArtifactStore & { closeAll(): Promise<void> } {
  const { http } = server
  const roots = new ArtifactRoots(server)
  const uploads = new Map<number, Turns<ArtifactUpload>>()
  const downloads = new Map<number, Turns<ArtifactDownload>>()
  let lastHandle = 0

  return {
    async listArtifacts(runId, path) {
      const dir = toArtifactDirectory(path) || undefined
      const answer = isModelId(runId)
        ? await server.read(`${pathOf(runId)}/artifacts/directories`, {
            artifact_directory_path: dir,
          })
        : await server.read('artifacts/list', { run_id: runId, path: dir }, runId)
      const files = listOf(answer['files']).map(toFileInfo)
      return files.sort((a, b) => (a.path < b.path ? -1 : 1))
    },
    async openWrite(runId, path) {
      const checked = toArtifactPath(path)
      http.assertOpen()
      const upload = new ArtifactUpload(
        http,
        await roots.path(runId, checked),
        server.streamUploads,
      )
      uploads.set(++lastHandle, { of: upload, queue: Promise.resolve() })
      return lastHandle
    },
    async write(handle, bytes) {
      const upload = uploads.get(handle)
      if (upload === undefined) throw unknownHandle(handle)
      try {
        await inTurn(upload, () => upload.of.write(bytes))
      } catch (error) {
        uploads.delete(handle)
        throw error
      }
    },
    async finishWrite(handle) {
      const upload = taken(uploads, handle)
      await inTurn(upload, () => upload.of.finish())
    },
    async abortWrite(handle) {
      await taken(uploads, handle).of.abort()
    },
    async openRead(runId, path, range) {
      const checked = toArtifactPath(path)
      if (range !== undefined) checkRange(range)
      http.assertOpen()
      const download = await ArtifactDownload.open(http, await roots.path(runId, checked), range)
      downloads.set(++lastHandle, { of: download, queue: Promise.resolve() })
      return { handle: lastHandle, size: download.size }
    },
    async read(handle) {
      const download = downloads.get(handle)
      if (download === undefined) throw unknownHandle(handle)
      try {
        const bytes = await inTurn(download, () => download.of.next())
        if (bytes === null) downloads.delete(handle)
        return bytes
      } catch (error) {
        downloads.delete(handle)
        throw error
      }
    },
    async closeRead(handle) {
      downloads.get(handle)?.of.close()
      downloads.delete(handle)
    },
    async deleteArtifacts(runId, path) {
      const dir = toArtifactDirectory(path)
      http.assertOpen()
      await http.json({ method: 'DELETE', path: await roots.path(runId, dir), repeat: true })
    },
    async closeAll() {
      for (const { of } of downloads.values()) of.close()
      downloads.clear()
      const open = [...uploads.values()]
      uploads.clear()
      await Promise.all(open.map(({ of }) => of.abort()))
    },
  }
}

function inTurn<T, R>(turns: Turns<T>, action: () => Promise<R>): Promise<R> {
  const result = turns.queue.then(action)
  turns.queue = result.catch(() => undefined)
  return result
}

function taken<T>(open: Map<number, T>, handle: number): T {
  const found = open.get(handle)
  if (found === undefined) throw unknownHandle(handle)
  open.delete(handle)
  return found
}

function checkRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end) return
  throw invalid(
    `Invalid range [${start}, ${end}): start and end must be integers with 0 <= start <= end.`,
  )
}

function unknownHandle(handle: number): Error {
  return invalid(
    `No open artifact has the handle ${handle}: it was never opened, or has been finished, aborted or closed, or has failed.`,
  )
}
