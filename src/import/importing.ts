import { TrackletError } from '../errors.js'
import type { ImportedFile } from '../store/import-store.js'
import type { Claims, IdKind } from './claims.js'
import { isFilePath } from './clean.js'
import type { ImportOptions } from './import-options.js'
import type { ImportTally } from './report.js'
import type { Doubt, SourceFile } from './source.js'
import type { Stager } from './stager.js'
import { TakenPaths } from './taken-paths.js'

const ASKED_AT_ONCE = 100

/** An import under way, as those see it who take in one kind of thing of one experiment. */
export class Importing {
  readonly claims: Claims
  readonly stager: Stager
  readonly tally: ImportTally
  readonly doubt: Doubt
  readonly #options: ImportOptions

  constructor(claims: Claims, stager: Stager, tally: ImportTally, options: ImportOptions) {
    this.claims = claims
    this.stager = stager
    this.tally = tally
    this.doubt = tally.doubt
    this.#options = options
  }

  /** CANCELLED once the signal is aborted. */
  check(): void {
    refuseAborted(this.#options.signal)
  }

  /** Things of a source; the store, which may be in another thread, is asked about the ids of many at once. */
  async *claimed<T>(
    kind: IdKind,
    things: AsyncIterable<T>,
    idOf: (thing: T) => string,
  ): AsyncGenerator<T, void, undefined> {
    let group: T[] = []
    const ask = (): Promise<void> => this.claims.ask(kind, group.map(idOf))
    for await (const thing of things) {
      this.check()
      group.push(thing)
      if (group.length < ASKED_AT_ONCE) continue
      await ask()
      yield* group
      group = []
    }
    if (group.length > 0) await ask()
    yield* group
  }

  /** Puts files that a store can hold; the others are doubted. `path` is where they are in the source. */
  async files(files: AsyncIterable<SourceFile>, path: string): Promise<ImportedFile[]> {
    const staged: ImportedFile[] = []
    const hashed: SourceFile[] = []
    for await (const file of files) {
      this.check()
      if (file.path.includes('#')) hashed.push(file)
      else if (isFilePath(file.path, path, this.doubt)) staged.push(await this.stager.file(file))
    }
    return hashed.length === 0 ? staged : [...staged, ...(await this.#hashed(hashed, staged, path))]
  }

  /** Puts files with `#` in their paths, which MLflow 2 writes and no URI can tell, with `~` instead, as MLflow 3 does. */
  async #hashed(
    files: readonly SourceFile[],
    others: readonly ImportedFile[],
    path: string,
  ): Promise<ImportedFile[]> {
    const staged: ImportedFile[] = []
    const taken = new TakenPaths()
    for (const other of others) taken.add(other.path)
    for (const file of files) {
      this.check()
      const own = taken.free(file.path.replaceAll('#', '~'))
      if (own === null || !isFilePath(own, path, () => undefined)) {
        isFilePath(file.path, path, this.doubt)
        continue
      }
      this.doubt(
        `${path}/${file.path}`,
        `No path has "#" here: it was taken as ${JSON.stringify(own)}.`,
      )
      taken.add(own)
      staged.push(await this.stager.file({ ...file, path: own }))
    }
    return staged
  }

  /** Tells how far it is. */
  progress(): void {
    const { points, artifacts, artifactBytes } = this.tally
    const runs = this.tally.taken('runs')
    this.#options.onProgress?.({ runs, points, artifacts, artifactBytes })
  }
}

/** CANCELLED once a signal is aborted. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  throw new TrackletError('CANCELLED', 'The import was cancelled; nothing was changed.', {
    cause: signal.reason,
  })
}
