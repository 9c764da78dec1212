import { readdir, readFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesystemAdapter } from '../../../../adapters/filesystem.js'
import { openEngine } from '../../../../src/store/engine.js'
import { randomRunFilter, randomRunOrder } from '../../../helpers/random-search.js'
import { seededRandom } from '../../../helpers/random.js'
import { seededSurroundings, SearchedStore } from './searched-store.js'
import { watchedAdapter } from './watched-adapter.js'

const RUNS = 2_100
const SEED = 77

describe('a frame that is large enough to be stored', () => {
  let folder = ''
  const random = seededRandom(SEED)
  const surroundings = seededSurroundings(SEED)
  const open = () => openEngine(watchedAdapter(filesystemAdapter(folder), note), { surroundings })
  let searched: SearchedStore
  const read: string[] = []
  const note = (key: string): void => {
    if (key.startsWith('frames/')) read.push(key)
  }

  const reopen = async (between: () => Promise<void> = async () => undefined): Promise<void> => {
    await searched.store.close()
    await between()
    searched.store = await open()
  }
  const check = async (): Promise<void> => {
    const runs = await searched.runs()
    for (let i = 0; i < 6; i++) {
      const filter = i === 0 ? '' : randomRunFilter(random, 'mlflow', searched)
      const orderBy = i < 2 ? [] : randomRunOrder(random).slice(0, 1)
      const query = {
        experimentIds: ['0'],
        filter,
        orderBy,
        viewType: 'ALL',
        maxResults: 700,
      } as const
      await searched.checkRuns(query, runs)
    }
  }
  const frames = async (): Promise<string[]> => {
    const files = await readdir(join(folder, 'frames')).catch(() => [])
    return files.map((file) => join(folder, 'frames', file))
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracklet-frames-'))
    searched = new SearchedStore(await open(), random)
    await searched.fill(0, RUNS)
  })

  afterAll(async () => {
    await searched.store.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('is stored when the store is closed after a search, and read again', async () => {
    await check()
    await reopen()
    expect(await frames()).toHaveLength(1)
    await check()
    expect(read).toHaveLength(1)
  })

  it('is patched by what was written after it was stored', async () => {
    for (let i = 0; i < 60; i++) await searched.write()
    await reopen()
    for (let i = 0; i < 10; i++) await searched.write()
    await check()
    await reopen()
    await check()
  })

  it('is patched by what was written without any search', async () => {
    await reopen()
    for (let i = 0; i < 40; i++) await searched.write()
    await reopen()
    await check()
  })

  it.each(['cut', 'flipped', 'emptied', 'removed'] as const)(
    'is made anew where its bytes on the disk are %s',
    async (damage) => {
      await check()
      for (let i = 0; i < 200; i++) await searched.write()
      await searched.store.searchRuns({ experimentIds: ['0'], maxResults: 1 })
      await reopen(async () => {
        const files = await frames()
        expect(files.length).toBeGreaterThan(0)
        for (const file of files) await spoil(file, damage)
      })
      await check()
    },
  )
})

async function spoil(file: string, how: 'cut' | 'flipped' | 'emptied' | 'removed'): Promise<void> {
  if (how === 'removed') return rm(file)
  const bytes = await readFile(file)
  const middle = bytes.length >> 1
  bytes[middle]! ^= 1
  const kept = how === 'flipped' ? bytes : bytes.subarray(0, how === 'cut' ? middle : 0)
  await writeFile(file, kept)
}
