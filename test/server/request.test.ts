import { describe, expect, it } from 'vitest'
import {
  toLightRequest,
  toPlatformRequest,
  type ToRequest,
} from '../../adapters/node-server-request.js'

const TEXT = '{"key":"ä"}'

function make(toRequest: ToRequest, method: string, text: string | null): Request {
  const from = new Request('http://localhost:5000/mlflow/a?b=c', {
    method,
    headers: { 'content-type': 'application/json' },
  })
  const body = text === null ? null : new Uint8Array(new TextEncoder().encode(text))
  return toRequest({ url: new URL('http://localhost:5000/a?b=c'), from, body })
}

describe.each([
  ['light', toLightRequest],
  ['platform’s', toPlatformRequest],
])('the %s request', (_, toRequest) => {
  const post = (): Request => make(toRequest, 'POST', TEXT)

  it('says what the one said that came, at the address below the prefix', () => {
    const { method, url, headers, bodyUsed } = post()
    expect([method, url, headers.get('content-type'), bodyUsed]).toEqual([
      'POST',
      'http://localhost:5000/a?b=c',
      'application/json',
      false,
    ])
    expect(post().signal.aborted).toBe(false)
  })

  it('has its body in every form', async () => {
    const bytes = new TextEncoder().encode(TEXT)
    expect(new Uint8Array(await post().arrayBuffer())).toEqual(bytes)
    expect(await post().text()).toBe(TEXT)
    expect(await post().json()).toEqual({ key: 'ä' })
    expect(await (await post().blob()).text()).toBe(TEXT)
    expect(await post().clone().text()).toBe(TEXT)
    expect(await new Response(post().body).text()).toBe(TEXT)
  })

  it('has none where none came', async () => {
    expect(make(toRequest, 'GET', null).body).toBeNull()
    expect(await make(toRequest, 'GET', null).text()).toBe('')
    expect(await make(toRequest, 'POST', '').text()).toBe('')
  })

  it('is read once', async () => {
    const request = post()
    await request.text()
    expect(request.bodyUsed).toBe(true)
    await expect(request.arrayBuffer()).rejects.toThrow()
  })
})
