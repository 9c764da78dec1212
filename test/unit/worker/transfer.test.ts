import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack, packEach } from '../../../src/worker/transfer.js'

describe('pack', () => {
  it('moves whole arrays: the sender is left with none', () => {
    const columns = { values: Float64Array.of(1, NaN), steps: BigInt64Array.of(3n), total: 2 }
    const { value, transfer } = pack(columns)
    const received = structuredClone(value, { transfer })
    expect(received).toEqual({
      values: Float64Array.of(1, NaN),
      steps: BigInt64Array.of(3n),
      total: 2,
    })
    expect(columns.values).toHaveLength(0)
    expect(columns.steps).toHaveLength(0)
  })

  it('copies a view of a larger buffer, which stays whole, and sends nothing but the view', () => {
    const memory = new Uint8Array(1000).fill(7)
    const { value, transfer } = pack({ bytes: memory.subarray(10, 20) })
    const received = structuredClone(value, { transfer })
    expect(received.bytes).toEqual(new Uint8Array(10).fill(7))
    expect(received.bytes.buffer.byteLength).toBe(10)
    expect(memory).toHaveLength(1000)
  })

  it('copies shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(1)
    const { value, transfer } = pack(shared)
    expect(structuredClone(value, { transfer })).toEqual(new Uint8Array(4).fill(1))
    expect(transfer).toHaveLength(1)
    expect(shared).toEqual(new Uint8Array(new SharedArrayBuffer(4)).fill(1))
  })

  it('moves an array once that is named twice', () => {
    const both = Float64Array.of(1, 2)
    const { value, transfer } = pack({ steps: both, values: both })
    expect(structuredClone(value, { transfer })).toEqual({
      steps: Float64Array.of(1, 2),
      values: Float64Array.of(1, 2),
    })
  })

  it('moves ports and arrays among the arguments of a call', () => {
    const { port1, port2 } = new MessageChannel()
    const { transfer } = packEach([1, { runIds: ['a'] }, port1, [new Uint8Array(3)], null])
    expect(transfer).toHaveLength(2)
    expect(transfer.includes(port1)).toBe(true)
    port2.close()
  })

  it('gives back plain data as the very same object', () => {
    const page = { items: [{ key: 'a', tags: { b: 'c' } }], nextPageToken: null }
    expect(pack(page)).toEqual({ value: page, transfer: [] })
    expect(pack(page).value).toBe(page)
  })

  it('never changes what a receiver gets', () => {
    const view = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(40))
    const binary = view.map(([bytes, a, b]) => bytes.subarray(Math.min(a, b), Math.max(a, b)))
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        binary,
        fc.float64Array({ maxLength: 5 }),
        fc.constantFrom(null, undefined, 1, 'x', true, 2n),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(tree, (value) => {
        const expected = structuredClone(value)
        const parcel = pack(value)
        expect(structuredClone(parcel.value, { transfer: parcel.transfer })).toEqual(expected)
      }),
    )
  })
})
