import type { Tracker } from '../client/tracker.js'
import { styled } from './style.js'
import { parseAge } from './gc-age.js'
import { planGarbage, type Garbage, type GarbagePlan } from './gc-plan.js'
import type { Given } from './given.js'
import { printResult } from './print.js'
import type { Folder } from './terminal.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** What is unreferenced goes when the two checkpoints that are kept do not name it any more. */
const CHECKPOINTS = 2

/** `tracklet gc`: deletes for good what is marked deleted. */
export const gc: Verb = {
  group: 'gc',
  name: 'run',
  isDefault: true,
  summary:
    'Delete runs, logged models and experiments that are marked deleted for good, with their files.',
  options: [
    {
      flags: '--older-than <age>',
      help: 'only what was deleted so long ago, such as 30d, 1d2h3m4s or 1.5h',
    },
    {
      flags: '--run-ids <ids>',
      help: 'these runs, by commas (default: all that are marked deleted)',
    },
    {
      flags: '--experiment-ids <ids>',
      help: 'these experiments with their runs, by commas (default: all that are marked deleted)',
    },
    {
      flags: '--logged-model-ids <ids>',
      help: 'these logged models, by commas (default: all that are marked deleted)',
    },
    {
      flags: '--artifacts-destination <dir>',
      help: 'the folder of `server --artifacts-destination`, to delete the files there, too',
    },
    { flags: '--dry-run', help: 'only tell what would be deleted' },
  ],
  examples: [
    'tracklet gc --older-than 30d --dry-run',
    'tracklet gc --run-ids 0a5e...d1,77c0...3f',
    'tracklet gc --experiment-ids 3 --artifacts-destination ./mlartifacts',
  ],
  run: async (context, given) => {
    const garbage = givenGarbage(given)
    await withTracker(context, async (tracker) => {
      const folder = await destination(context, given)
      const plan = await planGarbage(tracker, garbage, Date.now())
      if (!given.flag('dryRun')) await collect(tracker, plan, folder)
      await report(context, plan, given.flag('dryRun'))
    })
  },
}

function givenGarbage(given: Given): Garbage {
  const age = given.text('olderThan')
  return {
    runIds: idsOf(given, 'runIds', '--run-ids'),
    experimentIds: idsOf(given, 'experimentIds', '--experiment-ids'),
    loggedModelIds: idsOf(given, 'loggedModelIds', '--logged-model-ids'),
    olderThan: age === undefined ? undefined : { ms: parseAge(age), text: age },
  }
}

/** An option without a value must not be taken for one that is not given: that would delete everything. */
function idsOf(given: Given, name: string, flags: string): readonly string[] {
  const text = given.text(name)
  if (text === undefined) return []
  const ids = text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
  if (ids.length === 0) throw new UsageError(`${flags} takes ids, with commas between them.`)
  return ids
}

async function destination(context: Context, given: Given): Promise<Folder | null> {
  const path = given.text('artifactsDestination')
  if (path === undefined) return null
  if (context.openFolder === undefined) throw new UsageError('Here are no folders.')
  return context.openFolder({ path, create: false })
}

/** Files in a folder go first: without their run nobody would find them again. */
async function collect(tracker: Tracker, plan: GarbagePlan, folder: Folder | null): Promise<void> {
  const { client } = tracker
  for (const { runId, experimentId } of plan.runs) {
    await folder?.files.deleteArtifacts('', `${experimentId}/${runId}`)
    await client.purgeRun(runId)
  }
  for (const { modelId, experimentId } of plan.loggedModels) {
    await folder?.files.deleteArtifacts('', `${experimentId}/models/${modelId}`)
    await client.purgeLoggedModel(modelId)
  }
  for (const id of plan.experiments) {
    await folder?.files.deleteArtifacts('', id)
    await client.purgeExperiment(id)
  }
  if (plan.runs.length + plan.loggedModels.length + plan.experiments.length === 0) return
  for (let i = 0; i < CHECKPOINTS; i++) await tracker.checkpoint()
}

async function report(context: Context, plan: GarbagePlan, isDry: boolean): Promise<void> {
  const { runs, experiments, loggedModels, kept } = plan
  const runIds = runs.map(({ runId }) => runId)
  const modelIds = loggedModels.map(({ modelId }) => modelId)
  const fate = isDry ? 'would be permanently deleted' : 'has been permanently deleted'
  const lines = [
    ...runIds.map((id) => `Run with ID ${id} ${fate}.`),
    ...modelIds.map((id) => `Logged model with ID ${id} ${fate}.`),
    ...experiments.map((id) => `Experiment with ID ${id} ${fate}.`),
  ]
  if (lines.length === 0) lines.push('There is nothing to delete.')
  const result = {
    dry_run: isDry,
    runs: runIds,
    logged_models: modelIds,
    experiments,
    kept_experiments: kept,
  }
  await printResult(context, result, lines.join('\n'))
  if (kept.length === 0 || context.json) return
  const why = `kept, for they have runs that are active, or were deleted too lately: ${kept.join(', ')}.`
  await context.err.write(`${styled(context.err, 'dim', `Deleted experiments that are ${why}`)}\n`)
}
