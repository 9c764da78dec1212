import { describe, expect, it } from 'vitest'
import { remoteStore } from '../../../../src/rest/remote/remote-store.js'
import { codeOf, errorOf } from '../../../contract/client/helpers.js'
import { inOrder, json, refusal, storeOver } from './stand-in.js'

const html =
  (status: number, text = '') =>
  (): Response =>
    new Response(`<!doctype html><title>t</title><p>${text}</p>`, { status })
const plain = (status: number, text: string) => (): Response => new Response(text, { status })

describe('an answer that is a refusal', () => {
  it.each([
    ['INVALID_PARAMETER_VALUE', 400, 'INVALID_PARAMETER_VALUE'],
    ['RESOURCE_ALREADY_EXISTS', 400, 'RESOURCE_ALREADY_EXISTS'],
    ['BAD_REQUEST', 400, 'BAD_REQUEST'],
    ['INVALID_STATE', 500, 'INVALID_STATE'],
    ['NOT_FOUND', 404, 'RESOURCE_DOES_NOT_EXIST'],
    ['ALREADY_EXISTS', 409, 'RESOURCE_ALREADY_EXISTS'],
    ['REQUEST_LIMIT_EXCEEDED', 429, 'RESOURCE_EXHAUSTED'],
    ['UNAUTHENTICATED', 401, 'PERMISSION_DENIED'],
    ['A_CODE_OF_TOMORROW', 409, 'RESOURCE_CONFLICT'],
    ['constructor', 400, 'INVALID_PARAMETER_VALUE'],
  ])(
    'with the code %s and status %i is %s, in the words of the server',
    async (code, status, expected) => {
      const { store } = storeOver(() => refusal(code, 'Its own words', status), { retries: 0 })
      expect(await errorOf(() => store.createExperiment('x'))).toMatchObject({
        errorCode: expected,
        message: 'Its own words',
      })
    },
  )

  it.each([
    [html(404), 'ENDPOINT_NOT_FOUND', /http:\/\/server\.example:5000.*no MLflow server/],
    [html(405), 'ENDPOINT_NOT_FOUND', /no MLflow server/],
    [html(200, 'Log in'), 'ENDPOINT_NOT_FOUND', /Log in.*Is it an MLflow server/],
    [html(502, 'Bad gateway'), 'TEMPORARILY_UNAVAILABLE', /answered 502.*Bad gateway/],
    [plain(401, 'You are not authenticated.'), 'PERMISSION_DENIED', /MLFLOW_TRACKING_USERNAME/],
    [plain(403, 'Permission denied'), 'PERMISSION_DENIED', /Permission denied.*ask who runs/],
    [
      plain(403, 'Invalid Host header - possible DNS rebinding attack detected'),
      'PERMISSION_DENIED',
      /--allowed-hosts server\.example:5000/,
    ],
    [
      plain(403, 'Cross-origin request blocked'),
      'PERMISSION_DENIED',
      /--cors-allowed-origins https:\/\/page\.example/,
    ],
    [plain(429, 'Slow down'), 'RESOURCE_EXHAUSTED', /Slow down/],
    [plain(413, 'Too large'), 'INVALID_PARAMETER_VALUE', /Too large/],
    [() => json({ detail: 'No such thing' }, 422), 'INVALID_PARAMETER_VALUE', /No such thing/],
  ])('of no MLflow error says what it is and what to do (%#)', async (answer, code, message) => {
    const { store } = storeOver(answer, { retries: 0, origin: 'https://page.example' })
    expect(await errorOf(() => store.createExperiment('x'))).toMatchObject({
      errorCode: code,
      message: expect.stringMatching(message),
    })
  })
})

describe('a server that cannot be reached', () => {
  const broken = (): Response => {
    throw new TypeError('fetch failed')
  }

  it('is TEMPORARILY_UNAVAILABLE, named by its address', async () => {
    const { store } = storeOver(broken, { retries: 0 })
    const error = await errorOf(() => store.getExperiment('0'))
    expect(error.errorCode).toBe('TEMPORARILY_UNAVAILABLE')
    expect(error.message).toContain('http://server.example:5000 cannot be reached')
    expect(error.cause).toBeInstanceOf(TypeError)
  })

  it('may be one that refuses another origin, where a page asks', async () => {
    const { store } = storeOver(broken, { retries: 0, origin: 'https://page.example' })
    expect((await errorOf(() => store.getExperiment('0'))).message).toContain(
      '--cors-allowed-origins https://page.example',
    )
    const own = storeOver(broken, { retries: 0, origin: 'http://server.example:5000' })
    expect((await errorOf(() => own.store.getExperiment('0'))).message).not.toContain('--cors')
  })
})

describe('the address of a server', () => {
  it.each(['', 'server:5000', 'ftp://server', 'http://', 'http://server/?a=1', 'http://server/#a'])(
    'is not %j',
    async (url) => {
      expect(await codeOf(() => remoteStore({ url }))).toBe('INVALID_PARAMETER_VALUE')
    },
  )

  it('may have a path in front of the protocol’s, with or without a slash', async () => {
    for (const url of ['https://server.example/a/b', 'https://server.example/a/b/']) {
      const { store, seen } = storeOver(() => json({ experiment: {} }), { url })
      await store.getExperiment('7')
      expect(seen[0]?.url).toBe(
        'https://server.example/a/b/api/2.0/mlflow/experiments/get?experiment_id=7',
      )
    }
  })
})

describe('credentials', () => {
  const authorization = async (options: object): Promise<string | null> => {
    const { store, seen } = storeOver(() => json({ experiment: {} }), options)
    await store.getExperiment('0')
    return seen[0]!.headers.get('authorization')
  }
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

  it('are taken from the URL, decoded, or from `auth`, which goes first', async () => {
    const url = 'http://ad%40a:p%C3%A4ss%3Aw@server.example'
    expect(await authorization({ url })).toBe(basic('ad@a:päss:w'))
    expect(await authorization({ url, auth: { token: 't' } })).toBe('Bearer t')
    expect(await authorization({ auth: { username: 'u', password: 'p' } })).toBe(basic('u:p'))
    expect(await authorization({})).toBe(null)
  })

  it('are asked for before every attempt, where they are a function', async () => {
    let count = 0
    const auth = async (): Promise<Record<string, string>> => ({ authorization: `T${++count}` })
    const answer = inOrder(
      () => new Response('', { status: 503 }),
      () => json({ experiment: {} }),
    )
    const { store, seen } = storeOver(answer, { auth })
    await store.getExperiment('0')
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual(['T1', 'T2'])
  })

  it('stand in no message and no request line', async () => {
    const url = 'http://ada:hunter2@server.example'
    const answers = [html(404), html(200), plain(401, 'no'), plain(403, 'no'), html(500)]
    const broken = (): Response => {
      throw new TypeError('fetch failed')
    }
    for (const answer of [...answers, broken]) {
      const { store, seen } = storeOver(answer, { url, retries: 0 })
      const error = await errorOf(() => store.createExperiment('x'))
      expect(`${error.message} ${String(error.cause)}`).not.toMatch(/hunter2|ada/)
      expect(seen[0]?.url).not.toMatch(/hunter2|ada/)
    }
    const bad = await errorOf(() => remoteStore({ url: 'http://ada:hunter2@server.example/?q' }))
    expect(bad.message).not.toMatch(/hunter2|ada/)
    const none = await errorOf(() => remoteStore({ url: 'htp://ada:hunter2@server' }))
    expect(none.message).not.toMatch(/hunter2|ada/)
  })
})
