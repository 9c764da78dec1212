import { TrackletError } from '../../errors.js'
import type { Database } from '../database.js'

/**
 * The dictionary of metric, param and tag keys. Keys are never removed, so what was read stays true;
 * ask outside transactions only, where everything read is committed.
 */
export class KeyDictionary {
  readonly #db: Database
  readonly #ids = new Map<string, number>()
  readonly #names: string[] = []

  constructor(db: Database) {
    this.#db = db
  }

  /** The id of a key; undefined for one that was never used. */
  idOf(name: string): number | undefined {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const row = this.#db.get('SELECT id FROM keys WHERE name = ?', [name])
    return row === undefined ? undefined : this.#keep(Number(row[0]), name)
  }

  /** The text of a key's id. */
  nameOf(id: number): string {
    const known = this.#names[id]
    if (known !== undefined) return known
    const row = this.#db.get('SELECT name FROM keys WHERE id = ?', [id])
    if (row === undefined) throw new TrackletError('DATA_LOSS', `The catalog lacks the key ${id}.`)
    this.#keep(id, String(row[0]))
    return String(row[0])
  }

  #keep(id: number, name: string): number {
    this.#ids.set(name, id)
    this.#names[id] = name
    return id
  }
}
