import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { zipChunks, type ZipEntry } from '../../src/zip/zip-writer.js'
import { pinnedMlflows, runPython } from './python.js'

const MIB = 1024 * 1024
const BIG = 4200 * MIB
const MANY = 70_000
const full = process.env['TRACKLET_FULL'] !== undefined

/** A file of `bigSize` bytes, then so many small ones that the count needs zip64 too. */
async function* entries(bigSize: number): AsyncGenerator<ZipEntry, void, undefined> {
  const part = Uint8Array.from({ length: MIB }, (_, i) => i % 251)
  function* parts(): Generator<Uint8Array, void, undefined> {
    for (let sent = 0; sent < bigSize; sent += MIB) yield part
  }
  yield { path: 'big.bin', stream: { parts, maxSize: bigSize }, incompressible: true }
  for (let i = 0; i < MANY; i++)
    yield await Promise.resolve({ path: `many/${i}`, bytes: new Uint8Array(1) })
}

describe.each(pinnedMlflows().slice(0, 1))("Python's zipfile", ({ python }) => {
  it.each([{ size: 2 * MIB }, ...(full ? [{ size: BIG }] : [])])(
    'reads more than 65,535 entries behind a file of $size bytes',
    async ({ size }) => {
      const folder = await mkdtemp(join(tmpdir(), 'tracklet-zip-'))
      try {
        const path = join(folder, 'a.zip')
        await pipeline(Readable.from(zipChunks(entries(size))), createWriteStream(path))
        const args = [path, 'big.bin', `many/${MANY - 1}`]
        expect(runPython(python, 'check_zip.py', { args })).toEqual({
          entries: MANY + 1,
          broken: null,
          sizes: { 'big.bin': size, [`many/${MANY - 1}`]: 1 },
        })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
