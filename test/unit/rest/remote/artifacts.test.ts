import { describe, expect, it } from 'vitest'
import type { Store } from '../../../../src/store/store.js'
import { codeOf, errorOf } from '../../../contract/client/helpers.js'
import { json, storeOver, type Answer } from './stand-in.js'

const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251)

/** A server with one run, whose artifacts `proxy` answers for. */
function serverOf(proxy: Answer, artifactUri = 'mlflow-artifacts:/0/r/artifacts'): Answer {
  return (request, signal) =>
    request.path.includes('/runs/get')
      ? json({ run: { info: { run_id: 'r', artifact_uri: artifactUri } } })
      : proxy(request, signal)
}

async function readAll(
  store: Store,
  range?: { start: number; end: number },
): Promise<Uint8Array[]> {
  const { handle } = await store.openRead('r', 'a.bin', range)
  const parts: Uint8Array[] = []
  for (let part = await store.read(handle); part !== null; part = await store.read(handle))
    parts.push(part)
  return parts
}

describe('artifacts behind a server', () => {
  it('come in parts of at most 1 MiB that own their memory', async () => {
    const { store } = storeOver(serverOf(() => new Response(bytes)))
    const parts = await readAll(store)
    expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0)
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(1024 * 1024)
      expect(part.buffer.byteLength).toBe(part.length)
    }
  })

  it('are cut to a range here where the server sends all', async () => {
    const length = { 'content-length': String(bytes.length) }
    const { store } = storeOver(serverOf(() => new Response(bytes, { headers: length })))
    const range = { start: 1_999_990, end: 2_000_010 }
    expect(Buffer.concat(await readAll(store, range))).toEqual(
      Buffer.from(bytes.slice(range.start, range.end)),
    )
    expect(await readAll(store, { start: 5_000_000, end: 6_000_000 })).toEqual([])
  })

  it('are read in ranges by pages that may not see which range came', async () => {
    const part = bytes.slice(100, 120)
    const answer: Answer = () =>
      new Response(part, { status: 206, headers: { 'content-length': '20' } })
    const { store, seen } = storeOver(serverOf(answer))
    expect(await readAll(store, { start: 100, end: 120 })).toEqual([part])
    expect(seen.at(-1)?.headers.get('range')).toBe('bytes=100-119')
  })

  it('are sent as a whole, and again where that fails, and only when they are finished', async () => {
    let failed = false
    const answer = serverOf(() => {
      if (failed) return new Response('')
      failed = true
      return new Response('busy', { status: 503 })
    })
    const { store, seen } = storeOver(answer)
    const handle = await store.openWrite('r', 'dir/ä b.txt')
    await store.write(handle, new TextEncoder().encode('one '))
    await store.write(handle, new TextEncoder().encode('two'))
    expect(seen.filter(({ method }) => method === 'PUT')).toEqual([])
    await store.finishWrite(handle)
    const puts = seen.filter(({ method }) => method === 'PUT')
    expect(puts.map(({ path, body }) => [path, body])).toEqual(
      Array(2).fill([
        '/api/2.0/mlflow-artifacts/artifacts/0/r/artifacts/dir/%C3%A4%20b.txt',
        'one two',
      ]),
    )
    expect(await codeOf(() => store.write(handle, bytes))).toBe('INVALID_PARAMETER_VALUE')
  })

  it('are not sent when they are aborted', async () => {
    const { store, seen } = storeOver(serverOf(() => new Response('')))
    const handle = await store.openWrite('r', 'a.bin')
    await store.write(handle, bytes.slice())
    await store.abortWrite(handle)
    expect(seen.filter(({ method }) => method === 'PUT')).toEqual([])
    expect(await codeOf(() => store.finishWrite(handle))).toBe('INVALID_PARAMETER_VALUE')
  })

  it('that are streamed tell why the server refused them', async () => {
    const refusing: Answer = () => new Response('Permission denied', { status: 403 })
    const { store } = storeOver(serverOf(refusing), { streamUploads: true })
    const handle = await store.openWrite('r', 'a.bin')
    const write = async (): Promise<void> => {
      for (let i = 0; i < 12; i++) await store.write(handle, new Uint8Array(1024 * 1024))
      await store.finishWrite(handle)
    }
    expect(await codeOf(write)).toBe('PERMISSION_DENIED')
  })

  it.each(['s3://bucket/x', '/srv/x', 'file:///srv/x', 'mlflow-artifacts://other.example/x'])(
    'are refused where they are at %s, with the option that the server needs',
    async (uri) => {
      const { store } = storeOver(serverOf(() => new Response(''), uri))
      for (const call of [
        () => store.openWrite('r', 'a'),
        () => store.openRead('r', 'a'),
        () => store.deleteArtifacts('r'),
      ]) {
        const error = await errorOf(call)
        expect([error.errorCode, error.message]).toEqual([
          'NOT_IMPLEMENTED',
          expect.stringContaining('--serve-artifacts'),
        ])
      }
    },
  )

  it('never leave the folder of their run', async () => {
    const { store, seen } = storeOver(serverOf(() => new Response('')))
    for (const path of ['../x', '/x', 'a/%2e%2e/%2e%2e/x', ''])
      expect(await codeOf(() => store.openWrite('r', path))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => store.deleteArtifacts('r', '../other'))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    expect(seen).toEqual([])
  })
})
