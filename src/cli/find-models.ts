import type { MlflowClient } from '../client/client.js'
import type { ModelVersion, RegisteredModel } from '../entities/registered-model.js'
import type { RegistryQuery } from '../store/model-registry-store.js'

/** The most that MLflow's servers give at once, and what its client asks of versions. */
const [MODELS, VERSIONS] = [1_000, 10_000]

type Search = Omit<RegistryQuery, 'pageToken' | 'maxResults'>

/** Models that a search finds, page after page. */
export function findModels(
  client: MlflowClient,
  search: Search,
  limit?: number,
): AsyncGenerator<RegisteredModel, void, undefined> {
  return all(
    async (pageToken, maxResults) => {
      const page = await client.searchRegisteredModels({ ...search, ...pageToken, maxResults })
      return { items: page.registeredModels, next: page.nextPageToken }
    },
    limit ?? Infinity,
    MODELS,
  )
}

/** Versions that a search finds, page after page, with their aliases, which a search leaves out. */
export async function* findVersions(
  client: MlflowClient,
  search: Search,
  limit?: number,
): AsyncGenerator<ModelVersion, void, undefined> {
  const aliases = new Map<string, RegisteredModel['aliases']>()
  const found = all<ModelVersion>(
    async (pageToken, maxResults) => {
      const page = await client.searchModelVersions({ ...search, ...pageToken, maxResults })
      return { items: page.modelVersions, next: page.nextPageToken }
    },
    limit ?? Infinity,
    VERSIONS,
  )
  for await (const version of found) {
    const { name } = version
    const known = aliases.get(name) ?? (await client.getRegisteredModel(name)).aliases
    aliases.set(name, known)
    const own = Object.keys(known).filter((alias) => known[alias] === version.version)
    yield { ...version, aliases: own }
  }
}

async function* all<T>(
  page: (
    token: { pageToken?: string },
    maxResults: number,
  ) => Promise<{ items: readonly T[]; next: string | null }>,
  limit: number,
  largest: number,
): AsyncGenerator<T, void, undefined> {
  let left = limit
  let token: string | null = null
  do {
    const { items, next }: { items: readonly T[]; next: string | null } = await page(
      token === null ? {} : { pageToken: token },
      Math.min(left, largest),
    )
    yield* items
    left -= items.length
    token = next
  } while (token !== null && left > 0)
}
