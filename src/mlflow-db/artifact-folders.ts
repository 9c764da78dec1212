import { joinPath } from '../import/file-tree.js'
import type { FileTree } from '../import/file-tree.js'

/** Where MLflow's servers and clients put artifacts, below the folder that they run in. */
const ROOTS = ['mlruns', 'mlartifacts', '']
/** Names of a location's end that are looked for, such as `mlruns/1` of `/home/me/mlruns/1`. */
const LONGEST_TAIL = 4
const SCHEME = /^([A-Za-z][\w+.-]+):(?:\/\/[^/]*)?/
/** Schemes of what lies in folders that somebody has at hand: his own disk, the disk of an MLflow server. */
const LOCAL_SCHEMES = new Set(['file', 'mlflow-artifacts'])

interface Place {
  readonly folder: string
  /** The folders in it. */
  readonly names: ReadonlySet<string>
}

/** A folder in which runs' artifacts are looked for, by the ends of their URIs. */
export class ArtifactFolders {
  readonly #tree: FileTree
  readonly #listed = new Map<string, ReadonlySet<string>>()
  readonly #places = new Map<string, readonly Place[]>()

  constructor(tree: FileTree) {
    this.#tree = tree
  }

  /** Whether it is laid out as the folder of a server or a client. */
  async isLaidOut(): Promise<boolean> {
    const names = await this.#folders('')
    return names.has('mlruns') || names.has('mlartifacts')
  }

  /** The folder that a URI such as `file:///home/me/mlruns/1/ab12/artifacts` means; null where it is not here. */
  async find(uri: string): Promise<string | null> {
    const names = uriToNames(uri)
    const [run, last] = names?.slice(-2) ?? []
    if (names === null || run === undefined || last === undefined) return null
    for (const { folder, names: inside } of await this.#placesOf(names.slice(0, -2))) {
      if (!inside.has(run)) continue
      const path = joinPath(folder, run)
      if ((await this.#fresh(path)).has(last)) return joinPath(path, last)
    }
    return null
  }

  /** Folders that could be an experiment's. */
  async #placesOf(location: readonly string[]): Promise<readonly Place[]> {
    const id = location.join('/')
    const known = this.#places.get(id)
    if (known !== undefined) return known
    const places = new Map<string, Place>()
    const shortest = Math.min(1, location.length)
    for (let n = Math.min(location.length, LONGEST_TAIL); n >= shortest; n--)
      for (const root of ROOTS) {
        const folder = await this.#walk(root, location.slice(location.length - n))
        if (folder !== null && !places.has(folder))
          places.set(folder, { folder, names: await this.#folders(folder) })
      }
    const found = [...places.values()]
    this.#places.set(id, found)
    return found
  }

  // Step by step: what a listing leaves out, such as a link, is not entered.
  async #walk(root: string, names: readonly string[]): Promise<string | null> {
    let path = ''
    for (const name of root === '' ? names : [root, ...names]) {
      if (!(await this.#folders(path)).has(name)) return null
      path = joinPath(path, name)
    }
    return path
  }

  async #folders(path: string): Promise<ReadonlySet<string>> {
    const known = this.#listed.get(path) ?? (await this.#fresh(path))
    this.#listed.set(path, known)
    return known
  }

  async #fresh(path: string): Promise<ReadonlySet<string>> {
    const entries = await this.#tree.list(path)
    return new Set(entries.filter(({ isDir }) => isDir).map(({ name }) => name))
  }
}

/** Whether artifacts of a URI lie in some cloud, and not in a folder. */
export function isRemote(uri: string): boolean {
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase()
  return scheme !== undefined && !LOCAL_SCHEMES.has(scheme)
}

/** The names of a URI's or a path's folders; null where they could lead elsewhere. */
function uriToNames(uri: string): readonly string[] | null {
  const isUri = SCHEME.test(uri)
  const path = isUri ? decoded(uri.replace(SCHEME, '').replace(/[?#].*$/, '')) : uri
  const isWindows = !isUri && /^[A-Za-z]:\\|^\\\\/.test(path)
  const names = (isWindows ? path.replaceAll('\\', '/') : path)
    .split('/')
    .filter((name) => name !== '' && name !== '.')
  const isSafe = names.every((name) => name !== '..' && !/[\\\0]/.test(name))
  return isSafe ? names : null
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
