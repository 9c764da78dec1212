import { describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import type { ImportReport } from '../../../src/import/report.js'
import { openEngine } from '../../../src/store/engine.js'
import { codeOf } from '../zip/read.js'
import { takeTexts, type Files } from './text-tree.js'

const RUN = 'a'.repeat(32)

/** A tree with one run; `files` are put over it. */
function treeWith(files: Files, name = 'tiny'): Files {
  return {
    '7/meta.yaml': `experiment_id: '7'\nname: ${name}\nartifact_location: x\nlifecycle_stage: active\n`,
    [`7/${RUN}/meta.yaml`]: `run_id: ${RUN}\nexperiment_id: '7'\nstart_time: 5\nstatus: 3\n`,
    ...files,
  }
}

async function imported(files: Files): Promise<ImportReport> {
  const store = await openEngine(memoryAdapter())
  try {
    return await takeTexts(store, files)
  } finally {
    await store.close()
  }
}

describe('a meta.yaml that would take more time or memory than it is worth', () => {
  it.each([
    ['open lists', '['.repeat(5_000_000)],
    ['lists in a line', '- '.repeat(9_000)],
    ['mappings in mappings', '{a: '.repeat(3_000)],
    ['folders of folders', Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['comments', '#\n'.repeat(1_000_000)],
    ['a tag of a megabyte', '!'.repeat(1_000_000)],
    ['aliases of aliases', 'a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]'],
    ['more than 16 MiB', 'x'.repeat(17 * 2 ** 20)],
  ])('is left out with a line: %s', async (_what, text) => {
    const report = await imported(treeWith({ [`7/${RUN}/meta.yaml`]: text }))
    expect([report.experiments.added, report.runs.added]).toEqual([1, 0])
    expect(report.doubts).toHaveLength(1)
    expect(report.doubts[0]!.path).toContain(RUN)
    expect(report.doubts[0]!.reason.length).toBeLessThan(400)
  })

  it('is cited in part alone', async () => {
    const id = 'b'.repeat(1_000_000)
    const report = await imported(
      treeWith({ [`7/${RUN}/meta.yaml`]: `run_id: ${id}\nexperiment_id: '7'\n` }),
    )
    expect(report.doubts[0]!.reason.length).toBeLessThan(400)
  })
})

describe('a metric file', () => {
  const metric = (text: string): Files => treeWith({ [`7/${RUN}/metrics/loss`]: text })

  it('makes no point of a line that is longer than any', async () => {
    const report = await imported(metric(`1 0.${'0'.repeat(200_000)}5 1\n2 0.5 2\n`))
    expect(report.points).toBeLessThanOrEqual(2)
    const cut = `1 ${'9'.repeat(64 * 1024)}`
    const parts = await imported(metric(`${cut}${'9'.repeat(300_000)} 1\n2 0.5 2`))
    expect(parts.points + parts.doubts.length).toBe(2)
  })

  it('is refused where it has a dataset for each point', async () => {
    const lines = Array.from({ length: 10_050 }, (_, i) => `1 1 1 d${i} x`).join('\n')
    expect(await codeOf(() => imported(metric(lines)))).toBe('RESOURCE_EXHAUSTED')
  })

  it('tells of the first bad lines, and how many there were', async () => {
    const report = await imported(metric('nonsense\n'.repeat(5_000)))
    expect(report.doubts).toHaveLength(21)
    expect(report.doubts[20]!.reason).toContain('4980 more')
  })
})

describe('what is no part of a file store', () => {
  it.each([
    `7/${RUN}/notes.txt`,
    `7/${RUN}/other/deep/a`,
    `7/${RUN}/params2/p`,
    `7/${RUN}/tags`,
    `7/README`,
    `7/tags2/a`,
    'models/file',
    'models/m/notes',
    'models/m/version-x/meta.yaml',
    'README',
  ])('has a line: %s', async (path) => {
    const model = { 'models/m/meta.yaml': 'name: m\ncreation_timestamp: 1\n' }
    const { doubts } = await imported(treeWith({ ...model, [path]: 'x' }))
    expect(doubts.some((doubt) => path === doubt.path || path.startsWith(`${doubt.path}/`))).toBe(
      true,
    )
  })

  it.each(['.DS_Store', '._x'])('has none where a system has left it: %s', async (name) => {
    const report = await imported(treeWith({ [`7/${RUN}/${name}`]: 'x', [name]: 'x' }))
    expect(report.doubts).toEqual([])
  })
})

describe('keys that mean something to the language', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s', async (name) => {
    const params = { [`7/${RUN}/params/${name}`]: '1', [`7/${RUN}/tags/${name}`]: '2' }
    const store = await openEngine(memoryAdapter())
    const report = await takeTexts(store, treeWith(params))
    expect(report.experiments).toEqual({ added: 1, skipped: 0, replaced: 0 })
    const { data } = await store.getRun(RUN)
    expect(Object.entries(data.params)).toEqual([[name, '1']])
    expect(Object.hasOwn(data.tags, name)).toBe(true)
    await store.close()
  })
})
