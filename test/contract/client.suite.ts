import { afterEach, beforeEach, describe } from 'vitest'
import type { Tracker } from '../../src/index.js'
import { analysisTests } from './client/analysis.js'
import { badInputTests } from './client/bad-input.js'
import { clientTests } from './client/by-id.js'
import { experimentTests } from './client/experiments.js'
import { fileTests } from './client/files.js'
import { listTests } from './client/lists.js'
import { loggedModelTests } from './client/logged-models.js'
import { registryTests } from './client/registry.js'
import { runTests } from './client/runs.js'
import { searchTests } from './client/search.js'
import { traceTests } from './client/traces.js'
import { watchTests } from './client/watch.js'

/**
 * What every tracker does, over whatever store: `open` gives one over a new, empty store. The suite closes it.
 */
export function clientSuite(name: string, open: () => Promise<Tracker>): void {
  describe(`a tracker: ${name}`, () => {
    let tracker: Tracker
    const current = (): Tracker => tracker

    beforeEach(async () => {
      tracker = await open()
    })
    // Tests that leave refusals behind have told what they expect of them.
    afterEach(() => tracker.close().catch(() => undefined))

    describe('experiments', () => experimentTests(current))
    describe('runs', () => runTests(current))
    describe('bad input', () => badInputTests(current))
    describe('lists of runs', () => listTests(current))
    describe('searching', () => searchTests(current))
    describe('tables and comparisons', () => analysisTests(current))
    describe('the client, by id', () => clientTests(current))
    describe('the model registry', () => registryTests(current))
    describe('traces', () => traceTests(current))
    describe('logged models', () => loggedModelTests(current))
    describe('files', () => fileTests(current))
    describe('watching', () => watchTests(current))
  })
}
