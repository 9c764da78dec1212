import { openTracker, type Tracker } from 'tracklet'
import { join } from 'node:path'
import { readFile, writeFile } from 'node:fs/promises'
import { fillRuns } from './search-work.js'
import { settle } from './stores.js'
import { copySupply, supply } from './supply.js'
import { THREAD_SCRIPT } from './variables.js'

/** Where the engine works. */
export type EnginePlace = 'process' | 'thread'

/** Opens a store with its engine in this process or in a worker thread. */
export function openStoreIn(where: EnginePlace, folder: string): Promise<Tracker> {
  const worker = where === 'process' ? false : (process.env[THREAD_SCRIPT] ?? true)
  return openTracker(`file:${folder}/store`, { worker })
}

/**
 * A folder with a store of so many runs of `runData`, and their ids as `ids.json`. Without `framed` no search was
 * ever made in it; with it, the columns that searches need were saved when it was closed.
 */
export async function storeOfRuns(runs: number, { framed }: { framed: boolean }): Promise<string> {
  const plain = await supply(`tracklet-${runs}`, async (draft) => {
    const tracker = await openStoreIn('process', draft)
    await writeFile(join(draft, 'ids.json'), JSON.stringify(await fillRuns(tracker, runs)))
    await tracker.close()
    await settle(draft)
  })
  if (!framed) return plain
  return supply(`tracklet-${runs}-framed`, async (draft) => {
    await copySupply(plain, draft)
    const tracker = await openStoreIn('process', draft)
    await tracker.searchRuns({ maxResults: 1 }).page()
    await tracker.checkpoint()
    await tracker.close()
  })
}

/** The ids of a store's runs, by number. */
export async function idsOfRuns(folder: string): Promise<string[]> {
  return JSON.parse(await readFile(join(folder, 'ids.json'), 'utf8')) as string[]
}
