import type { Experiment } from '../entities/experiment.js'
import { oneExperiment } from './find-experiments.js'
import { experimentToDictionary } from './json.js'
import { NAME_FLAGS } from './options.js'
import { printResult } from './print.js'
import { toVisible } from './text-width.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Verb } from './verb.js'

/** `tracklet experiments get`: one experiment by id or name. */
export const experimentsGet: Verb = {
  group: 'experiments',
  name: 'get',
  summary: 'Show an experiment, by its id or name; a deleted one too.',
  options: [
    { flags: '-x, --experiment-id <id>', help: 'id of the experiment' },
    { flags: NAME_FLAGS, help: 'name of the experiment' },
    {
      flags: '--output <format>',
      help: '`json` is the same as --json',
      choices: ['json', 'table'],
      fallback: 'table',
    },
  ],
  examples: [
    'tracklet experiments get -x 1',
    'tracklet experiments get --experiment-name mnist --output json',
  ],
  run: async (context, given) => {
    const [id, name] = [given.text('experimentId'), given.text('experimentName')]
    if ((id === undefined) === (name === undefined))
      throw new UsageError('Must specify exactly one of --experiment-id or --experiment-name.')
    const json = context.json || given.text('output') === 'json'
    await withTracker(context, async (tracker) => {
      const experiment = await oneExperiment(tracker, { id, name })
      const result = experimentToDictionary(experiment)
      await printResult({ ...context, json }, result, experimentToLines(experiment))
    })
  },
}

function experimentToLines(experiment: Experiment): string {
  const tags = Object.entries(experiment.tags).map(([key, value]) => `${key}=${value}`)
  const fields = [
    ['Experiment ID', experiment.experimentId],
    ['Name', experiment.name],
    ['Artifact Location', experiment.artifactLocation],
    ['Lifecycle Stage', experiment.lifecycleStage],
    ['Creation Time', String(experiment.creationTime ?? 'N/A')],
    ['Last Update Time', String(experiment.lastUpdateTime ?? 'N/A')],
    ['Tags', tags.join(', ')],
  ] as const
  const width = Math.max(...fields.map(([field]) => field.length)) + 2
  return fields
    .map(([field, value]) => `${field.padEnd(width)}: ${toVisible(value)}`.trimEnd())
    .join('\n')
}
