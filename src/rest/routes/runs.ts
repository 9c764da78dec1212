import { runInfoToJson, runToJson, wholeRunToJson } from '../entities-to-json.js'
import { STATUSES, defined, toPairs, toTime } from '../field-values.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { runSearch, toRunQuery } from '../run-search.js'
import { alias, choice, int64, keyValue, lenient, list, required, text } from '../schema.js'

const runId = alias(required(text), 'run_uuid')

/** Runs as such: `runs/create`, `get`, `update`, `delete`, `restore` and `search`. */
export const runRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'runs/create',
    needs: {
      experiment_id: text,
      start_time: int64,
      user_id: text,
      run_name: text,
      tags: list(keyValue),
    },
    async answer(store, fields) {
      const run = await store.createRun({
        experimentId: fields.experiment_id ?? '',
        userId: fields.user_id ?? '',
        runName: fields.run_name ?? '',
        startTime: toTime(fields.start_time, 'start_time') ?? 0,
        tags: toPairs(fields.tags),
        // Its writer is a client elsewhere, whose absence this process cannot see.
        owner: null,
      })
      return { run: runToJson(run) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'runs/get',
    needs: { run_id: runId },
    async answer(store, { run_id: id }) {
      return { run: wholeRunToJson(await store.getRun(id)) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/update',
    needs: { run_id: runId, end_time: int64, status: lenient(choice(STATUSES)), run_name: text },
    async answer(store, { run_id: id, status, end_time: end, run_name: runName }) {
      const change = defined({ status, endTime: toTime(end, 'end_time'), runName })
      return { run_info: runInfoToJson(await store.updateRun(id, change)) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/delete',
    needs: { run_id: required(text) },
    async answer(store, { run_id: id }) {
      await store.deleteRun(id)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/restore',
    needs: { run_id: required(text) },
    async answer(store, { run_id: id }) {
      await store.restoreRun(id)
      return {}
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/search',
    needs: runSearch,
    async answer(store, fields) {
      const { items, nextPageToken } = await store.searchRuns(toRunQuery(fields))
      return { runs: items.map(wholeRunToJson), next_page_token: nextPageToken }
    },
  }),
]
