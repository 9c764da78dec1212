import { changeOne, raise } from './apply-effects.js'
import type { Effects, Interpreters } from './apply-effects.js'
import type { Database } from './database.js'

/** A blob whose parts may be deleted. */
export interface DroppedBlob {
  readonly id: number
  readonly name: string
  readonly parts: number
}

/** How the commands of files are applied. */
export const ARTIFACT_INTERPRETERS: Interpreters<'defineBlob' | 'putArtifact' | 'deleteArtifacts'> =
  {
    defineBlob(db, { id, name, size, parts, hash }, effects) {
      db.run('INSERT INTO blobs VALUES(?, ?, ?, ?, ?, 0)', [id, name, size, parts, hash])
      raise(effects, 'blob', id)
    },

    putArtifact(db, { run, path, blob }, effects) {
      changeOne(putArtifact(db, run, path, blob, effects.released), 'blob', blob)
      touchOwner(db, run, effects)
    },

    deleteArtifacts(db, { run, paths }, effects) {
      for (const path of paths) dropArtifact(db, run, path, effects.released)
      touchOwner(db, run, effects)
    },
  }

/** Forgets all files of a run, logged model or trace, by its internal id; their blobs join `released`. */
export function dropArtifactsOf(db: Database, owner: number, released: Set<number>): void {
  for (const [path] of db.all('SELECT path FROM artifacts WHERE run = ?', [owner]))
    dropArtifact(db, owner, String(path), released)
}

/** Removes those of `released` that nothing refers to any more, and names them. */
export function dropUnusedBlobs(
  db: Database,
  released: ReadonlySet<number>,
): readonly DroppedBlob[] {
  const dropped: DroppedBlob[] = []
  for (const id of released) {
    const row = db.get('SELECT name, parts FROM blobs WHERE id = ? AND refs = 0', [id])
    if (row === undefined) continue
    db.run('DELETE FROM blobs WHERE id = ?', [id])
    dropped.push({ id, name: String(row[0]), parts: Number(row[1]) })
  }
  return dropped
}

/** Forgets a path; its blob loses a reference and joins `released`. */
function dropArtifact(db: Database, run: number, path: string, released: Set<number>): void {
  const row = db.get('SELECT blob FROM artifacts WHERE run = ? AND path = ?', [run, path])
  if (row === undefined) return
  const blob = Number(row[0])
  db.run('DELETE FROM artifacts WHERE run = ? AND path = ?', [run, path])
  db.run('UPDATE blobs SET refs = refs - 1 WHERE id = ?', [blob])
  released.add(blob)
}

/** Points a path at a blob and counts the reference; the blob it pointed at before joins `released`. */
function putArtifact(
  db: Database,
  run: number,
  path: string,
  blob: number,
  released: Set<number>,
): number {
  const counted = db.run('UPDATE blobs SET refs = refs + 1 WHERE id = ?', [blob])
  dropArtifact(db, run, path, released)
  db.run('INSERT INTO artifacts VALUES(?, ?, ?)', [run, path, blob])
  return counted
}

/** Says that a run's files have changed; those of a logged model or trace are no change of a run. */
function touchOwner(db: Database, owner: number, effects: Effects): void {
  if (db.get('SELECT 1 FROM runs WHERE id = ?', [owner]) !== undefined) effects.runs.add(owner)
}
