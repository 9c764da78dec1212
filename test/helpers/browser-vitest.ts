import {
  addCustomEqualityTesters,
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  getState,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'
import { startTests, type File, type Task, type VitestRunner } from '@vitest/runner'

// Bundles for browsers take this file in the place of `vitest`, so that the suites of ports run there unchanged.

export {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  it,
  onTestFinished,
  suite,
  test,
} from '@vitest/runner'

/** What became of one test in the browser. */
export interface BrowserOutcome {
  /** The names of the suites around it and its own. */
  readonly name: string
  readonly state: 'pass' | 'fail' | 'skip'
  /** What failed, for people; empty when nothing did. */
  readonly errors: readonly string[]
}

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

type Expect = typeof chai.expect & Record<string, unknown>

/** vitest's `expect`, without snapshots and polling. */
export const expect = createExpect()

/** Runs what `define` describes, one test after the other. */
export async function runSuites(define: () => void | Promise<void>): Promise<BrowserOutcome[]> {
  const runner = {
    pool: 'browser',
    config: {
      root: '/',
      setupFiles: [],
      passWithNoTests: false,
      allowOnly: true,
      includeTaskLocation: false,
      sequence: { shuffle: false, concurrent: false, seed: 1, hooks: 'stack', setupFiles: 'list' },
      maxConcurrency: 1,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      retry: 0,
      tags: [],
      strictTags: false,
    },
    importFile: async (_path: string, source: string) => {
      if (source === 'collect') await define()
    },
  } as unknown as VitestRunner
  const files = await startTests(['suite'], runner)
  return files.flatMap((file) => [...failuresOf(file), ...outcomes(file, '')])
}

function failuresOf(file: File): BrowserOutcome[] {
  const errors = messages(file)
  return errors.length ? [{ name: 'the suite itself', state: 'fail', errors }] : []
}

function outcomes(task: Task, path: string): BrowserOutcome[] {
  if (task.type === 'test')
    return [
      {
        name: path + task.name,
        state: task.result?.state === 'pass' ? 'pass' : task.result ? stateOf(task) : 'skip',
        errors: messages(task),
      },
    ]
  const below = task.type === 'suite' && 'filepath' in task ? path : `${path}${task.name} > `
  return task.tasks.flatMap((child) => outcomes(child, below))
}

function stateOf(task: Task): 'fail' | 'skip' {
  return task.result?.state === 'fail' ? 'fail' : 'skip'
}

function messages(task: Task): string[] {
  return (task.result?.errors ?? []).map(
    (error) => `${error.stack ?? error.message}${error.diff ? `\n${error.diff}` : ''}`,
  )
}

function createExpect(): Expect {
  const make = (value: unknown, message?: string): unknown => {
    setState({ assertionCalls: (getState(made).assertionCalls ?? 0) + 1 }, made)
    return chai.expect(value, message)
  }
  const scope = globalThis as unknown as Record<PropertyKey, object>
  const made = Object.assign(make, chai.expect, scope[ASYMMETRIC_MATCHERS_OBJECT]) as never
  const expecting: Record<string, unknown> = made
  const extend = chai.expect as unknown as { extend(to: unknown, matchers: unknown): void }
  expecting['extend'] = (matchers: unknown) => extend.extend(made, matchers)
  expecting['addEqualityTesters'] = addCustomEqualityTesters
  scope[GLOBAL_EXPECT] = made
  setState({ assertionCalls: 0 }, made)
  extend.extend(made, customMatchers)
  return made
}
