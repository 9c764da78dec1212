// `make ZIP BYTES FILES FOLDERS`: a Zip64 archive of an mlruns folder. `import ZIP STORE`, `export STORE ZIP`: what that costs.
// `check ZIP`: what is in an archive.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createTracker } from '../../src/client/tracker.js'
import type { Tracker } from '../../src/client/tracker.js'
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { nodeImports } from '../../adapters/node-import.js'
import type { ByteSource } from '../../src/import/byte-source.js'
import type { FileTree } from '../../src/import/file-tree.js'
import { openEngine } from '../../src/store/engine.js'
import { openZip } from '../../src/zip/zip-tree.js'
import { makeArchive } from './archive-writer.js'

const [, , verb = '', from = '', to = '', files = '0', folders = '0'] = process.argv
const MIB = 1024 * 1024
const SAMPLE_MS = 20

if (verb === 'make') print(await makeArchive(from, Number(to), Number(files), Number(folders)))
else if (verb === 'check') print(await check(from))
else print(await measured(verb === 'import' ? importArchive : exportArchive))

function print(found: unknown): void {
  console.log(JSON.stringify(found))
}

/** With the most memory that the process had, as it was sampled and as the system says. */
async function measured(work: () => Promise<object>): Promise<object> {
  let peak = 0
  const sample = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  const timer = setInterval(sample, SAMPLE_MS)
  const start = performance.now()
  const found = await work()
  clearInterval(timer)
  sample()
  const seconds = Math.round((performance.now() - start) / 1000)
  const sampledMiB = Math.round(peak / MIB)
  return {
    ...found,
    seconds,
    sampledMiB,
    mostMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

async function importArchive(): Promise<object> {
  const tracker = await openStore(to)
  const { runs, artifacts, artifactBytes, doubts } = await tracker.importFrom(from)
  await tracker.close()
  return { runs: runs.added, artifacts, artifactBytes, doubts }
}

async function exportArchive(): Promise<object> {
  const tracker = await openStore(from)
  await pipeline(Readable.fromWeb(tracker.exportZip() as never), createWriteStream(to))
  await tracker.close()
  return {}
}

async function openStore(directory: string): Promise<Tracker> {
  return createTracker(await openEngine(filesystemAdapter(directory)), { imports: nodeImports() })
}

/** The hash of every large artifact, and of all small ones together. */
async function check(path: string): Promise<object> {
  const tree = await openZip(await openFile(path))
  const hashes: Record<string, string> = {}
  const small = createHash('sha256')
  let entries = 0
  for await (const { path: file, size } of filesBelow(tree, '')) {
    entries += 1
    const name = /\/artifacts\/(.*)$/.exec(file)?.[1]
    if (name === undefined) continue
    const hash = size > MIB ? createHash('sha256') : small.update(name)
    for await (const part of tree.parts(file)) hash.update(part)
    if (size > MIB) hashes[name] = hash.digest('hex')
  }
  await tree.close()
  return { entries, hashes: { ...hashes, small: small.digest('hex') } }
}

async function* filesBelow(
  tree: FileTree,
  folder: string,
): AsyncGenerator<{ readonly path: string; readonly size: number }> {
  for (const { name, isDir, size } of await tree.list(folder)) {
    const path = folder === '' ? name : `${folder}/${name}`
    if (isDir) yield* filesBelow(tree, path)
    else yield { path, size }
  }
}

async function openFile(path: string): Promise<ByteSource> {
  const opened = await nodeImports().openPath!(path)
  if ('list' in opened) throw new Error(`${path} is a folder.`)
  return opened
}
