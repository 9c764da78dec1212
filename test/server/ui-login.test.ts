import { describe, expect, it } from 'vitest'
import { makeToken } from '../../adapters/node-server-users.js'
import { useServers } from './serve.js'

const serve = useServers()

const ask = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/graphql`, { method: 'POST', headers, body: '{}' })

describe('what MLflow’s pages ask by GraphQL', () => {
  it('is for everybody who may read, and only for those', async () => {
    const { token, hash } = makeToken()
    const { url, seen } = await serve({ users: [{ name: 'ada', role: 'read', token: hash }] })
    expect((await ask(url)).status).toBe(401)
    expect((await ask(url, { authorization: `Bearer ${token}` })).status).toBe(200)
    expect(seen.calls).toEqual(['POST /graphql'])
  })

  it('is answered by a server that is read-only', async () => {
    const { url } = await serve({ readOnly: true })
    expect((await ask(url)).status).toBe(200)
  })
})
