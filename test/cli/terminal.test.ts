import { describe, expect, it } from 'vitest'
import { openTracker, type Tracker } from '../../adapters/node.js'
import { Given } from '../../src/cli/given.js'
import { runVerb, type ExitCode } from '../../src/cli/run-verb.js'
import { runsCompare } from '../../src/cli/runs-compare.js'
import { runsList } from '../../src/cli/runs-list.js'
import { OutputClosed, type Screen } from '../../src/cli/terminal.js'
import { textWidth } from '../../src/cli/text-width.js'
import type { Verb } from '../../src/cli/verb.js'

const BOLD = /\x1b\[1m(.*)\x1b\[22m/

interface Shown {
  readonly code: ExitCode
  readonly out: string
  readonly err: string
}

/** Runs a verb as on a terminal, over runs with wide values. */
async function show(
  verb: Verb,
  given: (ids: readonly string[]) => Given,
  screen: { columns?: number | null; colour?: boolean; write?: () => Promise<void> } = {},
): Promise<Shown> {
  const name = `memory:terminal-${crypto.randomUUID()}`
  const tracker = await openTracker(name)
  const ids = await logRuns(tracker).finally(() => tracker.close())
  const shown = { out: '', err: '' }
  const screenOf = (stream: 'out' | 'err'): Screen => ({
    columns: 80,
    colour: false,
    write: async (text) => {
      shown[stream] += typeof text === 'string' ? text : new TextDecoder().decode(text)
    },
    ...(stream === 'out' && screen),
  })
  const context = {
    env: {},
    json: false,
    out: screenOf('out'),
    err: screenOf('err'),
    openTracker: (options: { create: boolean }) => openTracker(name, options),
    writeFile: () => Promise.reject(new Error('No file is written here.')),
  }
  return { code: await runVerb(verb, context, given(ids)), ...shown }
}

async function logRuns({ client }: Tracker): Promise<string[]> {
  const ids: string[] = []
  for (const [i, name] of ['short', 'n'.repeat(100)].entries()) {
    const run = await client.createRun('0', { runName: name, startTime: i })
    await client.logBatch(run.info.runId, {
      metrics: [
        { key: 'accuracy', value: 1 / 3 },
        { key: 'loss', value: i },
        { key: 'validation-loss', value: 2 },
      ],
      params: { note: 'p'.repeat(200) },
    })
    ids.push(run.info.runId)
  }
  return ids
}

const listing =
  (options: Record<string, unknown> = {}) =>
  () =>
    new Given({ experimentId: ['0'], view: 'active_only', ...options })

describe('a listing on a terminal', () => {
  it('keeps within its lines, with ids whole and short numbers, and says what has no room', async () => {
    const orderBy = ['metrics.accuracy ASC']
    const { code, out, err } = await show(runsList, listing({ orderBy }), { columns: 110 })
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(110)
    expect(lines[0]).toMatch(/^Date +Name +Status +ID +metrics\.accuracy$/)
    expect(lines[2]).toMatch(/ (short|n+…) +RUNNING +[0-9a-f]{32} +0\.333333$/)
    expect(err).toBe('(3 more columns: --csv or --json shows all)\n')
  })

  it('has room for what the search is about before the rest, on a narrow one', async () => {
    const orderBy = ['metrics.accuracy ASC']
    const narrow = await show(runsList, listing({ orderBy }), { columns: 80 })
    expect(narrow.out).toMatch(/^Name +Status +ID +metrics\.accuracy\n/)
    const others = ['metrics.`validation-loss`', 'metrics."loss" DESC']
    const wider = await show(runsList, listing({ orderBy: others }), { columns: 96 })
    expect(wider.out).toMatch(/^Name +Status +ID +metrics\.loss +metrics\.validation-loss\n/)
    const tiny = await show(runsList, listing({ orderBy }), { columns: 20 })
    expect(tiny.out).toMatch(/^Name +ID\n/)
  })

  it('has bold titles where colour is wanted only', async () => {
    expect((await show(runsList, listing(), { colour: true })).out).toMatch(BOLD)
    expect((await show(runsList, listing(), { colour: false })).out).not.toContain('\x1b')
  })

  it('is whole where there is no terminal', async () => {
    const { out, err } = await show(runsList, listing(), { columns: null })
    expect(out).toContain('p'.repeat(200))
    expect(out).toContain(String(1 / 3))
    expect(err).toBe('')
  })
})

describe('a comparison on a terminal', () => {
  it('cuts values, not the ids of runs', async () => {
    const { out } = await show(runsCompare, (ids) => new Given({}, ids), { columns: 90 })
    expect(out).toMatch(/^ +[0-9a-f]{32} {2}[0-9a-f]{32}\n/)
    expect(out).toMatch(/\n {2}params\.note +p{31}… {2}p{31}…\n/)
  })
})

describe('an output that nobody reads any more', () => {
  it('ends a command quietly', async () => {
    const write = () => Promise.reject(new OutputClosed())
    expect(await show(runsList, listing(), { write })).toMatchObject({ code: 0, err: '' })
  })
})

describe('a failure that no store means', () => {
  it('is told, and ends with 1', async () => {
    const write = () => Promise.reject(new Error('The disk is full.'))
    expect(await show(runsList, listing(), { write })).toMatchObject({
      code: 1,
      err: 'error: INTERNAL_ERROR: The disk is full.\n',
    })
  })
})
