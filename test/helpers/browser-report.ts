import { expect, it } from 'vitest'
import type { BrowserOutcome } from './browser-vitest.js'

/** Tells each outcome of the browser as a test of its own; fewer than `least` that ran are a failure. */
export function report(outcomes: readonly BrowserOutcome[], least: number): void {
  for (const { name, state, errors } of outcomes)
    it.skipIf(state === 'skip')(name, () => {
      if (state !== 'pass') throw new Error(errors.join('\n') || 'failed')
    })
  it(`has run at least ${least} tests`, () => {
    expect(outcomes.filter((outcome) => outcome.state === 'pass').length).toBeGreaterThanOrEqual(
      least,
    )
  })
}
