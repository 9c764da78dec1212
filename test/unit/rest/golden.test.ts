import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/rest/routes/index.js'
import { Wire } from './wire.js'
import type { Answered } from './wire.js'

// A server's measured answers to calls in order, as they went over its wire.

interface Step {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly query?: unknown
  readonly raw?: string
  readonly content_type?: string | null
  readonly save?: Readonly<Record<string, string>>
  readonly expect: {
    readonly status: number
    readonly body?: unknown
    readonly error_code?: string | null
    readonly message?: string
    readonly message_prefix?: string
  }
}

const GOLDEN = new URL('../../fixtures/validation-golden.json', import.meta.url)
const { steps } = JSON.parse(readFileSync(GOLDEN, 'utf8')) as { steps: readonly Step[] }

const REGISTRY = /^(registered-models|model-versions)\//
const HAS_REGISTRY = ROUTES.some(({ path }) => REGISTRY.test(path))

function reasonToSkip({ path }: Step): string | undefined {
  return REGISTRY.test(path) && !HAS_REGISTRY ? 'there is no registry' : undefined
}

describe('the handler answers as the measured server does', () => {
  let wire: Wire
  const saved = new Map<string, string>()
  beforeAll(async () => {
    wire = await Wire.open()
  })

  for (const step of steps) {
    const reason = reasonToSkip(step)
    const title = `${step.id} ${step.method} ${step.path}`
    if (reason !== undefined) it.skip(`${title} (${reason})`)
    else it(title, () => check(step))
  }

  it('to all recorded calls of tracking, artifacts and logged models', () => {
    const own = steps.filter(({ path }) => !/^(registered-models|model-versions)/.test(path))
    expect(own.filter((step) => reasonToSkip(step) !== undefined)).toEqual([])
    expect(own.length).toBe(244)
  })

  async function check(step: Step): Promise<void> {
    const { method, raw, content_type: contentType } = step
    const given = await wire.send(place(expand(step.path) as string), {
      method,
      query: placeQuery(expand(step.query ?? {}) as Record<string, unknown>, step.path),
      ...(raw === undefined ? {} : { raw: expand(raw) as string }),
      ...(step.body === undefined ? {} : { body: expand(step.body) }),
      ...(contentType === undefined ? {} : { contentType }),
    })
    for (const [name, at] of Object.entries(step.save ?? {}))
      saved.set(name, String(follow(given.body, at)))
    if (step.expect.status === 200) expectBody(given, expand(step.expect.body))
    else expectError(given, blamed(step.expect))
  }

  function expectBody(given: Answered, wanted: unknown): void {
    expect(given.status, given.text).toBe(200)
    if (typeof wanted === 'string') expect(given.text).toBe(wanted)
    else expect(masked(given.body)).toEqual(masked(wanted))
  }

  function expectError({ status, body, text }: Answered, wanted: Step['expect']): void {
    expect(status, text).toBe(wanted.status)
    if (wanted.error_code === null) return expect(body).toBeNull()
    const { error_code: code, message } = body as { error_code: string; message: string }
    expect(code).toBe(wanted.error_code)
    if (wanted.message !== undefined) expect(message).toBe(expand(wanted.message))
    else expect(message.startsWith(wanted.message_prefix ?? '')).toBe(true)
  }

  /** Files are those of runs here: what was measured in a folder `x` of the proxy is looked at in one of a run. */
  function place(text: string): string {
    const root = `${saved.get('exp')}/${saved.get('run2')}/artifacts`
    // What climbs out of a folder is measured from the proxy's own root.
    if (text.includes('%2e')) return text
    return text.replace('mlflow-artifacts/artifacts/x/', `mlflow-artifacts/artifacts/${root}/x/`)
  }

  function placeQuery(query: Record<string, unknown>, path: string): Record<string, unknown> {
    const { path: folder } = query
    if (!path.startsWith('/api/2.0/mlflow-artifacts') || !String(folder).startsWith('x'))
      return query
    return { ...query, path: `${saved.get('exp')}/${saved.get('run2')}/artifacts/${folder}` }
  }

  function expand(value: unknown): unknown {
    if (typeof value === 'string')
      return value.replace(/\$\{(\w+)\}/g, (_, name: string) => saved.get(name) ?? `?${name}`)
    if (Array.isArray(value)) return value.map(expand)
    if (typeof value !== 'object' || value === null) return value
    if ('$repeat' in value) {
      const [text, n] = value.$repeat as [string, number]
      return text.repeat(n)
    }
    if ('$list' in value) {
      const { n, item } = value.$list as { n: number; item: unknown }
      const text = JSON.stringify(item)
      return Array.from({ length: n }, (_, i) => JSON.parse(text.replaceAll('$i', String(i))))
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item)]))
  }
})

/** What a client does wrong is a 500 there now and then, which clients then send again for minutes. */
function blamed(wanted: Step['expect']): Step['expect'] {
  if (wanted.status < 500) return wanted
  return { ...wanted, status: 400, error_code: 'INVALID_PARAMETER_VALUE' }
}

function follow(body: unknown, place: string): unknown {
  return place
    .split('.')
    .reduce((value, name) => (value as Record<string, unknown>)[name], body as unknown)
}

/** Without what has no promised order, and with a mark for what is a clock's or long. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(masked)
    const hasOrder = items.some(
      (item) => typeof item === 'object' && item !== null && 'step' in item,
    )
    return hasOrder ? items : items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value === 'string' && value.length > 200)
    return { $long: [value.slice(0, 20), value.length] }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      /^(creation|last_updated?)_time(stamp(_ms)?)?$/.test(key)
        ? [key, '<time>']
        : [key, masked(item)],
    ),
  )
}
