/** One page of a listing; `nextPageToken` is null on the last. */
export interface PagedList<T> {
  readonly items: readonly T[]
  readonly nextPageToken: string | null
}
