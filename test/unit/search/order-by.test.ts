import { describe, expect, it } from 'vitest'
import {
  EXPERIMENT_RULES,
  LOGGED_MODEL_RULES,
  MODEL_RULES,
  RUN_RULES,
  TRACE_RULES,
  VERSION_RULES,
} from '../../../src/search/grammar/attributes.js'
import { parseOrderBy } from '../../../src/search/grammar/order-by.js'
import { PARSE_GOLDEN, refusalOf, withoutSets } from './texts.js'

describe('parseOrderBy against the library', () => {
  it.each(PARSE_GOLDEN.orders)('$clause', ({ clause, ok, err }) => {
    const read = () => parseOrderBy([clause], RUN_RULES)
    if (ok !== undefined)
      expect(read().map(({ entity, key, ascending }) => [entity, key, ascending])).toEqual([ok])
    else {
      const { message } = refusalOf(read)
      if (err !== null && err !== undefined) expect(withoutSets(message)).toBe(withoutSets(err))
    }
  })
})

describe('parseOrderBy', () => {
  it('takes no clauses for no terms', () => {
    expect(parseOrderBy(null, RUN_RULES)).toEqual([])
    expect(parseOrderBy(undefined, RUN_RULES)).toEqual([])
  })

  it('refuses what is no list of texts', () => {
    refusalOf(() => parseOrderBy('name' as unknown as string[], RUN_RULES))
    refusalOf(() => parseOrderBy([5] as unknown as string[], RUN_RULES))
  })

  it('refuses a field twice, whatever it is called, where MLflow does', () => {
    const { message, at } = refusalOf(() => parseOrderBy(['created', 'start_time ASC'], RUN_RULES))
    expect(message).toBe("`order_by` contains duplicate fields: ['created', 'start_time ASC']")
    expect(at).toEqual({ text: 'order_by', index: 1, start: 0, end: 14 })
    refusalOf(() => parseOrderBy(['timestamp ASC', 'last_updated_timestamp DESC'], MODEL_RULES))
    expect(parseOrderBy(['name', 'name DESC'], EXPERIMENT_RULES)).toHaveLength(2)
  })

  it('orders runs by no dataset and experiments by no tag', () => {
    expect(refusalOf(() => parseOrderBy(['dataset.name'], RUN_RULES)).message).toBe(
      "Invalid identifier type 'dataset'",
    )
    expect(refusalOf(() => parseOrderBy(['tags.x'], EXPERIMENT_RULES)).message).toBe(
      'Invalid order_by entity: tag',
    )
  })

  it.each([
    [MODEL_RULES, 'timestamp DESC', 'attribute', 'last_updated_timestamp'],
    [VERSION_RULES, 'attribute.version_number desc', 'attribute', 'version_number'],
    [TRACE_RULES, 'timestamp DESC', 'attribute', 'timestamp_ms'],
    [TRACE_RULES, 'name DESC', 'tag', 'mlflow.traceName'],
    [LOGGED_MODEL_RULES, 'metrics.`a b` DESC', 'metric', 'a b'],
    [LOGGED_MODEL_RULES, 'creation_time DESC', 'attribute', 'creation_timestamp'],
  ])('knows the words of its kind: %# %s', (rules, clause, entity, key) => {
    expect(parseOrderBy([clause], rules)).toEqual([{ entity, key, ascending: false }])
  })
})
