import type { ComparisonReader } from '../../compare/compare-series.js'
import type { SeriesStore } from '../../series/series-store.js'
import type { Catalog } from '../catalog/catalog.js'

/** What a comparison of series reads from: the catalog's runs and the series store's points. */
export function comparisonReader(catalog: Catalog, series: SeriesStore): ComparisonReader {
  return {
    runs: (runIds) => runIds.map((runId) => catalog.runTexts(runId)),
    read: (pairs, query) =>
      series.readMany(
        pairs.map(({ runId, key }) => catalog.seriesOf(runId, key, { strict: true })),
        query,
      ),
  }
}
