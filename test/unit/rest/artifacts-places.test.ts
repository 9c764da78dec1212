import { beforeEach, describe, expect, it } from 'vitest'
import { parsePlace } from '../../../src/rest/artifact-place.js'
import { readArtifactBytes } from '../../../src/artifacts/read.js'
import { Wire } from './wire.js'

const PROXY = '/api/2.0/mlflow-artifacts/artifacts'
const UNKNOWN = { model: `m-${'0'.repeat(32)}`, trace: `tr-${'0'.repeat(32)}` }

describe('a proxied path', () => {
  it.each([
    ['1/r/artifacts', { experimentId: '1', kind: 'run', runId: 'r', path: '' }],
    ['1/r/artifacts/a/b', { experimentId: '1', kind: 'run', runId: 'r', path: 'a/b' }],
    ['1/models/m-1/artifacts/a', { experimentId: '1', kind: 'model', runId: 'm-1', path: 'a' }],
    ['1/traces/tr-1/artifacts', { experimentId: '1', kind: 'trace', runId: 'tr-1', path: '' }],
    ['1/r//artifacts/./a/', { experimentId: '1', kind: 'run', runId: 'r', path: 'a' }],
  ])('%s names a place', (path, place) => {
    expect(parsePlace(path)).toEqual(place)
  })

  it.each([
    '',
    '1',
    '1/r',
    '1/r/files/a',
    '1/models/artifacts/a',
    '1/models/m-1',
    '1/traces/x/y/z',
  ])('%j names none', (path) => {
    expect(parsePlace(path)).toBe(null)
  })

  it.each(['../1/r/artifacts', '1/r/artifacts/..', '/1/r/artifacts', '1/models/%2e%2e/artifacts'])(
    '%j is invalid',
    (path) => {
      expect(() => parsePlace(path)).toThrow('Invalid path')
    },
  )
})

describe.each(['model', 'trace'] as const)('files of a %s', (kind) => {
  let wire: Wire
  let id = ''
  let root = ''

  beforeEach(async () => {
    wire = await Wire.open()
    const experimentId = await wire.store.createExperiment('e')
    id = kind === 'model' ? await newModel(experimentId) : await newTrace(experimentId)
    root = `${experimentId}/${kind}s/${id}/artifacts`
  })

  const newModel = async (experimentId: string): Promise<string> =>
    (await wire.store.createLoggedModel({ experimentId, name: 'm' })).modelId

  const newTrace = async (experimentId: string): Promise<string> => {
    const traceId = `tr-${'7'.repeat(32)}`
    await wire.store.startTrace({ traceId, experimentId, requestTime: 1_700_000_000_000 })
    return traceId
  }

  it('are written, listed, read in parts and deleted through the proxy', async () => {
    const put = await wire.send(`${PROXY}/${root}/d/x.txt`, { method: 'PUT', raw: 'hello' })
    expect([put.status, put.text]).toEqual([200, ''])
    expect(new TextDecoder().decode(await readArtifactBytes(wire.store, id, 'd/x.txt'))).toBe(
      'hello',
    )
    const list = async (path: string): Promise<unknown> =>
      (await wire.send(PROXY, { query: { path } })).body
    expect(await list(root)).toEqual({ files: [{ path: 'd', is_dir: true }] })
    expect(await list(`${root}/d`)).toEqual({
      files: [{ path: 'x.txt', is_dir: false, file_size: 5 }],
    })
    const part = await wire.send(`${PROXY}/${root}/d/x.txt`, { headers: { range: 'bytes=1-3' } })
    expect([part.status, part.text]).toEqual([206, 'ell'])
    expect((await wire.send(`${PROXY}/${root}/d`)).status).toBe(400)
    const removed = await wire.send(`${PROXY}/${root}/d`, { method: 'DELETE' })
    expect([removed.status, removed.text]).toEqual([200, '{}'])
    expect((await wire.send(`${PROXY}/${root}/d/x.txt`)).status).toBe(404)
    expect(await list(root)).toEqual({})
  })

  it('of another experiment, or of none that is there, are not', async () => {
    for (const path of [root.replace(/^\d+/, '0'), root.replace(id, UNKNOWN[kind])]) {
      expect((await wire.send(`${PROXY}/${path}/x`, { method: 'PUT', raw: 'x' })).status).toBe(404)
      expect((await wire.send(`${PROXY}/${path}/x`)).status).toBe(404)
      expect((await wire.send(PROXY, { query: { path } })).text).toBe('{}')
      expect((await wire.send(`${PROXY}/${path}`, { method: 'DELETE' })).text).toBe('{}')
    }
  })
})
