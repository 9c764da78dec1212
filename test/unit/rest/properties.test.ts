import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/rest/routes/index.js'
import type { Field, Message } from '../../../src/rest/schema.js'
import { stateHash } from '../../helpers/state-hash.js'
import { Wire } from './wire.js'
import type { Sent } from './wire.js'

// Whatever is sent: an answer below 500 in MLflow's form, and nothing written by what is refused.

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

const PATHS = [
  ...ROUTES.flatMap(({ path, versions = ['2.0'], ajaxOnly = false }) =>
    versions.map((version) => `/${ajaxOnly ? 'ajax-api' : 'api'}/${version}/mlflow/${path}`),
  ),
  ...['/', '/health', '/version', '/get-artifact', '/ajax-api/2.0/mlflow/upload-artifact'],
  ...['/api/2.0/mlflow-artifacts/artifacts', '/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/f'],
]

let wire: Wire
let runId: string

beforeAll(async () => {
  wire = await Wire.open()
  runId = await wire.newRun()
  await wire.post('runs/set-tag', { run_id: runId, key: 'kept', value: '1' })
})

describe('whatever is sent', () => {
  it('as a body of any bytes', async () => {
    const type = fc.constantFrom('application/json', 'text/plain', null)
    const bytes = fc.uint8Array({ maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(path(), method(), bytes, type, (to, how, body, contentType) =>
        expectHarmless(to, { method: how, raw: new Uint8Array(body), contentType }),
      ),
      { numRuns: 300 },
    )
  })

  it('as any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(path(), method(), fc.json({ maxDepth: 3 }), (to, how, raw) =>
        expectHarmless(to, { method: how, raw }),
      ),
      { numRuns: 300 },
    )
  })

  it('as fields of nearly the right types', async () => {
    const sent = fc
      .constantFrom(...ROUTES.filter(({ path: at }) => !isEnding(at)))
      .chain((route) => fc.tuple(fc.constant(route), fieldsOf(route.needs)))
    await fc.assert(
      fc.asyncProperty(sent, ([{ path: at, methods, versions, ajaxOnly }, fields]) => {
        const root = `/${ajaxOnly === true ? 'ajax-api' : 'api'}/${versions?.[0] ?? '2.0'}/mlflow/`
        const [how = 'GET'] = methods
        const given = how === 'GET' ? { query: fields } : { body: fields }
        return expectHarmless(root + at, { method: how, ...given })
      }),
      { numRuns: 600 },
    )
  })

  it('as any query', async () => {
    const name = fc.oneof(fc.constantFrom('run_id', 'path', 'max_results', 'run_ids'), fc.string())
    const query = fc.dictionary(name, fc.oneof(fc.string(), fc.constantFrom('../x', runId, '-1')))
    await fc.assert(
      fc.asyncProperty(path(), query, (to, given) => expectHarmless(to, { query: given })),
      { numRuns: 300 },
    )
  })

  it('to any path', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text)),
      fc.constantFrom('..', '.', '%2e%2e', '%00', '%', '%ff', '', 'artifacts', '0', '%2F', '%5c..'),
    )
    const root = fc.constantFrom('', '/api/2.0/mlflow', '/api/2.0/mlflow-artifacts/artifacts')
    await fc.assert(
      fc.asyncProperty(root, fc.array(part), method(), (start, parts, how) =>
        expectHarmless(`${start}/${parts.join('/')}`, { method: how, raw: 'x' }),
      ),
      { numRuns: 500 },
    )
  })
})

/** What may be refused must leave no trace; what is taken may write. */
async function expectHarmless(to: string, sent: Sent): Promise<void> {
  const before = await stateHash(wire.store)
  const { status, headers, text, body } = await wire.send(to, sent)
  expect(status, text).toBeLessThan(500)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  if (status < 400) return
  expect(await stateHash(wire.store)).toBe(before)
  if (headers.get('content-type') === 'application/json' && sent.method !== 'HEAD')
    expect(Object.keys(body as object).join()).toMatch(/^(error_code,message|detail)$/)
}

function path(): fc.Arbitrary<string> {
  return fc.constantFrom(...PATHS)
}

function method(): fc.Arbitrary<string> {
  return fc.constantFrom(...METHODS)
}

/** Calls that take away what the other calls of the test are about. */
function isEnding(at: string): boolean {
  return /^(experiments|runs)\/delete$/.test(at)
}

function fieldsOf(message: Message): fc.Arbitrary<Record<string, unknown>> {
  const values = Object.entries(message).map(([name, field]) => [name, valueOf(name, field)])
  return fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [],
  })
}

function valueOf(name: string, field: Field): fc.Arbitrary<unknown> {
  const odd = fc.constantFrom<unknown>(null, '', 0, -1, 1.5, true, [], {}, '\0', 'é', 1e300, 'NaN')
  return fc.oneof({ weight: 6, arbitrary: rightValue(name, field) }, { weight: 1, arbitrary: odd })
}

function rightValue(name: string, field: Field): fc.Arbitrary<unknown> {
  if (/^run_(id|uuid)s?$/.test(name) && field.kind === 'text')
    return fc.oneof(
      fc.constant(null).map(() => runId),
      fc.string(),
    )
  if (/^experiment_id$/.test(name)) return fc.constantFrom('0', '7', 'x')
  switch (field.kind) {
    case 'int64':
      return fc.oneof(fc.integer(), fc.constantFrom('9223372036854775807', '9223372036854775808'))
    case 'double':
      return fc.oneof(fc.double(), fc.constantFrom('NaN', '-Infinity', '1e999'))
    case 'bool':
      return fc.boolean()
    case 'enum':
      return fc.constantFrom(...Object.values(field.names ?? {}), 'BOGUS', 2)
    case 'list':
      return fc.array(valueOf(name.replace(/s$/, ''), field.item as Field), { maxLength: 3 })
    case 'message':
      return fieldsOf(field.fields ?? {})
    case 'map':
      return fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))
    case 'time':
      return fc.oneof(
        fc.string(),
        fc.constantFrom('2026-01-02T03:04:05.678Z', '2026-13-02T03:04:05Z', '0000-01-01T00:00:00Z'),
      )
    case 'duration':
      return fc.oneof(fc.string(), fc.constantFrom('1.5s', '-1s', '999999999999s', '1s.'))
    case 'json':
      return fc.jsonValue()
    case 'text':
      return fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'metrics.a > 1'))
  }
}
