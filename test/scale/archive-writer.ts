import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

const MIB = 1024 * 1024
const RUN = 'mlruns/1/0123456789abcdef0123456789abcdef'
/** So many small files differ; a store keeps each content once. */
const DIFFERENT = 500
/** Writes are of about this size. */
const BUFFERED = 4 * MIB

interface Entry {
  readonly path: string
  readonly at: number
  readonly size: number
  readonly crc: number
}

/** What an archive holds. */
export interface MadeArchive {
  readonly bytes: number
  readonly entries: number
  /** Of the large artifacts by their paths, and of all small ones with their paths. */
  readonly hashes: Readonly<Record<string, string>>
}

/**
 * Writes an archive of one run with artifacts: `bytes` in two large ones, nine tenths of them in the first, `files`
 * small ones, and so many empty folders. All entries are stored. Its own code, so that it can disagree with the code that
 * reads archives.
 */
export async function makeArchive(
  path: string,
  bytes: number,
  files: number,
  folders: number,
): Promise<MadeArchive> {
  const file = await open(path, 'w')
  try {
    const writer = new ArchiveWriter(file)
    await writer.small('mlruns/1/meta.yaml', EXPERIMENT)
    await writer.small(`${RUN}/meta.yaml`, RUN_META)
    await writer.small(`${RUN}/metrics/loss`, '1700000000000 0.5 0\n')
    const first = Math.round((bytes / MIB) * 0.9)
    const hashes: Record<string, string> = {}
    for (const [name, size] of [
      ['large.bin', first],
      ['other.bin', Math.round(bytes / MIB) - first],
    ] as const)
      hashes[name] = await writer.large(`${RUN}/artifacts/${name}`, size)
    const small = createHash('sha256')
    for (const [name, text] of smallFiles(files)) {
      small.update(name).update(text)
      await writer.small(`${RUN}/artifacts/${name}`, text)
    }
    for (let i = 0; i < folders; i++) await writer.small(`${RUN}/artifacts/empty/${i}/`, '')
    const size = await writer.end()
    return {
      bytes: size,
      entries: files + folders + 5,
      hashes: { ...hashes, small: small.digest('hex') },
    }
  } finally {
    await file.close()
  }
}

/** In the order of their names. */
function* smallFiles(count: number): Generator<[name: string, text: string], void, undefined> {
  for (let i = 0; i < count; i++) {
    const number = String(i).padStart(6, '0')
    yield [`small/${number.slice(0, 4)}/${number}.txt`, `content ${i % DIFFERENT}\n`]
  }
}

const EXPERIMENT = `artifact_location: mlruns/1
creation_time: 1700000000000
experiment_id: '1'
last_update_time: 1700000000000
lifecycle_stage: active
name: large
`

const RUN_META = `artifact_uri: ${RUN}/artifacts
end_time: 1700000000001
entry_point_name: ''
experiment_id: '1'
lifecycle_stage: active
run_id: ${RUN.slice(-32)}
run_name: large
run_uuid: ${RUN.slice(-32)}
source_name: ''
source_type: 4
source_version: ''
start_time: 1700000000000
status: 3
tags: []
user_id: someone
`

/** Entries one after another, with the sizes of Zip64 wherever they may be needed. */
class ArchiveWriter {
  readonly #file: FileHandle
  readonly #entries: Entry[] = []
  #parts: Buffer[] = []
  #buffered = 0
  #at = 0

  constructor(file: FileHandle) {
    this.#file = file
  }

  async small(path: string, text: string): Promise<void> {
    const content = Buffer.from(text)
    const entry = { path, at: this.#at, size: content.length, crc: crc32(content) }
    this.#entries.push(entry)
    await this.#add(localHeader(entry))
    await this.#add(content)
  }

  /** An entry of so many MiB, no two alike; gives its hash. */
  async large(path: string, mebibytes: number): Promise<string> {
    const at = this.#at
    const size = mebibytes * MIB
    await this.#add(localHeader({ path, at, size, crc: 0 }))
    const block = noise(MIB)
    const hash = createHash('sha256')
    let crc = 0
    for (let i = 0; i < mebibytes; i++) {
      block.writeUInt32LE(i, 0)
      crc = crc32(block, crc)
      hash.update(block)
      await this.#add(Buffer.from(block))
    }
    await this.#flush()
    const entry = { path, at, size, crc }
    const header = localHeader(entry)
    await this.#file.write(header, 0, header.length, at)
    this.#entries.push(entry)
    return hash.digest('hex')
  }

  /** Writes the directory; gives the archive's size in bytes. */
  async end(): Promise<number> {
    const start = this.#at
    for (const entry of this.#entries) await this.#add(directoryHeader(entry))
    await this.#add(directoryEnd(this.#entries.length, start, this.#at - start))
    await this.#flush()
    return this.#at
  }

  async #add(bytes: Buffer): Promise<void> {
    this.#parts.push(bytes)
    this.#buffered += bytes.length
    this.#at += bytes.length
    if (this.#buffered >= BUFFERED) await this.#flush()
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    this.#buffered = 0
    await this.#file.write(bytes, 0, bytes.length, this.#at - bytes.length)
  }
}

/** Bytes that do not repeat soon, the same each time: a linear congruential generator's. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

// APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3. Flag 0x800: names are UTF-8.

function localHeader({ path, size, crc }: Entry): Buffer {
  const name = Buffer.from(path)
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(45, 4)
  header.writeUInt16LE(0x800, 6)
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(0xffffffff, 18)
  header.writeUInt32LE(0xffffffff, 22)
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(20, 28)
  return Buffer.concat([header, name, extraField([size, size])])
}

function directoryHeader({ path, at, size, crc }: Entry): Buffer {
  const name = Buffer.from(path)
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(45, 4)
  header.writeUInt16LE(45, 6)
  header.writeUInt16LE(0x800, 8)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(0xffffffff, 20)
  header.writeUInt32LE(0xffffffff, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(28, 30)
  header.writeUInt32LE(0xffffffff, 42)
  return Buffer.concat([header, name, extraField([size, size, at])])
}

function extraField(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length)
  field.writeUInt16LE(1, 0)
  field.writeUInt16LE(8 * values.length, 2)
  for (const [i, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + 8 * i)
  return field
}

/** Zip64's end of the directory, what says where it is, and the old end. */
function directoryEnd(count: number, start: number, size: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(45, 12)
  end.writeUInt16LE(45, 14)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(size), 40)
  end.writeBigUInt64LE(BigInt(start), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(start + size), 64)
  end.writeUInt32LE(1, 72)
  end.writeUInt32LE(0x06054b50, 76)
  end.writeUInt16LE(0xffff, 84)
  end.writeUInt16LE(0xffff, 86)
  end.writeUInt32LE(0xffffffff, 88)
  end.writeUInt32LE(0xffffffff, 92)
  return end
}
