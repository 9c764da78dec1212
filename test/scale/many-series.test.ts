import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundleChild } from '../helpers/bundled-child.js'

const RUNS = process.env['TRACKLET_FULL'] ? 10_000 : 500

interface Filled {
  readonly emptyBytes: number
  readonly firstCheckpointMs: number
  readonly lastCheckpointMs: number
}

interface Opened {
  readonly bytes: number
  readonly series: number
  readonly points: number
  readonly readBack: number
  readonly resident: number
}

describe('very many tiny series', () => {
  it(
    `keeps ${RUNS * 100} series of 1 to 5 points within 40 bytes a point on disk`,
    { timeout: 900_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tracklet-series-'))
      const child = await bundleChild(new URL('./series-child.ts', import.meta.url))
      try {
        const store = join(folder, 'store')
        const filled = (await child.run(['fill', store, String(RUNS)])) as Filled
        const opened = (await child.run(['open', store], ['--expose-gc'])) as Opened
        console.log({ ...filled, ...opened })
        expect(opened.series).toBe(RUNS * 100)
        expect(opened.readBack).toBeGreaterThan(0)
        expect((opened.bytes - filled.emptyBytes) / opened.points).toBeLessThanOrEqual(40)
        // With few series the process itself is most of what is measured.
        if (opened.series >= 1_000_000)
          expect(opened.resident / opened.series).toBeLessThanOrEqual(100)
      } finally {
        await child.remove()
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
