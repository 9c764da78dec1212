import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guardRequest, secureHeaders } from '../../src/rest/guard.js'

const RUN = '/api/2.0/mlflow/runs/create'

function request(method: string, headers: Record<string, string>, path = RUN): Request {
  return new Request(`http://localhost:5000${path}`, { method, headers })
}

/** A request of a page that writes. */
function writes(origin: string): Request {
  return request('POST', { host: 'localhost', origin })
}

async function answer(...args: Parameters<typeof guardRequest>): Promise<[number, string] | null> {
  const response = guardRequest(...args)
  return response && [response.status, await response.text()]
}

const REBINDING = [403, 'Invalid Host header - possible DNS rebinding attack detected']
const CROSS_ORIGIN = [403, 'Cross-origin request blocked']

describe('the Host of a request', () => {
  it.each([
    ...['localhost', 'localhost:5000', 'LOCALHOST:1', '127.0.0.1:5000', '[::1]:5000', '0.0.0.0'],
    ...['10.0.0.1', '192.168.1.5:5000', '172.16.0.1', '172.31.255.1:80', '[fd12:3456::1]:5000'],
  ])('may be %s', async (host) => {
    expect(await answer(request('POST', { host }), {})).toBeNull()
  })

  it.each([
    ...['evil.com', 'evil.com:5000', 'localhost.evil.com', 'localhost:80.evil.com', 'xlocalhost'],
    // MLflow's patterns let these in: they are names that anybody can own.
    ...['10.evil.com', '192.168.evil.com', '172.16.evil.com', '10.0.0.1.evil.com', 'fc00:evil'],
    ...['172.15.0.1', '172.32.0.1', '8.8.8.8', '127.0.0.1@evil.com', '[::2]'],
  ])('may not be %s', async (host) => {
    expect(await answer(request('GET', { host }), {})).toEqual(REBINDING)
    expect(await answer(request('OPTIONS', { host }), {})).toEqual(REBINDING)
  })

  it.each(['/health', '/version'])('does not matter for %s', async (path) => {
    expect(await answer(request('GET', { host: 'evil.com' }, path), {})).toBeNull()
  })

  it('may be what the rules say, and then nothing else', async () => {
    const rules = { allowedHosts: ['mlflow.company.com', 'app-*.Internal.com', '10.0.0.9:5000'] }
    for (const host of ['mlflow.company.com', 'app-1.internal.com', '10.0.0.9:5000'])
      expect(guardRequest(request('GET', { host }), rules)).toBeNull()
    for (const host of ['localhost', 'mlflow.company.com:80', 'app-1.internal.com.evil', ''])
      expect(await answer(request('GET', { host }), rules)).toEqual(REBINDING)
    const everything = { allowedHosts: ['*'] }
    expect(guardRequest(request('GET', { host: 'whatever' }), everything)).toBeNull()
  })
})

describe('the origin of a page', () => {
  it.each(['http://localhost:3000', 'http://127.0.0.1', 'https://localhost', 'http://[::1]:80'])(
    'may be this machine: %s',
    async (origin) => {
      expect(await answer(request('POST', { host: 'localhost', origin }), {})).toBeNull()
    },
  )

  it.each([
    ...['http://evil.com', 'null', 'http://localhost.evil.com', 'http://localhost@evil.com'],
    ...['http://127.0.0.1.evil.com', 'file://', 'http://localhost:80x'],
  ])('may not be foreign where it writes: %s', async (origin) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(await answer(request(method, { host: 'localhost', origin }), {})).toEqual(CROSS_ORIGIN)
    expect(await answer(request('GET', { host: 'localhost', origin }), {})).toBeNull()
  })

  it('may be what the rules say', async () => {
    const rules = { corsAllowedOrigins: ['https://app.company.com', 'https://*.trusted.org'] }
    for (const origin of ['https://app.company.com', 'https://a.trusted.org', 'http://localhost'])
      expect(guardRequest(writes(origin), rules)).toBeNull()
    for (const origin of ['http://app.company.com', 'https://app.company.com.evil', 'null'])
      expect(await answer(writes(origin), rules)).toEqual(CROSS_ORIGIN)
  })
})

describe('a preflight', () => {
  const asks = (origin: string, method = 'POST'): Request =>
    request('OPTIONS', {
      host: 'localhost',
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'content-type',
    })

  it('is granted to pages that may write', async () => {
    const response = guardRequest(asks('http://localhost:3000'), {})!
    expect([response.status, await response.text()]).toEqual([200, 'OK'])
    secureHeaders(response.headers, asks('http://localhost:3000'), {})
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'http://localhost:3000',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS, PATCH',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
    })
  })

  it('is refused to foreign ones, and for other methods', async () => {
    expect(await answer(asks('http://evil.com'), {})).toEqual([400, 'Disallowed CORS origin'])
    expect(await answer(asks('http://localhost', 'TRACE'), {})).toEqual([
      400,
      'Disallowed CORS method',
    ])
    const { headers } = guardRequest(asks('http://evil.com'), {})!
    secureHeaders(headers, asks('http://evil.com'), {})
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('never grants credentials to everybody', () => {
    const rules = { corsAllowedOrigins: ['*'] }
    const headers = new Headers()
    secureHeaders(headers, asks('http://any.com'), rules)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })
})

describe('a pattern', () => {
  it('matches as a regular expression with .* does', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 6 })
    fc.assert(
      fc.property(text, pattern, (given, glob) => {
        const expression = glob.replaceAll('.', '\\.').replaceAll('*', '.*')
        const isAllowed = guardRequest(writes(given), { corsAllowedOrigins: [glob] }) === null
        expect(isAllowed).toBe(new RegExp(`^${expression}$`).test(given))
      }),
    )
  })
})
