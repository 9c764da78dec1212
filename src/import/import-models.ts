import {
  validateDescription,
  validateModelName,
  validateNewAlias,
} from '../entities/validate-registry.js'
import { validateText } from '../entities/validate.js'
import type { ImportedModel, ImportedVersion } from '../store/import-store.js'
import type { Claims } from './claims.js'
import { cleanTags, holds } from './clean.js'
import { freeName } from './conflicts.js'
import type { ImportOptions } from './import-options.js'
import type { ImportTally } from './report.js'
import type { Doubt, ImportSource } from './source.js'

type Model = Omit<ImportedModel, 'replaces'>

/** The registered models of a source that are to be made, with their names as they will be. */
export async function importModels(
  claims: Claims,
  source: ImportSource,
  tally: ImportTally,
  { onConflict = 'skip' }: ImportOptions,
): Promise<ImportedModel[]> {
  const { doubt } = tally
  const models: ImportedModel[] = []
  const seen = new Set<string>()
  for await (const model of source.models()) {
    const { name } = model
    const path = `models/${name}`
    if (!holds(() => validateModelName(name), path, doubt)) continue
    if (seen.has(name)) {
      doubt(path, 'The name is there twice: this one was left out.')
      continue
    }
    seen.add(name)
    const isThere = (await claims.findTaken({ modelNames: [name] })).models.length > 0
    if (isThere && onConflict === 'skip') {
      tally.count('registeredModels', name, 'skipped')
      continue
    }
    const own =
      isThere && onConflict === 'rename' ? await freeName(claims, 'modelNames', name) : name
    claims.addModel(own)
    if (own !== name) tally.rename(name, own)
    const replaces = isThere && onConflict === 'replace'
    tally.count('registeredModels', name, replaces ? 'replaced' : 'added')
    models.push({ ...clean(model, path, doubt), name: own, replaces })
  }
  return models
}

/** What a store can hold of a model; the rest is doubted. */
function clean(model: Model, path: string, doubt: Doubt): Model {
  const versions = model.versions
    .filter((version) => isVersion(version, `${path}/version-${version.version}`, doubt))
    .map((version) => ({
      ...version,
      tags: cleanTags(version.tags, `${path}/version-${version.version}/tags`, doubt),
    }))
  const aliases = Object.entries(model.aliases).filter(
    ([alias, number]) =>
      versions.some(({ version }) => version === number) &&
      holds(() => validateNewAlias(alias), `${path}/aliases/${alias}`, doubt),
  )
  const hasDescription = holds(() => validateDescription(model.description), path, doubt)
  return {
    ...model,
    description: hasDescription ? model.description : null,
    tags: cleanTags(model.tags, `${path}/tags`, doubt),
    aliases: Object.fromEntries(aliases),
    versions,
  }
}

function isVersion(version: ImportedVersion, path: string, doubt: Doubt): boolean {
  return holds(
    () => {
      validateDescription(version.description)
      for (const name of ['source', 'runId', 'runLink', 'modelId'] as const)
        validateText(version[name], name)
    },
    path,
    doubt,
  )
}
