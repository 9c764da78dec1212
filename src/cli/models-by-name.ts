import { MODEL_STAGES } from '../entities/registered-model.js'
import { toJson } from './json.js'
import { modelToDictionary, versionToDictionary } from './models-json.js'
import { printResult } from './print.js'
import { toVisible } from './text-width.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Verb, type VerbOption } from './verb.js'

const NAME: VerbOption = { flags: '-n, --name <name>', help: 'name of the model', required: true }
const ALIAS: VerbOption = { flags: '-a, --alias <alias>', help: 'the alias', required: true }
// `--version` is the program's own.
const VERSION: VerbOption = {
  flags: '-m, --model-version <n>',
  help: 'number of the version',
  required: true,
}

/** `tracklet models describe`: a model, or one version of it, as JSON. */
export const modelsDescribe: Verb = {
  group: 'models',
  name: 'describe',
  summary: 'Print a model, or one version of it, as JSON.',
  options: [
    NAME,
    { ...VERSION, required: false },
    {
      ...ALIAS,
      help: 'the version that this alias names; `latest` is the highest',
      required: false,
    },
  ],
  examples: [
    'tracklet models describe --name cnn',
    'tracklet models describe --name cnn --alias champion | jq -r .source',
  ],
  run: async (context, given) => {
    const [name, version] = [given.required('name'), given.text('modelVersion')]
    const alias = given.text('alias')
    if (version !== undefined && alias !== undefined)
      throw new UsageError('Give either --model-version or --alias, not both.')
    await withTracker(context, async ({ client }) => {
      const found =
        alias !== undefined
          ? versionToDictionary(await client.getModelVersionByAlias(name, alias))
          : version !== undefined
            ? versionToDictionary(await client.getModelVersion(name, version))
            : modelToDictionary(await client.getRegisteredModel(name))
      await context.out.write(`${toJson(found)}\n`)
    })
  },
}

/** `tracklet models set-alias`. */
export const modelsSetAlias: Verb = {
  group: 'models',
  name: 'set-alias',
  summary: 'Point an alias at a version; one that exists moves.',
  options: [NAME, ALIAS, VERSION],
  examples: ['tracklet models set-alias --name cnn --alias champion --model-version 3'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const [name, alias] = [given.required('name'), given.required('alias')]
      await client.setRegisteredModelAlias(name, alias, given.required('modelVersion'))
      const { version } = await client.getModelVersionByAlias(name, alias)
      const line = `Alias '${alias}' of '${toVisible(name)}' names version ${version}.`
      await printResult(context, { name, alias, version }, line)
    }),
}

/** `tracklet models delete-alias`. */
export const modelsDeleteAlias: Verb = {
  group: 'models',
  name: 'delete-alias',
  summary: 'Remove an alias; the version stays.',
  options: [NAME, ALIAS],
  examples: ['tracklet models delete-alias --name cnn --alias champion'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const [name, alias] = [given.required('name'), given.required('alias')]
      await client.deleteRegisteredModelAlias(name, alias)
      const line = `'${toVisible(name)}' has no alias '${alias}' any more.`
      await printResult(context, { name, alias }, line)
    }),
}

/** `tracklet models transition`. */
export const modelsTransition: Verb = {
  group: 'models',
  name: 'transition',
  summary: 'Move a version to a stage.',
  options: [
    NAME,
    VERSION,
    { flags: '--stage <stage>', help: 'the stage', required: true, choices: MODEL_STAGES },
    {
      flags: '--archive-existing-versions',
      help: 'archive the other versions in that stage: Staging and Production only',
    },
  ],
  examples: [
    'tracklet models transition --name cnn --model-version 3 --stage Production --archive-existing-versions',
  ],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const name = given.required('name')
      const moved = await client.transitionModelVersionStage(
        name,
        given.required('modelVersion'),
        given.required('stage'),
        { archiveExistingVersions: given.flag('archiveExistingVersions') },
      )
      const line = `Version ${moved.version} of '${toVisible(name)}' is in stage ${moved.currentStage}.`
      await printResult(context, versionToDictionary(moved), line)
    }),
}

/** `tracklet models delete`: one version, or the model with all of them. */
export const modelsDelete: Verb = {
  group: 'models',
  name: 'delete',
  summary: 'Delete a version, or a model with all its versions, for good. Files of runs stay.',
  options: [
    NAME,
    { ...VERSION, required: false },
    { flags: '--all-versions', help: 'the model itself, with all its versions' },
  ],
  examples: [
    'tracklet models delete --name cnn --model-version 2',
    'tracklet models delete --name cnn --all-versions',
  ],
  run: async (context, given) => {
    const [name, version] = [given.required('name'), given.text('modelVersion')]
    if ((version === undefined) !== given.flag('allVersions'))
      throw new UsageError('Must specify exactly one of --model-version or --all-versions.')
    await withTracker(context, async ({ client }) => {
      const of = `'${toVisible(name)}'`
      if (version === undefined) {
        await client.deleteRegisteredModel(name)
        return printResult(context, { name }, `Model ${of} has been deleted.`)
      }
      await client.deleteModelVersion(name, version)
      const line = `Version ${toVisible(version)} of ${of} has been deleted.`
      await printResult(context, { name, version }, line)
    })
  },
}
