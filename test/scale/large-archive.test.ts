import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundleChild } from '../helpers/bundled-child.js'
import type { MadeArchive } from './archive-writer.js'

const MIB = 1024 * 1024
/** Past what 32 bits can say of an entry, and 16 bits of their count. */
const BYTES = 5 * 1024 * MIB
const FILES = 3000
const FOLDERS = 63_000
const MOST_MIB = 256

interface Measured {
  readonly seconds: number
  readonly sampledMiB: number
  readonly mostMiB: number
}

describe.skipIf(!process.env['TRACKLET_FULL'])('an archive of 5 GiB', () => {
  it(
    `comes in and goes out while the process never has more than ${MOST_MIB} MiB`,
    { timeout: 3_600_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tracklet-archive-'))
      const child = await bundleChild(new URL('./archive-child.ts', import.meta.url))
      const [zip, store, again] = ['in.zip', 'store', 'out.zip'].map((name) => join(folder, name))
      const run = (...args: (string | number | undefined)[]) => child.run(args.map(String))
      try {
        const made = (await run('make', zip, BYTES, FILES, FOLDERS)) as MadeArchive
        expect(made.bytes).toBeGreaterThan(BYTES)
        expect(made.entries).toBeGreaterThan(65_535)
        const imported = (await run('import', zip, store)) as Measured
        expect(imported).toMatchObject({ runs: 1, artifacts: FILES + 2, doubts: [] })
        await rm(zip!)
        const exported = (await run('export', store, again)) as Measured
        console.log({ imported, exported })
        expect((await run('check', again)) as MadeArchive).toMatchObject({ hashes: made.hashes })
        for (const { sampledMiB, mostMiB } of [imported, exported])
          expect(Math.max(sampledMiB, mostMiB)).toBeLessThanOrEqual(MOST_MIB)
      } finally {
        await child.remove()
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
