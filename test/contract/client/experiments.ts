import { expect, it } from 'vitest'
import type { Tracker } from '../../../src/index.js'
import { codeOf, errorOf, untyped } from './helpers.js'

/** Experiments, through the tracker. */
export function experimentTests(tracker: () => Tracker): void {
  it('begins with the experiment Default, to which runs belong that name none', async () => {
    expect(tracker().experimentId).toBe('0')
    const run = await tracker().startRun()
    expect(run.info.experimentId).toBe('0')
    expect((await tracker().client.getExperiment('0')).name).toBe('Default')
  })

  it('makes an experiment by name once, and makes it the active one', async () => {
    const first = await tracker().setExperiment('mnist')
    const again = await tracker().setExperiment('mnist')
    expect(again.experimentId).toBe(first.experimentId)
    expect(tracker().experimentId).toBe(first.experimentId)
    expect((await tracker().startRun()).info.experimentId).toBe(first.experimentId)
  })

  it('gives one experiment to two callers at the same time', async () => {
    const both = await Promise.all([tracker().setExperiment('x'), tracker().setExperiment('x')])
    expect(new Set(both.map(({ experimentId }) => experimentId)).size).toBe(1)
  })

  it('sets tags on an experiment, new or not', async () => {
    await tracker().setExperiment('tagged', { tags: { team: 'vision' } })
    const found = await tracker().setExperiment('tagged', { tags: { size: 3 } })
    expect(found.tags).toEqual({ team: 'vision', size: '3' })
  })

  it('takes an experiment by id', async () => {
    const id = await tracker().client.createExperiment('by id')
    expect((await tracker().setExperiment({ experimentId: id })).name).toBe('by id')
    expect(tracker().experimentId).toBe(id)
    const missing = (): unknown => tracker().setExperiment({ experimentId: '987654' })
    expect(await codeOf(missing)).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(tracker().experimentId).toBe(id)
  })

  it('refuses a deleted experiment, in the words of MLflow', async () => {
    const { experimentId } = await tracker().setExperiment('gone')
    await tracker().setExperiment({ experimentId: '0' })
    await tracker().client.deleteExperiment(experimentId)
    const error = await errorOf(() => tracker().setExperiment('gone'))
    expect(error.errorCode).toBe('INVALID_PARAMETER_VALUE')
    expect(error.message).toContain(
      "Cannot set a deleted experiment 'gone' as the active experiment.",
    )
    expect(tracker().experimentId).toBe('0')
  })

  it('refuses names that are none', async () => {
    for (const name of ['', 5, null, undefined, {}, 'x'.repeat(501), 'lone \ud800'])
      expect(await codeOf(() => tracker().setExperiment(untyped(name)))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    expect(await codeOf(() => tracker().setExperiment('t', { tags: { 'bad@key': 1 } }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    expect(await tracker().client.getExperimentByName('t')).toBe(null)
  })

  it('starts no run in a deleted or missing experiment', async () => {
    const id = await tracker().client.createExperiment('closed')
    await tracker().client.deleteExperiment(id)
    expect(await codeOf(() => tracker().startRun({ experimentId: id }))).toBe(
      'INVALID_PARAMETER_VALUE',
    )
    expect(await codeOf(() => tracker().startRun({ experimentId: '987654' }))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
  })
}
