import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TrackletError } from '../../../src/errors.js'
import { answer } from './golden-rest.js'
import type { GoldenCall } from './golden-rest.js'
import { freshStore } from './catalog/harness.js'

// A server's measured answers to calls in order, given to the catalog as the same calls without a wire.

interface Step extends GoldenCall {
  readonly id: string
  readonly raw?: string
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

/** Paths that are not the catalog's, or that a handler's test has with the points of a metric. */
const FOREIGN = /^(\/|logged-models\/|artifacts\/|no\/such)/

const SKIPPED: Readonly<Record<string, string>> = {
  a046: 'run_uuid for run_id is decoded from the wire',
  a296: 'a body that is no JSON',
  a297: 'a content type',
  a298: 'an unknown field in a raw body',
  a299: 'spelling of fields on the wire',
  a300: 'spelling of fields on the wire',
  a301: 'run_uuid for run_id is decoded from the wire',
  a303: 'an HTTP method',
}

/** Where the measured server has an error of its own, or a slip, for what is the caller's mistake. */
const OWN_CODES: Readonly<Record<string, string>> = {
  a230: 'INVALID_PARAMETER_VALUE',
}

describe('the catalog answers as the measured server does', () => {
  const store = freshStore()
  const saved = new Map<string, string>()

  for (const step of steps) {
    if (FOREIGN.test(step.path)) continue
    const title = `${step.id} ${step.method} ${step.path}`
    if (step.id in SKIPPED) it.skip(`${title} (${SKIPPED[step.id]})`)
    else it(title, () => check(step))
  }

  it('to most of the recorded calls', () => {
    const own = steps.filter(({ id, path }) => !FOREIGN.test(path) && !(id in SKIPPED))
    expect(own.length).toBeGreaterThan(250)
  })

  async function check(step: Step): Promise<void> {
    const call = {
      method: step.method,
      path: step.path,
      body: expand(step.body),
      query: expand(step.query),
    } as GoldenCall
    const given = await attempt(async () => answer(store, call))
    for (const [name, place] of Object.entries(step.save ?? {}))
      saved.set(name, String(follow(given.body, place)))
    const { expect: wanted } = step
    if (wanted.status === 200) {
      expect(given.error).toBeUndefined()
      expect(masked(given.body)).toEqual(masked(expand(wanted.body)))
      return
    }
    expect(given.error?.errorCode).toBe(OWN_CODES[step.id] ?? wanted.error_code)
    if (wanted.message !== undefined) expect(given.error?.message).toBe(expand(wanted.message))
    else expect(given.error?.message.startsWith(wanted.message_prefix ?? '')).toBe(true)
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

async function attempt(
  fn: () => Promise<unknown>,
): Promise<{ body?: unknown; error?: TrackletError }> {
  try {
    return { body: await fn() }
  } catch (error) {
    if (error instanceof TrackletError) return { error }
    throw error
  }
}

function follow(body: unknown, place: string): unknown {
  return place
    .split('.')
    .reduce((value, name) => (value as Record<string, unknown>)[name], body as unknown)
}

/** Without what has no promised order or is a clock's, and without the workspace, which a tracklet has not. */
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
  const entries = Object.entries(value).filter(([key]) => key !== 'workspace')
  return Object.fromEntries(
    entries.map(([key, item]) =>
      /^(creation|last_updated?)_time(stamp(_ms)?)?$/.test(key)
        ? [key, '<time>']
        : [key, masked(item)],
    ),
  )
}
