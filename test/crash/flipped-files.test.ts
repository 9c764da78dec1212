import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { openEngine } from '../../src/store/engine.js'
import { TrackletError } from '../../src/errors.js'
import type { LocalStore } from '../../src/store/store.js'
import { seededRandom } from '../helpers/random.js'
import { stateHash } from '../helpers/state-hash.js'
import { workload } from '../helpers/workload.js'

const FLIPS_A_FILE = process.env['TRACKLET_FULL'] ? 40 : 6

describe('a bit that flipped in a file of a closed store', () => {
  let scratch = ''
  let files: string[] = []
  let hash = ''

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tracklet-flip-'))
    const original = join(scratch, 'original')
    const store = await openEngine(filesystemAdapter(original))
    for (const operation of workload(5, 200)) await operation(store).catch(() => undefined)
    hash = await stateHash(store)
    await store.close()
    files = await filesOf(original)
  })

  afterAll(() => rm(scratch, { recursive: true, force: true }))

  it('is never read as different data: the state is the same, or a typed error says what is lost', async () => {
    const random = seededRandom(31)
    const outcomes = new Map<string, Set<string>>()
    for (const file of files) {
      for (let i = 0; i < FLIPS_A_FILE; i++) {
        const outcome = await afterFlip(file, random)
        const kind = file.split('/')[0] ?? file
        outcomes.set(kind, (outcomes.get(kind) ?? new Set()).add(outcome))
        expect(outcome, file).toMatch(
          /^(same|same, reported|older, reported|DATA_LOSS|INVALID_STATE|INVALID_PARAMETER_VALUE)$/,
        )
      }
    }
    // What is checked by a sum must have been found out somewhere.
    expect([...(outcomes.get('series') ?? [])]).toContain('DATA_LOSS')
    expect([...(outcomes.get('blobs') ?? [])]).toContain('DATA_LOSS')
    expect([...(outcomes.get('image') ?? [])]).toContain('same, reported')
  })

  async function afterFlip(file: string, random: () => number): Promise<string> {
    const copy = join(scratch, 'copy')
    await rm(copy, { recursive: true, force: true })
    await cp(join(scratch, 'original'), copy, { recursive: true })
    const bytes = await readFile(join(copy, file))
    if (bytes.byteLength === 0) return 'same'
    const bit = Math.floor(random() * bytes.byteLength * 8)
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await writeFile(join(copy, file), bytes)
    let store: LocalStore | null = null
    try {
      store = await openEngine(filesystemAdapter(copy))
      const { recovery } = await store.storage()
      const found = await stateHash(store)
      if (found === hash) return recovery.problems.length > 0 ? 'same, reported' : 'same'
      return recovery.problems.length > 0 ? 'older, reported' : 'different, unreported'
    } catch (error) {
      return error instanceof TrackletError ? error.errorCode : `untyped: ${String(error)}`
    } finally {
      await store?.close()
    }
  }
})

async function filesOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort()
}
