// What the benchmarks have in a page beside the library: `PAGE_MODULE`.
export { fillRuns, timeSearch, timeSearches } from './search-work.js'
export { fillSeries, timeViews } from './zoom-work.js'
