import type { FileInfo } from '../entities/file-info.js'
import { TrackletError } from '../errors.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import { ahead } from '../util/ahead.js'
import { collectBytes } from '../util/concatenate.js'
import type { ZipEntry } from '../zip/zip-writer.js'
import type { ExportTally } from './export-report.js'
import { pathProblem } from './layout.js'

/** Artifacts up to this size are held whole, which makes them plain entries that any reader can skip over. */
const SMALL_FILE = 1024 * 1024

/** Files that are read before it is their turn. */
const AHEAD = 8

/** What reading files takes of a store. */
export type FilesOf = Pick<ArtifactStore, 'listArtifacts' | 'openRead' | 'read' | 'closeRead'>

/** Whose files are exported, and where to. */
export interface ArtifactExport {
  readonly store: FilesOf
  /** The id of a run, a logged model or a trace. */
  readonly owner: string
  /** The owner's folder, with `/` at its end. */
  readonly folder: string
  readonly tally: ExportTally
  /** Paths that are left out. */
  readonly except?: ReadonlySet<string>
}

/** A file of its text in UTF-8. */
export function textFile(path: string, text: string): ZipEntry {
  return { path, bytes: new TextEncoder().encode(text) }
}

/** The files of a run, a logged model or a trace, in the order of their paths. The next few are read while one is used. */
export async function* artifactFiles(
  task: ArtifactExport,
): AsyncGenerator<ZipEntry, void, undefined> {
  for await (const { entry } of ahead(entriesBelow(task, ''), AHEAD)) yield entry
}

/** An entry on its way; bare, a generator would wait for it. */
interface PendingEntry {
  readonly entry: Promise<ZipEntry>
}

async function* entriesBelow(
  task: ArtifactExport,
  below: string,
): AsyncGenerator<PendingEntry, void, undefined> {
  const { store, owner, folder, tally } = task
  for (const file of await store.listArtifacts(owner, ...(below === '' ? [] : [below]))) {
    const path = `${folder}artifacts/${file.path}`
    const problem = pathProblem(file.path)
    if (task.except?.has(file.path)) continue
    if (problem !== null) tally.skip(owner, 'artifacts', file.path, problem)
    else if (file.isDir) {
      yield { entry: Promise.resolve({ path: `${path}/` }) }
      yield* entriesBelow(task, file.path)
    } else {
      tally.artifacts += 1
      const entry = artifactFile(task, file, path)
      // An export that is given up asks for it no more; otherwise it fails in its turn.
      entry.catch(() => undefined)
      yield { entry }
    }
  }
}

async function artifactFile(task: ArtifactExport, file: FileInfo, path: string): Promise<ZipEntry> {
  const maxSize = file.fileSize ?? Number.MAX_SAFE_INTEGER
  const parts = (): AsyncIterable<Uint8Array> => artifactParts(task, file.path)
  if (maxSize > SMALL_FILE) return { path, stream: { parts, maxSize }, incompressible: true }
  return { path, bytes: await collectBytes(parts()), incompressible: true }
}

async function* artifactParts(
  { store, owner, tally }: ArtifactExport,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { handle, size } = await store.openRead(owner, path)
  let read = 0
  let ended = false
  try {
    while (!ended) {
      const part = await store.read(handle)
      ended = part === null
      read += part?.length ?? 0
      tally.artifactBytes += part?.length ?? 0
      tally.tell()
      if (part !== null) yield part
    }
  } finally {
    if (!ended) await store.closeRead(handle)
  }
  if (read !== size)
    throw new TrackletError(
      'DATA_LOSS',
      `Only ${read} of the ${size} bytes of the artifact '${path}' could be read.`,
    )
}
