import { describe, expect, it } from 'vitest'
import { memoryAdapter, unlockMemory } from '../../../../adapters/memory.js'
import { Database, loadSqlite } from '../../../../src/store/database.js'
import { openEngine } from '../../../../src/store/engine.js'
import type { LocalStore } from '../../../../src/store/store.js'
import { downgradeCatalog } from '../../../helpers/older-catalog.js'
import { writeFile } from '../../../helpers/write-file.js'
import { freshStore, makeRun, reopen } from '../catalog/harness.js'

const read = async (store: LocalStore, id: string, path: string): Promise<string> => {
  const { handle } = await store.openRead(id, path)
  let text = ''
  for (let part = await store.read(handle); part; part = await store.read(handle))
    text += new TextDecoder().decode(part)
  return text
}

describe('files of a logged model', () => {
  it('are its own, last, and are told of to nobody who watches runs', async () => {
    const open = () => openEngine(memoryAdapter('files of models'))
    const store = await open()
    const run = (await store.createRun({ experimentId: '0', startTime: 1 })).info.runId
    const { modelId } = await store.createLoggedModel({ experimentId: '0' })
    await store.searchRuns({ experimentIds: ['0'] })
    const { port1, port2 } = new MessageChannel()
    const told = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data)
    })
    await store.subscribe({}, port2)
    await writeFile(store, modelId, 'model/a.txt', 'of the model')
    await writeFile(store, run, 'a.txt', 'of the run')
    expect(await told).toMatchObject({ runIds: [run], experimentIds: [] })
    port1.close()
    unlockMemory('files of models')
    const again = await open()
    expect(await again.listArtifacts(modelId)).toEqual([
      { path: 'model', isDir: true, fileSize: null },
    ])
    expect(await read(again, modelId, 'model/a.txt')).toBe('of the model')
    expect(await read(again, run, 'a.txt')).toBe('of the run')
    expect((await again.searchRuns({ experimentIds: ['0'] })).items).toHaveLength(1)
    await again.deleteArtifacts(modelId, 'model')
    expect(await again.listArtifacts(modelId)).toEqual([])
    await again.close()
  })

  it('go with the purged model, and with its purged experiment', async () => {
    const adapter = memoryAdapter()
    const store = await openEngine(adapter)
    const experimentId = await store.createExperiment('e')
    const made = []
    for (const name of ['one', 'two', 'three'])
      made.push((await store.createLoggedModel({ experimentId, name })).modelId)
    for (const modelId of made) await writeFile(store, modelId, 'a', `of ${modelId}`)
    await writeFile(store, made[1]!, 'b', `of ${made[0]}`)
    await store.deleteLoggedModel(made[0]!)
    await store.purgeLoggedModel(made[0]!)
    for (let i = 0; i < 3; i++) await store.checkpoint()
    expect(await adapter.list('blobs/')).toHaveLength(3)
    await store.deleteLoggedModel(made[1]!)
    await store.deleteExperiment(experimentId)
    await store.purgeExperiment(experimentId)
    for (let i = 0; i < 3; i++) await store.checkpoint()
    expect(await adapter.list('blobs/')).toHaveLength(0)
    expect((await store.storage()).artifactBytes).toBe(0)
    await store.close()
  })

  it('are found by no id that is not there', async () => {
    const store = await openEngine(memoryAdapter())
    for (const id of ['m-none', 'tr-none', 'none', 'm-', ''])
      await expect(store.listArtifacts(id)).rejects.toMatchObject({
        errorCode: id === '' ? 'INVALID_PARAMETER_VALUE' : 'RESOURCE_DOES_NOT_EXIST',
      })
    await store.close()
  })
})

describe('a catalog of before logged models', () => {
  it('is given their tables, and finds points that came before them', async () => {
    const store = freshStore()
    const run = makeRun(store)
    const { modelId } = store.do((c) => c.loggedModels.planCreate({ experimentId: '0' }))
    const point = { key: 'm', value: 1, timestamp: 1, step: 1 }
    store.do((c) => c.planLogMetric(run, { ...point, modelId }))
    downgradeCatalog(store.db, 2)
    const db = reopen(store.db.export())
    const columns = (of: Database): unknown =>
      of.all('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name')
    expect(columns(db)).toEqual(columns(Database.create(await loadSqlite())))
    expect(db.all('SELECT * FROM logged_models')).toEqual([])
    expect(db.integrityCheck()).toEqual([])
    const plan = db.all(
      'EXPLAIN QUERY PLAN SELECT id FROM series s WHERE s.context = 1 AND s.context <> 0',
    )
    expect(JSON.stringify(plan)).toContain('series_by_context')
  })
})
