import { crc32 } from '../../../src/util/crc.js'

/** An entry of an archive that no writer would make. What is absent is as it should be. */
export interface RawEntry {
  readonly name: string | Uint8Array
  readonly content?: Uint8Array
  readonly flags?: number
  readonly method?: number
  readonly crc?: number
  readonly size?: number
  readonly compressedSize?: number
  readonly offset?: number
  readonly extra?: Uint8Array
  /** The name in front of the content, where it is another one. */
  readonly localName?: string | Uint8Array
  readonly localExtra?: Uint8Array
  readonly madeBy?: number
  readonly mode?: number
  readonly disk?: number
}

/** What the end of such an archive says. */
export interface RawEnd {
  readonly count?: number
  readonly size?: number
  readonly offset?: number
  readonly disk?: number
  readonly comment?: Uint8Array
  /** Between the directory and the end. */
  readonly between?: Uint8Array
  /** Before the first entry; offsets do not count it. */
  readonly before?: Uint8Array
}

/** The bytes of an archive, record by record as given. */
export function rawZip(entries: readonly RawEntry[], end: RawEnd = {}): Uint8Array<ArrayBuffer> {
  const locals: Uint8Array[] = []
  const lines: Uint8Array[] = []
  let at = 0
  for (const entry of entries) {
    const local = localOf(entry)
    lines.push(lineOf(entry, at))
    locals.push(local)
    at += local.length
  }
  const directory = Buffer.concat(lines)
  const comment = end.comment ?? new Uint8Array(0)
  const tail = numbers([
    [4, 0x06054b50],
    [2, end.disk ?? 0],
    [2, end.disk ?? 0],
    [2, end.count ?? entries.length & 0xffff],
    [2, end.count ?? entries.length & 0xffff],
    [4, end.size ?? directory.length],
    [4, end.offset ?? at],
    [2, comment.length],
  ])
  const none = new Uint8Array(0)
  return joined([end.before ?? none, ...locals, directory, end.between ?? none, tail, comment])
}

/** zip64's end records, for a directory of so many entries and bytes that begins at `offset`; `at` is where they lie. */
export function zip64End(count: bigint, size: bigint, offset: bigint, at: bigint): Uint8Array {
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  for (const [i, value] of [count, count, size, offset].entries())
    record.writeBigUInt64LE(value, 24 + 8 * i)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(at, 8)
  locator.writeUInt32LE(1, 16)
  return joined([record, locator])
}

/** An extra field. */
export function field(id: number, content: Uint8Array): Uint8Array {
  return joined([
    numbers([
      [2, id],
      [2, content.length],
    ]),
    content,
  ])
}

/** Little-endian numbers of so many bytes each. */
export function numbers(values: readonly (readonly [bytes: 1 | 2 | 4, value: number])[]): Buffer {
  const out = Buffer.alloc(values.reduce((sum, [bytes]) => sum + bytes, 0))
  let at = 0
  for (const [bytes, value] of values) at = out.writeUIntLE(value, at, bytes)
  return out
}

/** A text's bytes in UTF-8. */
export function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? new TextEncoder().encode(text) : text
}

function localOf(entry: RawEntry): Uint8Array {
  const name = bytesOf(entry.localName ?? entry.name)
  const extra = entry.localExtra ?? new Uint8Array(0)
  const head = numbers([
    [4, 0x04034b50],
    [2, 20],
    ...common(entry),
    [2, name.length],
    [2, extra.length],
  ])
  return joined([head, name, extra, entry.content ?? new Uint8Array(0)])
}

function lineOf(entry: RawEntry, at: number): Uint8Array {
  const name = bytesOf(entry.name)
  const extra = entry.extra ?? new Uint8Array(0)
  const head = numbers([
    [4, 0x02014b50],
    [2, ((entry.madeBy ?? 3) << 8) | 20],
    [2, 20],
    ...common(entry),
    [2, name.length],
    [2, extra.length],
    [2, 0],
    [2, entry.disk ?? 0],
    [2, 0],
    [4, (entry.mode ?? 0o100644) * 0x10000],
    [4, entry.offset ?? at],
  ])
  return joined([head, name, extra])
}

function common(entry: RawEntry): (readonly [1 | 2 | 4, number])[] {
  const content = entry.content ?? new Uint8Array(0)
  return [
    [2, entry.flags ?? 0x800],
    [2, entry.method ?? 0],
    [4, 0],
    [4, entry.crc ?? crc32(content)],
    [4, entry.compressedSize ?? content.length],
    [4, entry.size ?? content.length],
  ]
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts))
}
