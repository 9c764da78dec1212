import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Int64Column } from '../../../src/entities/int64.js'
import type { Command, PointsCommand } from '../../../src/store/commands.js'
import {
  MAX_RECORD_BYTES,
  decodeRecord,
  encodeRecord,
  findRecord,
  recordHeader,
  type JournalRecord,
} from '../../../src/store/record.js'
import { crc32c } from '../../../src/util/crc.js'

function points(
  values: readonly number[],
  steps: Int64Column,
  timestamps: Int64Column = new Float64Array(values.length),
): PointsCommand {
  const series = Uint32Array.from(values, (_, i) => i % 3)
  return { t: 'points', series, steps, timestamps, values: Float64Array.from(values) }
}

function decoded(bytes: Uint8Array): JournalRecord {
  const result = decodeRecord(bytes)
  if (!result.ok) throw new Error(`refused as ${result.reason}`)
  return result.record
}

function storedSteps(steps: Int64Column): Int64Column {
  const values = Array.from({ length: steps.length }, () => 0)
  const bytes = encodeRecord({ epoch: 1, seq: 1, commands: [points(values, steps)] })
  const [command] = decoded(bytes).commands
  if (command?.t !== 'points') throw new Error('no points came back')
  return command.steps
}

/** The record with its header and checksums made to hold again after `change`. */
function forged(record: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const bytes = Uint8Array.from(record)
  const view = new DataView(bytes.buffer)
  change(view)
  view.setUint32(28, crc32c(bytes.subarray(0, 28)), true)
  view.setUint32(bytes.length - 4, crc32c(bytes.subarray(0, -4)), true)
  return bytes
}

const text = fc.string({ unit: 'binary', maxLength: 20 })
const id = fc.nat(2 ** 32 - 1)
const jsonCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ t: fc.constant('defineKey' as const), id, name: text }),
  fc.record({
    t: fc.constant('setTags' as const),
    run: id,
    tags: fc.array(fc.tuple(id, text), { maxLength: 4 }),
  }),
  fc.record({ t: fc.constant('deleteRun' as const), id, time: fc.maxSafeNat() }),
)
const int64Column: (n: number) => fc.Arbitrary<Int64Column> = (n) =>
  fc.oneof(
    fc
      .array(fc.integer({ min: -100, max: 2 ** 31 - 1 }), { minLength: n, maxLength: n })
      .map((v) => Float64Array.from(v, (x) => x + 0)),
    fc
      .array(fc.maxSafeInteger(), { minLength: n, maxLength: n })
      .map((v) => Float64Array.from(v, (x) => x + 0)),
    fc
      .array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { minLength: n, maxLength: n })
      .filter((v) => v.some((x) => !Number.isSafeInteger(Number(x))))
      .map((v) => BigInt64Array.from(v)),
  )
const pointsCommand: fc.Arbitrary<Command> = fc.integer({ min: 1, max: 20 }).chain((n) =>
  fc.record({
    t: fc.constant('points' as const),
    series: fc.uint32Array({ minLength: n, maxLength: n }),
    steps: int64Column(n),
    timestamps: int64Column(n),
    values: fc.float64Array({ minLength: n, maxLength: n }),
  }),
)
const record = fc.record({
  epoch: id,
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  clients: fc.dictionary(text, fc.maxSafeNat(), { noNullPrototype: true }),
  commands: fc.array(fc.oneof(jsonCommand, pointsCommand), { maxLength: 5 }),
})

