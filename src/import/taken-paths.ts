/** The paths of an owner's files, and the folders that these are in. */
export class TakenPaths {
  readonly #files = new Set<string>()
  readonly #folders = new Set<string>()

  add(path: string): void {
    this.#files.add(path)
    for (const folder of foldersOf(path)) this.#folders.add(folder)
  }

  /** The path, with as many `~` after it as make it a new one; null where one of its folders is a file. */
  free(path: string): string | null {
    if (foldersOf(path).some((folder) => this.#files.has(folder))) return null
    let free = path
    while (this.#files.has(free) || this.#folders.has(free)) free += '~'
    return free
  }
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, n) => names.slice(0, n + 1).join('/'))
}
