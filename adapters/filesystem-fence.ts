// How a writer learns that it is no longer the store's: src/store/FORMAT.md, "CURRENT".
import fs from 'node:fs'
import { join } from 'node:path'
import { TrackletError } from '../src/errors.js'
import { currentFiles, currentName, epochOf } from './filesystem-state.js'

/** Tells one writer whether its epoch is still the newest of its folder; once it is not, it never is again. */
export class FilesystemFence {
  readonly #dir: string
  readonly #epoch: number
  /** This epoch's CURRENT file, which stays while nobody has a newer one, and the next one's, which comes then. */
  readonly #current: string
  readonly #successor: string
  #fenced = false

  constructor(dir: string, epoch: number) {
    this.#dir = dir
    this.#epoch = epoch
    this.#current = join(dir, currentName(epoch))
    this.#successor = join(dir, currentName(epoch + 1))
  }

  /** INVALID_STATE once there is another writer, or the folder is gone. */
  check(): void {
    if (!fs.existsSync(this.#current) || fs.existsSync(this.#successor)) this.#fenced = true
    this.refuse()
  }

  /** The same after this writer made its CURRENT file anew: the file proves nothing then; no file of a newer epoch does. */
  checkFolder(): void {
    const newest = currentFiles(fs.readdirSync(this.#dir)).at(-1) ?? ''
    if (epochOf(newest) !== this.#epoch) this.#fenced = true
    this.refuse()
  }

  /** INVALID_STATE where a check has failed before; looks at no file. */
  refuse(): void {
    if (!this.#fenced) return
    throw new TrackletError(
      'INVALID_STATE',
      `This writer of "file:${this.#dir}" is fenced: another one took the store over, or its folder was removed. Close it and open it again.`,
    )
  }
}
