import { invalid } from '../../entities/invalid.js'
import type { Plan } from '../commands.js'
import { Draft, nothingToDo } from './draft.js'
import type { CatalogState } from './state.js'

/** Stored bytes that artifacts may share. */
export interface Blob {
  readonly id: number
  /** Its parts lie under `blobs/<name>/<part number>`. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  readonly parts: number
  /** SHA-256, lower-case hex. */
  readonly hash: string
}

/** A blob that no command has named yet. */
export interface NewBlob {
  readonly name: string
  readonly size: number
  readonly parts: number
  /** SHA-256, lower-case hex. */
  readonly hash: string
}

/** A file below an artifact directory. */
export interface ArtifactEntry {
  /** Relative to the run's artifact root. */
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** Points a run's path at a blob, known by id or new; INVALID_PARAMETER_VALUE where a file and a directory would share a path. */
export function planPutArtifact(
  state: CatalogState,
  run: number,
  path: string,
  blob: number | NewBlob,
): Plan<void> {
  checkPlace(state, run, path)
  const draft = new Draft(state)
  draft.add({ t: 'putArtifact', run, path, blob: blobId(draft, blob) })
  return draft.plan(() => undefined)
}

/** Forgets these files of a run; one that is not there is no error. */
export function planDeleteArtifacts(
  state: CatalogState,
  run: number,
  paths: readonly string[],
): Plan<void> {
  const known = paths.filter((path) => artifact(state, run, path) !== null)
  if (known.length === 0) return nothingToDo(() => undefined)
  const draft = new Draft(state)
  draft.add({ t: 'deleteArtifacts', run, paths: known })
  return draft.plan(() => undefined)
}

/** A stored blob of this content. */
export function findBlob(state: CatalogState, hash: string, size: number): Blob | null {
  const sql = 'SELECT id, name, size, parts, hash FROM blobs WHERE hash = ? AND size = ?'
  return rowToBlob(state.db.get(sql, [hash, size]))
}

/** The blob of a run's file; null where there is none. */
export function artifact(state: CatalogState, run: number, path: string): Blob | null {
  const sql = `SELECT b.id, b.name, b.size, b.parts, b.hash FROM artifacts a JOIN blobs b ON b.id = a.blob
    WHERE a.run = ? AND a.path = ?`
  return rowToBlob(state.db.get(sql, [run, path]))
}

/** All files below a directory, however deep, by path; the root is ''. */
export function artifactsUnder(state: CatalogState, run: number, dir: string): ArtifactEntry[] {
  const select = `SELECT a.path, b.size FROM artifacts a JOIN blobs b ON b.id = a.blob WHERE a.run = ?`
  const rows =
    dir === ''
      ? state.db.all(`${select} ORDER BY a.path`, [run])
      : state.db.all(`${select} AND a.path > ? AND a.path < ? ORDER BY a.path`, [
          run,
          `${dir}/`,
          `${dir}0`,
        ])
  return rows.map(([path, size]) => ({ path: String(path), size: Number(size) }))
}

/** Bytes of all stored blobs together: equal files count once. */
export function artifactBytes(state: CatalogState): number {
  return Number(state.db.get('SELECT coalesce(sum(size), 0) FROM blobs')?.[0])
}

/** The names of all blobs that the catalog knows. */
export function blobNames(state: CatalogState): string[] {
  return state.db.all('SELECT name FROM blobs ORDER BY id').map(([name]) => String(name))
}

function blobId(draft: Draft, blob: number | NewBlob): number {
  if (typeof blob === 'number') return blob
  const { name, size, parts, hash } = blob
  const id = draft.newId('blob')
  draft.add({ t: 'defineBlob', id, name, size, parts, hash })
  return id
}

function checkPlace(state: CatalogState, run: number, path: string): void {
  const segments = path.split('/')
  for (let depth = 1; depth < segments.length; depth++) {
    const parent = segments.slice(0, depth).join('/')
    if (artifact(state, run, parent) !== null)
      throw invalid(
        `The artifact '${path}' cannot be stored: '${parent}' is a file. Choose another path.`,
      )
  }
  const sql = 'SELECT 1 FROM artifacts WHERE run = ? AND path > ? AND path < ? LIMIT 1'
  if (state.db.get(sql, [run, `${path}/`, `${path}0`]) !== undefined)
    throw invalid(
      `The artifact '${path}' cannot be stored: it is a directory. Choose another path.`,
    )
}

function rowToBlob(row: readonly unknown[] | undefined): Blob | null {
  if (row === undefined) return null
  const [id, name, size, parts, hash] = row
  return {
    id: Number(id),
    name: String(name),
    size: Number(size),
    parts: Number(parts),
    hash: String(hash),
  }
}
