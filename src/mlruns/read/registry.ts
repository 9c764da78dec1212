import { joinPath } from '../../import/file-tree.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt } from '../../import/source.js'
import type { ImportedModel, ImportedVersion } from '../../store/import-store.js'
import type { ModelStage } from '../../entities/registered-model.js'
import { MODEL_STAGES } from '../../entities/registered-model.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import { doubting, doubtStranger, foldersIn, metaOf, textsBelow } from './texts.js'

/** The stage of a version that was deleted; its number is used. */
const DELETED = 'Deleted_Internal'

/** What a registered model's folder has in it beside versions. */
const BESIDE = { folders: ['tags', 'aliases'], file: 'meta.yaml' }

type Model = Omit<ImportedModel, 'replaces'>

/** Every registered model of a file store. */
export async function* readRegistry(
  tree: FileTree,
  root: string,
  doubt: Doubt,
): AsyncGenerator<Model, void, undefined> {
  for await (const { path } of foldersIn(tree, joinPath(root, 'models'), doubt)) {
    const meta = await metaOf(tree, path, doubt)
    if (meta === null) continue
    const read = (): Promise<Model> => readModel(tree, path, meta, doubt)
    const model = await doubting(`${path}/meta.yaml`, doubt, read)
    if (model !== null) yield model
  }
}

async function readModel(tree: FileTree, folder: string, meta: Meta, doubt: Doubt): Promise<Model> {
  const versions: ImportedVersion[] = []
  let lastVersion = 0
  for await (const { name, path } of foldersIn(tree, folder, doubt, BESIDE)) {
    if (!/^version-\d+$/.test(name)) {
      doubtStranger(path, doubt)
      continue
    }
    const version = await readVersion(tree, path, doubt)
    if (version === null) continue
    lastVersion = Math.max(lastVersion, version.version)
    if (version.stage !== null) versions.push({ ...version, stage: version.stage })
  }
  return {
    name: meta.required('name'),
    creationTime: meta.integer('creation_timestamp') ?? 0,
    lastUpdateTime: meta.integer('last_updated_timestamp') ?? 0,
    description: meta.text('description'),
    tags: await textsBelow(tree, `${folder}/tags`, doubt),
    aliases: await readAliases(tree, folder, versions, doubt),
    versions,
    lastVersion,
  }
}

async function readAliases(
  tree: FileTree,
  folder: string,
  versions: readonly ImportedVersion[],
  doubt: Doubt,
): Promise<Record<string, number>> {
  const texts = await textsBelow(tree, `${folder}/aliases`, doubt)
  const aliases = Object.entries(texts).map(([alias, text]) => [alias, Number(text)] as const)
  return Object.fromEntries(
    aliases.filter(([alias, number]) => {
      const isThere = versions.some(({ version }) => version === number)
      if (!isThere)
        doubt(`${folder}/aliases/${alias}`, 'It names no version that is there: it was left out.')
      return isThere
    }),
  )
}

/** A version; its stage is null where it was deleted. */
async function readVersion(
  tree: FileTree,
  folder: string,
  doubt: Doubt,
): Promise<(Omit<ImportedVersion, 'stage'> & { readonly stage: ModelStage | null }) | null> {
  const meta = await metaOf(tree, folder, doubt)
  if (meta === null) return null
  return doubting(`${folder}/meta.yaml`, doubt, async () => {
    const source = meta.text('source') ?? ''
    const location = meta.text('storage_location')
    const version = meta.integer('version')
    if (version === null || version < 1) throw new BadMeta("'version' is no number of a version")
    return {
      version,
      creationTime: meta.integer('creation_timestamp') ?? 0,
      lastUpdateTime: meta.integer('last_updated_timestamp') ?? 0,
      stage: toStage(meta),
      description: meta.text('description'),
      source,
      location: location === source ? null : location,
      runId: meta.text('run_id') ?? '',
      runLink: meta.text('run_link') ?? '',
      modelId: meta.text('model_id') ?? '',
      tags: await textsBelow(tree, `${folder}/tags`, doubt),
    }
  })
}

function toStage(meta: Meta): ModelStage | null {
  const text = meta.text('current_stage') ?? 'None'
  if (text === DELETED) return null
  const stage = MODEL_STAGES.find((name) => name === text)
  if (stage === undefined) throw new BadMeta(`'current_stage' is none: '${text.slice(0, 40)}'`)
  return stage
}
