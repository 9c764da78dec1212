import { runToDictionary, toJson } from './json.js'
import { RUN_ID } from './options.js'
import { printResult } from './print.js'
import { withTracker, type Verb } from './verb.js'

/** `tracklet runs describe`: one run as JSON. */
export const runsDescribe: Verb = {
  group: 'runs',
  name: 'describe',
  summary: 'Print a run, with its latest metrics, params, tags and datasets, as JSON.',
  options: [RUN_ID],
  examples: ['tracklet runs describe --run-id 0a5e...d1 | jq .data.metrics'],
  run: (context, given) =>
    withTracker(context, async (tracker) => {
      const run = await tracker.getRun(given.required('runId'))
      await context.out.write(`${toJson(runToDictionary(run))}\n`)
    }),
}

/** `tracklet runs delete`. */
export const runsDelete: Verb = {
  group: 'runs',
  name: 'delete',
  summary: 'Mark a run deleted; `runs restore` brings it back.',
  options: [RUN_ID],
  examples: ['tracklet runs delete --run-id 0a5e...d1'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const runId = given.required('runId')
      await client.deleteRun(runId)
      const result = { run_id: runId, lifecycle_stage: 'deleted' }
      await printResult(context, result, `Run with ID ${runId} has been deleted.`)
    }),
}

/** `tracklet runs restore`. */
export const runsRestore: Verb = {
  group: 'runs',
  name: 'restore',
  summary: 'Restore a deleted run.',
  options: [RUN_ID],
  examples: ['tracklet runs restore --run-id 0a5e...d1'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const runId = given.required('runId')
      await client.restoreRun(runId)
      const result = { run_id: runId, lifecycle_stage: 'active' }
      await printResult(context, result, `Run with id ${runId} has been restored.`)
    }),
}
