import type { ArtifactHost, StoredBlob } from '../../../src/store/artifacts/host.js'
import { ArtifactRepository } from '../../../src/store/artifacts/repository.js'
import { TrackletError } from '../../../src/errors.js'

/** An engine's state and a storage made of Maps, with counts of what was asked of them. */
export class MemoryHost implements ArtifactHost {
  readonly stored = new Map<string, Uint8Array>()
  readonly files = new Map<string, number>()
  readonly contents: StoredBlob[] = []
  readonly deletedRuns = new Set<string>()
  puts = 0
  commands = 0
  /** Called before each blob is stored; may throw. */
  onPut: (key: string, bytes: Uint8Array) => void | Promise<void> = () => undefined
  /** Throws from the next `put` of a path. */
  refuse: Error | null = null
  #names = 0

  readonly blobs: ArtifactHost['blobs'] = {
    put: async (key, bytes) => {
      this.puts++
      await this.onPut(key, bytes)
      this.stored.set(key, bytes.slice())
    },
    get: async (key, range) => {
      const bytes = this.stored.get(key)
      return bytes === undefined ? null : bytes.slice(range?.start ?? 0, range?.end ?? bytes.length)
    },
    list: async (prefix) => [...this.stored.keys()].filter((key) => key.startsWith(prefix)).sort(),
    delete: async (keys) => keys.forEach((key) => this.stored.delete(key)),
  }

  runFor(runId: string, use: 'read' | 'write'): number {
    if (runId === 'none') throw new TrackletError('RESOURCE_DOES_NOT_EXIST', 'no such run')
    if (use === 'write' && this.deletedRuns.has(runId))
      throw new TrackletError('INVALID_PARAMETER_VALUE', 'run is deleted')
    return runId === 'r' ? 1 : 2
  }

  artifact(run: number, path: string): StoredBlob | null {
    const id = this.files.get(`${run}:${path}`)
    return id === undefined ? null : (this.contents[id] ?? null)
  }

  under(run: number, dir: string): { path: string; size: number }[] {
    return [...this.files]
      .filter(([key]) => key.startsWith(`${run}:`))
      .map(([key, id]) => ({ path: key.slice(2), size: this.contents[id]?.size ?? -1 }))
      .filter(({ path }) => dir === '' || path === dir || path.startsWith(`${dir}/`))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  blobByHash(hash: string, size: number): { id: number; name: string } | null {
    const id = this.contents.findIndex((blob) => blob.hash === hash && blob.size === size)
    return id < 0 ? null : { id, name: this.contents[id]?.name ?? '' }
  }

  async put(run: number, path: string, blob: { id: number } | StoredBlob): Promise<void> {
    if (this.refuse) throw this.refuse
    this.commands++
    this.files.set(`${run}:${path}`, 'id' in blob ? blob.id : this.contents.push(blob) - 1)
  }

  async remove(run: number, paths: readonly string[]): Promise<void> {
    this.commands++
    for (const path of paths) this.files.delete(`${run}:${path}`)
  }

  freshName(): string {
    return `n${this.#names++}`
  }
}

/** A repository over a new MemoryHost, with a run `r`. */
export function memoryRepository(): { host: MemoryHost; store: ArtifactRepository } {
  const host = new MemoryHost()
  return { host, store: new ArtifactRepository(host) }
}
