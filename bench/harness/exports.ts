import { createWriteStream } from 'node:fs'
import { cp, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Contestant, Place, Sample } from './benchmark.js'
import { folderSize } from './folder-size.js'
import { formOf, freshFolder, inPython, type Form } from './interchange.js'
import { peakMemory } from './peak-memory.js'
import { timed, verify } from './statistics.js'
import { openStore } from './stores.js'

/** tracklet writing a supply's store as a zip or a folder of files. */
export function exportsTo(
  name: string,
  form: Exclude<Form, 'store'>,
  supplied: () => Promise<string>,
  runs: number,
): Contestant {
  const prepare = async ({ folder }: Place): Promise<void> => {
    await cp(formOf(await supplied(), 'store'), formOf(folder, 'store'), { recursive: true })
  }
  const measure = async (place: Place): Promise<Sample> => {
    const target = formOf(await freshFolder(place), form)
    const ms = await write(place.folder, target, form)
    const memory = peakMemory()
    const { bytes } = await folderSize(formOf(await supplied(), 'tree'))
    if (form === 'tree') verify('bytes', (await folderSize(target)).bytes, bytes)
    const zip = form === 'tree' ? {} : { zip: (await stat(target)).size / 1e6 }
    return { ...rates(ms / 1000, runs, bytes), ...zip, 'peak memory': memory }
  }
  return { name, ours: true, prepare, measure }
}

/** Python's zipfile packing a supply's tree; `workload` says how. */
export function packs(
  name: string,
  supplied: () => Promise<string>,
  runs: number,
  workload: 'pack' | 'pack-stored' = 'pack',
): Contestant {
  const prepare = async (): Promise<void> => void (await supplied())
  const measure = async (place: Place): Promise<Sample | null> => {
    const input = await supplied()
    const found = await inPython(workload, place, input)
    if (found === null) return null
    const { bytes } = await folderSize(formOf(input, 'tree'))
    const zip = (await stat(join(place.folder, 'fresh', 'tree.zip'))).size / 1e6
    const memory = found['memory'] ?? NaN
    return { ...rates(found['seconds'] ?? NaN, runs, bytes), zip, 'peak memory': memory }
  }
  return { name, prepare, measure }
}

async function write(folder: string, target: string, form: Form): Promise<number> {
  const tracker = await openStore(folder)
  const ms = await timed(async () => {
    if (form === 'tree') await tracker.exportTo(target)
    else await pipeline(tracker.exportZip(), createWriteStream(target))
  })
  await tracker.close()
  return ms
}

function rates(seconds: number, runs: number, bytes: number): Sample {
  return { exported: runs / seconds, files: bytes / 1e6 / seconds }
}
