import { EXPERIMENT_ID, NAME_FLAGS } from './options.js'
import { printResult } from './print.js'
import { toVisible } from './text-width.js'
import { withTracker, type Verb } from './verb.js'

/** `tracklet experiments create`; makes the store, too, where there is none. */
export const experimentsCreate: Verb = {
  group: 'experiments',
  name: 'create',
  summary: 'Create an experiment; makes the store, too, where there is none yet.',
  options: [
    { flags: NAME_FLAGS, help: 'its name', required: true },
    {
      flags: '-l, --artifact-location <location>',
      help: 'where the artifact locations of its runs begin',
    },
  ],
  examples: ['tracklet experiments create --experiment-name mnist'],
  run: (context, given) =>
    withTracker(
      context,
      async ({ client }) => {
        const [name, artifactLocation] = [
          given.required('experimentName'),
          given.text('artifactLocation'),
        ]
        const id = await client.createExperiment(
          name,
          artifactLocation === undefined ? {} : { artifactLocation },
        )
        const line = `Created experiment '${toVisible(name)}' with id ${id}`
        await printResult(context, { experiment_id: id, name }, line)
      },
      { create: true },
    ),
}

/** `tracklet experiments rename`. */
export const experimentsRename: Verb = {
  group: 'experiments',
  name: 'rename',
  summary: 'Give an active experiment another name.',
  options: [EXPERIMENT_ID, { flags: '--new-name <name>', help: 'its new name', required: true }],
  examples: ['tracklet experiments rename --experiment-id 1 --new-name mnist-v2'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const [id, name] = [given.required('experimentId'), given.required('newName')]
      await client.renameExperiment(id, name)
      const line = `Experiment with id ${id} has been renamed to '${toVisible(name)}'.`
      await printResult(context, { experiment_id: id, name }, line)
    }),
}

/** `tracklet experiments delete`. */
export const experimentsDelete: Verb = {
  group: 'experiments',
  name: 'delete',
  summary: 'Mark an experiment and its runs deleted; `experiments restore` brings them back.',
  options: [EXPERIMENT_ID],
  examples: ['tracklet experiments delete --experiment-id 1'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const id = given.required('experimentId')
      await client.deleteExperiment(id)
      const result = { experiment_id: id, lifecycle_stage: 'deleted' }
      await printResult(context, result, `Experiment with ID ${id} has been deleted.`)
    }),
}

/** `tracklet experiments restore`. */
export const experimentsRestore: Verb = {
  group: 'experiments',
  name: 'restore',
  summary: 'Restore a deleted experiment and its runs.',
  options: [EXPERIMENT_ID],
  examples: ['tracklet experiments restore --experiment-id 1'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const id = given.required('experimentId')
      await client.restoreExperiment(id)
      const result = { experiment_id: id, lifecycle_stage: 'active' }
      await printResult(context, result, `Experiment with id ${id} has been restored.`)
    }),
}