describe('a journal record', () => {
  it('comes back as it was written, from any alignment', () => {
    fc.assert(
      fc.property(record, fc.nat(8), (written, shift) => {
        const bytes = encodeRecord(written)
        const moved = new Uint8Array(bytes.length + shift).subarray(shift)
        moved.set(bytes)
        expect(decoded(moved)).toEqual(written)
      }),
    )
  })

  it('takes a multiple of 8 bytes, so that the columns of records in a row stay aligned', () => {
    fc.assert(
      fc.property(record, (written) => {
        expect(encodeRecord(written).length % 8).toBe(0)
      }),
    )
  })

  it('keeps every bit of every value: NaN payloads, -0, infinities, subnormals', () => {
    const bits = new BigUint64Array([
      0x7ff8000000000000n,
      0x7ff800000000abcdn,
      0xfff4000000000001n,
      0x8000000000000000n,
      0x7ff0000000000000n,
      0xfff0000000000000n,
      0x0000000000000001n,
    ])
    const command = {
      ...points(Array(7).fill(0), new Float64Array(7)),
      values: new Float64Array(bits.buffer),
    }
    const [back] = decoded(encodeRecord({ epoch: 1, seq: 1, commands: [command] })).commands
    if (back?.t !== 'points') throw new Error('no points came back')
    const { buffer, byteOffset, length } = back.values
    expect(new BigUint64Array(buffer, byteOffset, length)).toEqual(bits)
  })

  it.each<[string, Int64Column]>([
    ['equal steps', new Float64Array([7, 7, 7])],
    ['negative steps', new Float64Array([-5, 3, -5])],
    ['the widest offsets', new Float64Array([-1, 2 ** 32 - 2])],
    ['a range one past them', new Float64Array([-1, 2 ** 32 - 1])],
    ['all of the safe integers', new Float64Array([-(2 ** 53 - 1), 2 ** 53 - 1, 0, -1])],
    ['the first unsafe ones', new BigInt64Array([2n ** 53n, -(2n ** 53n)])],
    ['close ones beyond', new BigInt64Array([2n ** 53n - 1n, 2n ** 53n])],
    ['all of int64', new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n])],
    ['no points', new Float64Array(0)],
  ])('keeps %s', (_, steps) => {
    expect(storedSteps(steps)).toEqual(steps)
  })

  it('gives safe integers as Float64Array, whatever array they came in', () => {
    expect(storedSteps(new BigInt64Array([1n, -3n]))).toEqual(new Float64Array([1, -3]))
    expect(storedSteps(new BigInt64Array([1n, 2n ** 40n]))).toEqual(new Float64Array([1, 2 ** 40]))
  })

  it('takes at most 20 bytes a point where steps and times lie close together', () => {
    const n = 1000
    const steps = Float64Array.from({ length: n }, (_, i) => i)
    const times = Float64Array.from(steps, (i) => 1.7e12 + i)
    const values = Array.from(steps, Math.sqrt)
    const bytes = encodeRecord({ epoch: 1, seq: 1, commands: [points(values, steps, times)] })
    expect(bytes.length).toBeLessThan(20 * n + 250)
  })

  it('gives columns as views of an aligned buffer and as copies of an unaligned one', () => {
    const bytes = encodeRecord({
      epoch: 1,
      seq: 1,
      commands: [points([1, 2], new Float64Array(2))],
    })
    const moved = new Uint8Array(bytes.length + 1).subarray(1)
    moved.set(bytes)
    const buffers = [bytes, moved].map((source) => {
      const [command] = decoded(source).commands
      return command?.t === 'points' && command.values.buffer === source.buffer
    })
    expect(buffers).toEqual([true, false])
  })

  it('refuses numbers that JSON cannot hold and columns that hold no Int64', () => {
    const encode = (command: Command) => () =>
      encodeRecord({ epoch: 1, seq: 1, commands: [command] })
    const refusal = expect.objectContaining({ errorCode: 'INVALID_PARAMETER_VALUE' })
    expect(encode({ t: 'deleteRun', id: 1, time: NaN })).toThrow(refusal)
    expect(encode({ t: 'setTags', run: 1, tags: [[Infinity, 'x']] })).toThrow(refusal)
    expect(encode(points([1], new Float64Array([0.5])))).toThrow(refusal)
    expect(encode(points([1], new Float64Array([2 ** 53])))).toThrow(refusal)
    expect(encode(points([1], new Float64Array([NaN])))).toThrow(refusal)
    expect(encode(points([1], new Float64Array(2)))).toThrow(refusal)
  })

  it('refuses to grow past 64 MiB', () => {
    // A point of one step and time takes 12 bytes, its value and its series.
    const most = Math.floor(MAX_RECORD_BYTES / 12) - 100
    const encode = (n: number) => () => {
      const empty = (): Float64Array => new Float64Array(n)
      const columns = { steps: empty(), timestamps: empty(), values: empty() }
      const command: Command = { t: 'points', series: new Uint32Array(n), ...columns }
      return encodeRecord({ epoch: 1, seq: 1, commands: [command] })
    }
    expect(encode(most)).not.toThrow()
    expect(encode(most + 200)).toThrow(expect.objectContaining({ errorCode: 'RESOURCE_EXHAUSTED' }))
  })

  it('deflates JSON of 1 MiB and more, which comes back as it was', () => {
    const name = 'ünïcode '.repeat(200_000)
    const commands: Command[] = [
      { t: 'defineKey', id: 1, name },
      points([1, NaN], new Float64Array(2)),
    ]
    const bytes = encodeRecord({ epoch: 1, seq: 1, commands })
    expect(bytes.length).toBeLessThan(100_000)
    expect(decoded(bytes).commands).toEqual(commands)
  })
})

