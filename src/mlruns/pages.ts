import type { PagedList } from '../entities/paged-list.js'
import { TrackletError } from '../errors.js'

/**
 * Every item of a listing once: one that is made meanwhile may push another onto the next page too. None where the store
 * is a server that knows no such things.
 */
export async function* allPages<T>(
  read: (page: { pageToken?: string }) => Promise<PagedList<T>>,
  idOf: (item: T) => string,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>()
  let token: string | null = null
  do {
    const page: PagedList<T> = await read(token === null ? {} : { pageToken: token }).catch(nothing)
    for (const item of page.items) {
      const id = idOf(item)
      if (!seen.has(id)) yield item
      seen.add(id)
    }
    token = page.nextPageToken
  } while (token !== null)
}

function nothing(error: unknown): PagedList<never> {
  if (error instanceof TrackletError && error.errorCode === 'ENDPOINT_NOT_FOUND')
    return { items: [], nextPageToken: null }
  throw error
}
