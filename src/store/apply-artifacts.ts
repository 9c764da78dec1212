import type { Database } from './database.js'

/** A blob whose parts may be deleted. */
export interface DroppedBlob {
  readonly id: number
  readonly name: string
  readonly parts: number
}

/** Points a path at a blob and counts the reference; the blob it pointed at before joins `released`. */
export function putArtifact(
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

/** Forgets a path; its blob loses a reference and joins `released`. */
export function dropArtifact(db: Database, run: number, path: string, released: Set<number>): void {
  const row = db.get('SELECT blob FROM artifacts WHERE run = ? AND path = ?', [run, path])
  if (row === undefined) return
  const blob = Number(row[0])
  db.run('DELETE FROM artifacts WHERE run = ? AND path = ?', [run, path])
  db.run('UPDATE blobs SET refs = refs - 1 WHERE id = ?', [blob])
  released.add(blob)
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
