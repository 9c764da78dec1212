import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundleChild } from '../helpers/bundled-child.js'

const MEBIBYTES = process.env['TRACKLET_FULL'] ? 1024 : 256

describe('an artifact far larger than memory should be', () => {
  it(`streams ${MEBIBYTES} MiB in and out while memory grows by less than 64 MiB`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracklet-large-'))
    const child = await bundleChild(new URL('./stream-child.ts', import.meta.url))
    try {
      const result = await child.run([join(folder, 'store'), String(MEBIBYTES)], ['--expose-gc'])
      expect(result).toMatchObject({ bytes: MEBIBYTES * 1024 * 1024 })
      expect((result as { grownMiB: number }).grownMiB).toBeLessThan(64)
    } finally {
      await child.remove()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