describe('decoding what is not a whole record', () => {
  const whole = encodeRecord({
    epoch: 3,
    seq: 9,
    clients: { tab: 4 },
    commands: [
      { t: 'defineKey', id: 1, name: 'loss' },
      points([1, NaN, 3], new Float64Array([0, 1, 2])),
    ],
  })

  it('calls every proper prefix torn', () => {
    for (let length = 0; length < whole.length; length++)
      expect(decodeRecord(whole.subarray(0, length))).toEqual({ ok: false, reason: 'torn' })
  })

  it('refuses every single bit flip', () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = Uint8Array.from(whole)
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(decodeRecord(bytes).ok).toBe(false)
    }
  })

  it('refuses a record with anything behind it', () => {
    const longer = new Uint8Array(whole.length + 8)
    longer.set(whole)
    expect(decodeRecord(longer)).toEqual({ ok: false, reason: 'damaged' })
  })

  it('tells a newer format version, or flag, from damage', () => {
    const newer = forged(whole, (view) => view.setUint16(4, 2, true))
    expect(decodeRecord(newer)).toEqual({ ok: false, reason: 'newer' })
    expect(recordHeader(newer, 0)).toMatchObject({ version: 2, seq: 9 })
    const flagged = forged(whole, (view) => view.setUint16(6, 2, true))
    expect(decodeRecord(flagged)).toEqual({ ok: false, reason: 'newer' })
    newer[40]! ^= 1
    expect(decodeRecord(newer)).toEqual({ ok: false, reason: 'damaged' })
  })

  it('tells an unknown command from damage', () => {
    const teleport = { t: 'teleportRun', id: 1 } as unknown as Command
    const bytes = encodeRecord({ epoch: 1, seq: 1, commands: [teleport] })
    expect(decodeRecord(bytes)).toEqual({ ok: false, reason: 'newer' })
  })

  it('calls a format version older than the first damage', () => {
    const older = forged(whole, (view) => view.setUint16(4, 0, true))
    expect(decodeRecord(older)).toEqual({ ok: false, reason: 'damaged' })
  })

  it('does not throw on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeRecord(bytes).ok).toBe(false)
      }),
    )
  })
})

describe('finding records among bytes', () => {
  const first = encodeRecord({ epoch: 1, seq: 1, commands: [{ t: 'restoreRun', id: 1 }] })
  const second = encodeRecord({ epoch: 1, seq: 2 ** 40 + 5, commands: [] })

  it('frames a record by its header', () => {
    const bytes = new Uint8Array([...first, ...second])
    expect(recordHeader(bytes, 0)).toMatchObject({ epoch: 1, seq: 1, totalLength: first.length })
    expect(recordHeader(bytes, first.length)).toMatchObject({ seq: 2 ** 40 + 5 })
  })

  it('does not frame a record whose end is missing, nor a damaged header', () => {
    expect(recordHeader(first.subarray(0, -1), 0)).toBeNull()
    expect(recordHeader(first.subarray(0, 20), 0)).toBeNull()
    const damaged = Uint8Array.from(first)
    damaged[20]! ^= 1
    expect(recordHeader(damaged, 0)).toBeNull()
  })

  it('finds the next valid record behind any damage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(200), (junk, cut) => {
        const torn = first.subarray(0, Math.min(cut, first.length - 8))
        const bytes = new Uint8Array([...torn, ...junk, ...second])
        expect(findRecord(bytes, 0)).toBe(torn.length + junk.length)
      }),
    )
  })

  it('passes over a record whose payload is damaged', () => {
    const bytes = new Uint8Array([...first, ...second])
    bytes[34]! ^= 1
    expect(findRecord(bytes, 0)).toBe(first.length)
    expect(findRecord(bytes, first.length + 1)).toBeNull()
  })
})
