import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundleChild } from '../helpers/bundled-child.js'

const RUNS = process.env['TRACKLET_FULL'] ? 10_000 : 500

interface Measured {
  readonly series: number
  readonly points: number
  readonly readBack: number
  readonly bytesAPoint: number
  readonly residentBytesASeries: number
}

describe('very many tiny series', () => {
  it(
    `keeps ${RUNS * 100} series of 1 to 5 points within 40 bytes a point on disk`,
    { timeout: 900_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tracklet-series-'))
      const child = await bundleChild(new URL('./series-child.ts', import.meta.url))
      try {
        const measured = (await child.run(
          [join(folder, 'store'), String(RUNS)],
          ['--expose-gc'],
        )) as Measured
        console.log(measured)
        expect(measured.series).toBe(RUNS * 100)
        expect(measured.readBack).toBeGreaterThan(0)
        expect(measured.bytesAPoint).toBeLessThanOrEqual(40)
        // Below a hundred thousand series the process itself is most of what is measured.
        if (measured.series >= 1_000_000)
          expect(measured.residentBytesASeries).toBeLessThanOrEqual(100)
      } finally {
        await child.remove()
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
