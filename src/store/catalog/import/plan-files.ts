import { toArtifactPath } from '../../../entities/artifact-path.js'
import { invalid } from '../../../entities/invalid.js'
import { findBlob } from '../artifacts.js'
import type { NewBlob } from '../artifacts.js'
import type { Draft } from '../draft.js'
import type { CatalogState } from '../state.js'
import type { ImportedFile } from '../../import-store.js'
import type { Staged } from './staged.js'

/** Puts an import's files: equal content is one blob, whether it is here already or comes twice. */
export class FilePlanner {
  /** Staged contents that are not needed, as equal ones are stored. */
  readonly superfluous: NewBlob[] = []
  readonly #state: CatalogState
  readonly #draft: Draft
  readonly #staged: Staged
  readonly #blobs = new Map<number, number>()
  readonly #byContent = new Map<string, number>()

  constructor(state: CatalogState, draft: Draft, staged: Staged) {
    this.#state = state
    this.#draft = draft
    this.#staged = staged
  }

  /** The files of a run, a logged model or a trace, by its internal id. */
  put(owner: number, files: readonly ImportedFile[]): void {
    const paths = new Set(files.map(({ path }) => path))
    if (paths.size < files.length) throw invalid('A path of the import is given twice.')
    for (const { path, file } of files) {
      refuseFileAbove(path, paths)
      const blob = this.#blob(file)
      this.#draft.add({ t: 'putArtifact', run: owner, path: toArtifactPath(path), blob })
    }
  }

  #blob(file: number): number {
    const known = this.#blobs.get(file)
    if (known !== undefined) return known
    const staged = this.#staged.file(file)
    if (staged === undefined) throw invalid(`The file ${file} of the import was not put.`)
    const content = `${staged.hash}/${staged.size}`
    const equal =
      findBlob(this.#state, staged.hash, staged.size)?.id ?? this.#byContent.get(content)
    const id = equal ?? this.#define(staged)
    if (equal !== undefined) this.superfluous.push(staged)
    this.#blobs.set(file, id)
    this.#byContent.set(content, id)
    return id
  }

  #define({ name, size, parts, hash }: NewBlob): number {
    const id = this.#draft.newId('blob')
    this.#draft.add({ t: 'defineBlob', id, name, size, parts, hash })
    return id
  }
}

function refuseFileAbove(path: string, paths: ReadonlySet<string>): void {
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1))
    if (paths.has(path.slice(0, slash)))
      throw invalid(`The file '${path}' cannot be stored: '${path.slice(0, slash)}' is a file.`)
}
