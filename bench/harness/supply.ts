import { cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SUPPLIES } from './variables.js'

/**
 * A folder of that name which all contestants of a run may read, filled by the first that asks. It lasts until the
 * run ends; who writes to it, writes for the others too (see `copySupply`).
 */
export async function supply(
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const all = process.env[SUPPLIES]
  if (!all) throw new Error('The benchmarks are started by bench/run.ts.')
  const [folder, draft] = [join(all, name), join(all, `${name}.draft`)]
  if (await exists(folder)) return folder
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await fill(draft)
  await rename(draft, folder)
  return folder
}

/** A copy of a supply at `to`, for those that change it. */
export async function copySupply(folder: string, to: string): Promise<string> {
  await cp(folder, to, { recursive: true })
  return to
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
