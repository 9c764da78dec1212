/** Characters [start, end) of a text, in UTF-16 code units. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What a comparison looks at. MLflow's aliases (`metrics`, `attr`, ...) are resolved to these. */
export type SearchEntity =
  | 'attribute'
  | 'metric'
  | 'param'
  | 'tag'
  | 'dataset'
  | 'metadata'
  | 'span'
  | 'feedback'
  | 'expectation'
  | 'issue'

/** A comparator, in upper case. Filters may hold others until `checkComparators` refuses them. */
export type Comparator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'LIKE'
  | 'ILIKE'
  | 'RLIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'

/** A number out of a metric's history, in the extended grammar: over all points, or over the last `points` of them. */
export interface SeriesFunction {
  readonly name: 'first' | 'last' | 'min' | 'max' | 'mean' | 'count'
  /** Null for the whole series. */
  readonly points: number | null
}

/** One comparison. */
export interface Comparison {
  readonly kind: 'comparison'
  readonly entity: SearchEntity
  /** Attribute keys are canonical (`created` is `start_time`); others as written, without quotes. */
  readonly key: string
  /** Only in the extended grammar, for metrics; the latest value where absent. */
  readonly of?: SeriesFunction
  readonly comparator: Comparator
  /** Null for IS NULL and IS NOT NULL. */
  readonly value: number | string | readonly number[] | readonly string[] | null
  /** Where it stands in the filter. */
  readonly at: Span
}

/** A filter. MLflow's grammar gives a conjunction of comparisons, empty for everything; the rest is the extended one's. */
export type Filter =
  | Comparison
  | { readonly kind: 'and'; readonly items: readonly Filter[] }
  | { readonly kind: 'or'; readonly items: readonly Filter[] }
  | { readonly kind: 'not'; readonly item: Filter }

/** One term of an order. */
export interface OrderTerm {
  readonly entity: SearchEntity
  /** As in `Comparison`. */
  readonly key: string
  readonly ascending: boolean
}

/** The grammar of a filter: MLflow's own, or a superset with OR, NOT, parentheses, IN on numbers and functions of series. */
export type SearchSyntax = 'mlflow' | 'extended'
