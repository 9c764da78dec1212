import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../../adapters/memory.js'
import { openEngine } from '../../../../src/store/engine.js'
import { stateHash } from '../../../helpers/state-hash.js'
import { sampleExperiment, sampleLoggedModel, sampleTrace, stageSample } from './sample.js'

describe('an import that cannot be', () => {
  it.each([
    ['an id that is taken', { experimentId: '0' }],
    ['a name that is taken', { name: 'Default' }],
  ])('is refused for %s, and nothing of it stays', async (_, change) => {
    const adapter = memoryAdapter()
    const store = await openEngine(adapter)
    const before = await stateHash(store)
    const handle = await stageSample(store)
    await expect(store.commitImport(handle, sampleExperiment(change))).rejects.toMatchObject({
      errorCode: 'RESOURCE_ALREADY_EXISTS',
    })
    await store.abortImport(handle)
    expect(await stateHash(store)).toBe(before)
    expect([...(await adapter.list('blobs/')), ...(await adapter.list('series/'))]).toEqual([])
    await store.close()
  })

  it.each([
    ['a key that is none', { params: { 'a#b': '1' } }],
    ['a path that leads out', { files: [{ path: '../x', file: 0 }] }],
    [
      'a file below a file',
      {
        files: [
          { path: 'x', file: 0 },
          { path: 'x/y', file: 1 },
        ],
      },
    ],
    [
      'a path twice',
      {
        files: [
          { path: 'x', file: 0 },
          { path: 'x', file: 1 },
        ],
      },
    ],
    ['a file that was not put', { files: [{ path: 'x', file: 7 }] }],
    ['a series that was not put', { metrics: [{ key: 'm', series: 9 }] }],
    ['an id that is none', { runId: 'no such/run' }],
  ])('is refused for %s', async (_, change) => {
    const store = await openEngine(memoryAdapter())
    const before = await stateHash(store)
    const { runs } = sampleExperiment()
    const bad = sampleExperiment({ runs: [{ ...runs[0]!, ...change }] })
    const handle = await stageSample(store)
    await expect(store.commitImport(handle, bad)).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
    })
    expect(await stateHash(store)).toBe(before)
    await store.close()
  })

  const longId = `tr-${'x'.repeat(60)}`
  it.each([
    ['a logged model twice', { loggedModels: [sampleLoggedModel(), sampleLoggedModel()] }],
    ['a model id that is none', { loggedModels: [sampleLoggedModel({ modelId: 'a/b' })] }],
    ['a model name that is none', { loggedModels: [sampleLoggedModel({ name: 'a/b' })] }],
    ['a trace twice', { traces: [sampleTrace(), sampleTrace()] }],
    [
      'a trace id that is none',
      { traces: [sampleTrace({ info: { ...sampleTrace().info, traceId: longId } })] },
    ],
    [
      'a span that is none',
      { traces: [sampleTrace({ spans: [{ ...sampleTrace().spans[0]!, spanId: '0' }] })] },
    ],
  ])('is refused for %s', async (_, change) => {
    const store = await openEngine(memoryAdapter())
    const before = await stateHash(store)
    await expect(
      store.commitImport(await stageSample(store), sampleExperiment(change)),
    ).rejects.toMatchObject({
      errorCode: expect.stringMatching(/^(INVALID_PARAMETER_VALUE|RESOURCE_ALREADY_EXISTS)$/),
    })
    expect(await stateHash(store)).toBe(before)
    await store.close()
  })

  it('is refused for series out of turn', async () => {
    const store = await openEngine(memoryAdapter())
    const handle = await store.openImport()
    const point = {
      steps: Float64Array.of(0),
      timestamps: Float64Array.of(0),
      values: Float64Array.of(0),
    }
    await expect(
      store.stagePoints(handle, { series: Uint32Array.of(1), ...point }),
    ).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE' })
    await store.close()
  })
})
