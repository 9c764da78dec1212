import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeImports } from '../../../adapters/node-import.js'
import type { FileTree } from '../../../src/import/file-tree.js'
import { importFrom } from '../../../src/import/import-source.js'
import type { ImportOptions } from '../../../src/import/import-options.js'
import { openInput } from '../../../src/client/open-input.js'
import type { ImportInput } from '../../../src/client/open-input.js'
import type { ImportReport } from '../../../src/import/report.js'
import type { Store } from '../../../src/store/store.js'
import { blobSource } from '../../../src/import/byte-source.js'
import { openZip } from '../../../src/zip/zip-tree.js'
import { parseExact } from './store-as-json.js'
import type { Json } from './store-as-json.js'

/** The file stores that real MLflow has written: by 3.6.0, and a smaller one by 2.9.2. */
export const FIXTURES = ['mlruns-small', 'mlruns-2x'] as const
export type Fixture = (typeof FIXTURES)[number]

const FOLDER = new URL('../../fixtures/mlruns/', import.meta.url)

/** A fixture's zip. */
export async function zipOf(fixture: Fixture): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await readFile(new URL(`${fixture}.zip`, FOLDER)))
}

/** What MLflow's own client has read out of it. */
export async function expectedOf(fixture: Fixture): Promise<{ [kind: string]: Json[] }> {
  const text = await readFile(new URL(`${fixture}.expected.json`, FOLDER), 'utf8')
  const { mlflow_version: _, ...content } = parseExact(text) as { [kind: string]: Json[] }
  return content
}

/** An import into a store, as a tracker does it. */
export async function take(
  store: Store,
  input: Fixture | Exclude<ImportInput, string> | { readonly path: string },
  options: ImportOptions = {},
): Promise<ImportReport> {
  const opened =
    typeof input === 'string' ? await zipOf(input) : 'path' in input ? input.path : input
  return importFrom(store, (doubt) => openInput(opened, nodeImports(), {}, doubt), options)
}

/** Unpacks a fixture's zip into a folder. */
export async function unpack(fixture: Fixture, folder: string): Promise<void> {
  const tree = await openZip(blobSource(new Blob([await zipOf(fixture)])))
  await unpackFolder(tree, '', folder)
  await tree.close()
}

async function unpackFolder(tree: FileTree, path: string, folder: string): Promise<void> {
  await mkdir(join(folder, path), { recursive: true })
  for (const { name, isDir } of await tree.list(path)) {
    const inner = path === '' ? name : `${path}/${name}`
    if (isDir) await unpackFolder(tree, inner, folder)
    else {
      const parts: Uint8Array[] = []
      for await (const part of tree.parts(inner)) parts.push(part)
      await writeFile(join(folder, inner), Buffer.concat(parts))
    }
  }
}
