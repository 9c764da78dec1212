import { cp, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore, RecoveryReport } from '../../src/store/store.js'
import { seededRandom } from '../helpers/random.js'
import { stateHash } from '../helpers/state-hash.js'
import { workload } from '../helpers/workload.js'

const SEED = 4_711
const OPERATIONS = 120

describe('a journal that was cut or damaged', () => {
  let scratch = ''
  let original = ''
  let journal = ''
  /** Bytes of the journal after each write, with the state at that moment. */
  const boundaries: { bytes: number; hash: string }[] = []

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tracklet-torn-'))
    original = join(scratch, 'original')
    const store = await openEngine(filesystemAdapter(original))
    journal = await journalOf(original)
    await note(store)
    const unchecked = withoutCheckpoints(store)
    for (const operation of workload(SEED, OPERATIONS)) {
      await operation(unchecked).catch(() => undefined)
      await note(store)
    }
    // Never closed: the folder is copied as a crash would leave it.
    await cp(original, join(scratch, 'crashed'), { recursive: true, filter: keepsNoSocket })
    await store.close()
  })

  afterAll(() => rm(scratch, { recursive: true, force: true }))

  async function note(store: LocalStore): Promise<void> {
    const { size } = await stat(join(original, journal))
    const hash = await stateHash(store)
    if (boundaries.at(-1)?.bytes === size) expect(boundaries.at(-1)?.hash).toBe(hash)
    else boundaries.push({ bytes: size, hash })
  }

  /** Opens a copy whose journal was changed; gives its state, and whether it can be written afterwards. */
  async function reopened(
    change: (file: string) => Promise<void>,
  ): Promise<{ hash: string; recovery: RecoveryReport; writable: boolean }> {
    const copy = join(scratch, 'copy')
    await rm(copy, { recursive: true, force: true })
    await cp(join(scratch, 'crashed'), copy, { recursive: true })
    await change(join(copy, journal))
    const store = await openEngine(filesystemAdapter(copy))
    const { recovery, writable } = await store.storage()
    const hash = await stateHash(store)
    await store.close()
    return { hash, recovery, writable }
  }

  const stateAt = (bytes: number): string =>
    boundaries.filter((boundary) => boundary.bytes <= bytes).at(-1)?.hash ?? 'none'

  it('opens at every record boundary and its neighbours with exactly the acknowledged state', async () => {
    expect(boundaries.length).toBeGreaterThan(60)
    for (const { bytes } of boundaries) {
      for (const cut of [bytes - 1, bytes, bytes + 1]) {
        const total = boundaries.at(-1)?.bytes ?? 0
        if (cut < (boundaries[0]?.bytes ?? 0) || cut > total) continue
        const { hash, writable } = await reopened((file) => truncate(file, cut))
        expect(hash, `cut at ${cut}`).toBe(stateAt(cut))
        expect(writable).toBe(true)
      }
    }
  })

  it('opens at 300 seeded torn points with the state of the records before them', async () => {
    const random = seededRandom(SEED)
    const [first, last] = [boundaries[0]?.bytes ?? 0, boundaries.at(-1)?.bytes ?? 0]
    for (let i = 0; i < 300; i++) {
      const cut = first + Math.floor(random() * (last - first))
      const { hash, recovery } = await reopened((file) => truncate(file, cut))
      expect(hash, `cut at ${cut}`).toBe(stateAt(cut))
      const torn = !boundaries.some(({ bytes }) => bytes === cut)
      expect(recovery.state).toBe(torn ? 'torn-tail' : 'replayed')
      expect(recovery.cutBytes > 0).toBe(torn)
    }
  })

  it('answers a flipped bit with the state before it, read-only where records follow, never with another state', async () => {
    const random = seededRandom(SEED + 1)
    const last = boundaries.at(-1)?.bytes ?? 0
    for (let i = 0; i < 100; i++) {
      const bit = Math.floor(random() * last * 8)
      const { hash, recovery, writable } = await reopened((file) => flipBit(file, bit))
      const at = Math.floor(bit / 8)
      const inLast = at >= (boundaries.at(-2)?.bytes ?? 0)
      expect(hash, `bit ${bit}`).toBe(at < (boundaries[0]?.bytes ?? 0) ? hash : stateAt(at))
      expect(recovery.problems.length, `bit ${bit}`).toBeGreaterThan(0)
      expect(writable, `bit ${bit}`).toBe(inLast)
    }
  })

  it('goes on after damage when asked to salvage, and keeps what can still be applied', async () => {
    const middle = boundaries[Math.floor(boundaries.length / 2)]?.bytes ?? 0
    const copy = join(scratch, 'salvaged')
    await cp(join(scratch, 'crashed'), copy, { recursive: true })
    await flipBit(join(copy, journal), (middle + 40) * 8)
    const readOnly = await openEngine(filesystemAdapter(copy))
    await expect(readOnly.createExperiment('refused')).rejects.toMatchObject({
      errorCode: 'INVALID_STATE',
    })
    await readOnly.close()
    const salvaged = await openEngine(filesystemAdapter(copy), { salvage: true })
    const { recovery, writable } = await salvaged.storage()
    expect(writable).toBe(true)
    expect(recovery.problems.length).toBeGreaterThan(0)
    await salvaged.createExperiment('accepted')
    const hash = await stateHash(salvaged)
    await salvaged.close()
    const again = await openEngine(filesystemAdapter(copy))
    expect((await again.storage()).recovery.state).toBe('clean')
    expect(await stateHash(again)).toBe(hash)
    await again.close()
  })
})

/** The store with its checkpoints left out, so that the whole history stays in one journal file. */
function withoutCheckpoints(store: LocalStore): LocalStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'checkpoint') return () => Promise.resolve()
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

async function journalOf(directory: string): Promise<string> {
  const [name] = (await readdir(directory)).filter((file) => file.startsWith('journal-'))
  if (name === undefined) throw new Error('The store has no journal file.')
  return name
}

async function flipBit(file: string, bit: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  await writeFile(file, bytes)
}

function keepsNoSocket(path: string): boolean {
  return !path.endsWith('.sock')
}
