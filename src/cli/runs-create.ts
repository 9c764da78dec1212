import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { RunStatus } from '../entities/run.js'
import type { Given } from './given.js'
import { oneExperiment } from './find-experiments.js'
import { toJson } from './json.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Verb } from './verb.js'

const STATUSES: Readonly<Record<string, RunStatus>> = {
  finished: 'FINISHED',
  failed: 'FAILED',
  killed: 'KILLED',
}

/** `tracklet runs create`: a run that ends at once, as MLflow's command makes it. */
export const runsCreate: Verb = {
  group: 'runs',
  name: 'create',
  summary: 'Create a run and end it at once; prints it as JSON.',
  options: [
    { flags: '-x, --experiment-id <id>', help: 'experiment of the run, by id' },
    { flags: '-n, --experiment-name <name>', help: 'or by name; made where there is none' },
    { flags: '--run-name <name>', help: 'its name; a made-up one where absent' },
    { flags: '--description <text>', help: 'what it is about' },
    { flags: '-t, --tags <key=value>', help: 'a tag (repeatable)', many: true },
    {
      flags: '--status <status>',
      help: 'how it ended',
      choices: Object.keys(STATUSES),
      fallback: 'finished',
    },
    { flags: '--parent-run-id <id>', help: 'the run that it is nested in' },
  ],
  examples: ['tracklet runs create --experiment-name mnist --run-name baseline -t env=ci'],
  run: (context, given) =>
    withTracker(context, async (tracker) => {
      const tags = givenTags(given)
      const status = STATUSES[given.required('status')] ?? 'FINISHED'
      const [runName, parent] = [given.text('runName'), given.text('parentRunId')]
      if (parent !== undefined) await tracker.client.getRun(parent)
      const experimentId = await experimentOf(tracker, given)
      const { info } = await tracker.client.createRun(experimentId, {
        tags: { ...tags, ...(parent !== undefined && { [MLFLOW_TAGS.parentRunId]: parent }) },
        ...(runName !== undefined && { runName }),
      })
      await tracker.client.setTerminated(info.runId, status)
      const { runId: run_id, runName: run_name } = info
      await context.out.write(
        `${toJson({ run_id, experiment_id: experimentId, status, run_name })}\n`,
      )
    }),
}

async function experimentOf(
  tracker: Parameters<typeof oneExperiment>[0],
  given: Given,
): Promise<string> {
  const [id, name] = [given.text('experimentId'), given.text('experimentName')]
  if ((id === undefined) === (name === undefined))
    throw new UsageError('Give --experiment-id or --experiment-name, and not both.')
  if (name !== undefined) return (await tracker.setExperiment(name)).experimentId
  return (await oneExperiment(tracker, { id, name })).experimentId
}

function givenTags(given: Given): Record<string, string> {
  const description = given.text('description')
  const pairs = given.texts('tags').map((text) => {
    const at = text.indexOf('=')
    if (at < 1) throw new UsageError(`'${text}' is no tag: write key=value.`)
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  const twice = pairs.find(([key], i) => pairs.findIndex(([other]) => other === key) < i)
  if (twice !== undefined) throw new UsageError(`The tag '${twice[0]}' is given twice.`)
  return {
    ...Object.fromEntries(pairs),
    ...(description !== undefined && { [MLFLOW_TAGS.note]: description }),
  }
}
