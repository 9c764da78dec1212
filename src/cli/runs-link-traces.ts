import { RUN_ID } from './options.js'
import { printResult } from './print.js'
import { withTracker, type Verb } from './verb.js'

/** `tracklet runs link-traces`. */
export const runsLinkTraces: Verb = {
  group: 'runs',
  name: 'link-traces',
  summary: 'Link traces to a run: at most 100.',
  options: [
    RUN_ID,
    { flags: '-t, --trace-id <id>', help: 'a trace (repeatable)', many: true, required: true },
  ],
  examples: ['tracklet runs link-traces --run-id 0a5e...d1 -t tr-12ab...f0'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const [runId, traceIds] = [given.required('runId'), given.texts('traceId')]
      await client.getRun(runId)
      await client.linkTracesToRun(traceIds, runId)
      const count = traceIds.length === 1 ? '1 trace' : `${traceIds.length} traces`
      const line = `Successfully linked ${count} to run '${runId}'`
      await printResult(context, { run_id: runId, trace_ids: traceIds }, line)
    }),
}
