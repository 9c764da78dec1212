// Logs a stream of argv[3] MiB to the store in argv[2], reads it back, prints by how many MiB memory grew at most.
import { createTracker } from '../../src/client/tracker.js'
import { filesystemAdapter } from '../../adapters/filesystem.js'
import { openEngine } from '../../src/store/engine.js'

const [, , directory = '', mebibytes = '0'] = process.argv
const MIB = 1024 * 1024

await main(Number(mebibytes))

async function main(parts: number): Promise<void> {
  const tracker = createTracker(await openEngine(filesystemAdapter(directory)))
  const run = await tracker.startRun({ name: 'large' })
  await run.logArtifact(zeros(4), 'warm-up.bin')
  global.gc?.()
  const before = process.memoryUsage.rss()
  let peak = before
  const watch = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  await run.logArtifact(numbered(parts, watch), 'large.bin')
  let bytes = 0
  for await (const part of run.readArtifact('large.bin')) {
    bytes += part.byteLength
    watch()
  }
  await run.end()
  await tracker.close()
  console.log(JSON.stringify({ bytes, grownMiB: Math.round((peak - before) / MIB) }))
}

function zeros(parts: number): ReadableStream<Uint8Array> {
  return numbered(parts, () => undefined)
}

function numbered(parts: number, watch: () => void): ReadableStream<Uint8Array> {
  let part = 0
  return new ReadableStream({
    pull: (controller) => {
      if (part === parts) return controller.close()
      watch()
      controller.enqueue(new Uint8Array(MIB).fill(part++ % 251))
    },
  })
}
