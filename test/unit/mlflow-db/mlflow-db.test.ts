import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeImports } from '../../../adapters/node-import.js'
import type { Tracker } from '../../../src/client/tracker.js'
import type { FileTree } from '../../../src/import/file-tree.js'
import { mlflowDbSource } from '../../../src/mlflow-db/mlflow-db-source.js'
import { loadSqlite } from '../../../src/store/database.js'
import type { LocalStore } from '../../../src/store/store.js'
import { blobSource } from '../../../src/import/byte-source.js'
import { stateHash } from '../../helpers/state-hash.js'
import { anyDatabase, makeDatabase, openStore } from './make-database.js'

const PARAMETER = 'INVALID_PARAMETER_VALUE'

let store: LocalStore
let tracker: Tracker
let folder: string

beforeEach(async () => {
  ;({ store, tracker } = await openStore(nodeImports()))
  folder = await mkdtemp(join(tmpdir(), 'tracklet-test-'))
})

afterEach(async () => {
  await tracker.close()
  await rm(folder, { recursive: true, force: true })
})

async function put(path: string, content: Uint8Array | string): Promise<string> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  return file
}

function paths(report: { readonly doubts: readonly { readonly path: string }[] }): string[] {
  return report.doubts.map(({ path }) => path)
}

async function filesOf(runId: string): Promise<string[]> {
  return (await store.listArtifacts(runId)).map(({ path }) => path)
}

describe('a database', () => {
  it('is taken with its experiments, runs and models', async () => {
    const report = await tracker.importFrom(await makeDatabase())
    expect(report).toMatchObject({
      experiments: { added: 1, skipped: 1 },
      runs: { added: 3 },
      registeredModels: { added: 1 },
      points: 4,
      renamed: {},
    })
    expect(paths(report)).toEqual(['artifacts'])
    expect(await store.getExperiment('7')).toEqual({
      experimentId: '7',
      name: 'seven',
      artifactLocation: 'file:///srv/mlruns/7',
      lifecycleStage: 'active',
      creationTime: 10,
      lastUpdateTime: 20,
      tags: { team: 'a', note: '' },
    })
    const run = await store.getRun('aa11')
    expect(run.info).toMatchObject({
      runName: 'first',
      userId: 'zoë',
      startTime: 100,
      endTime: 200,
    })
    expect(run.data.params).toEqual({ lr: '0.1', empty: '' })
    expect(run.inputs.datasetInputs).toEqual([
      {
        dataset: {
          name: 'data',
          digest: 'abc',
          sourceType: 'http',
          source: '{}',
          schema: null,
          profile: '{"n": 1}',
        },
        tags: { 'mlflow.data.context': 'train' },
      },
    ])
    expect((await store.getRun('cc33')).info).toMatchObject({
      runName: 'named by its tag',
      lifecycleStage: 'deleted',
      experimentId: '0',
    })
  })

  it('gives points as they are, NaN and integers past 2^53 too', async () => {
    await tracker.importFrom(await makeDatabase())
    const loss = await store.getMetricColumns({ runId: 'aa11', key: 'loss' })
    expect([...loss.values]).toEqual([0.5, 0.25, NaN])
    expect([...loss.timestamps]).toEqual([1000, 999, 1001])
    const acc = await store.getMetricColumns({ runId: 'aa11', key: 'acc' })
    expect([...acc.steps, ...acc.timestamps]).toEqual([2n ** 63n - 1n, 2n ** 53n + 1n])
  })

  it('gives models with their highest number, stages, tags, aliases and locations', async () => {
    await tracker.importFrom(await makeDatabase())
    expect(await store.getRegisteredModel('m')).toMatchObject({
      description: 'About it.',
      creationTimestamp: 5,
      lastUpdatedTimestamp: 6,
      tags: { k: 'v' },
      aliases: { champion: '1' },
    })
    expect(await store.getModelVersion('m', 1)).toMatchObject({
      currentStage: 'Production',
      runLink: 'http://x',
      tags: { vk: 'vv' },
      lastUpdatedTimestamp: 8,
    })
    expect(await store.getModelVersionDownloadUri('m', 1)).toBe('s3://b/x')
    expect((await store.createModelVersion('m', { source: 's3://b/y' })).version).toBe('4')
  })

  it('adds nothing when it is imported again', async () => {
    const database = await makeDatabase()
    await tracker.importFrom(database)
    const before = await stateHash(store)
    const again = await tracker.importFrom(database)
    expect(again).toMatchObject({ experiments: { added: 0 }, runs: { added: 0, skipped: 3 } })
    expect(await stateHash(store)).toBe(before)
  })

  it('gives the points of a long metric in stretches, and not in one piece', async () => {
    const database =
      await makeDatabase(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 79999)
      INSERT INTO metrics SELECT 'long', i * 0.5, i, 'bb22', i, 0 FROM n`)
    const doubt = (): void => undefined
    const bytes = blobSource(new Blob([database]))
    const source = await mlflowDbSource(bytes, null, await loadSqlite(), doubt)
    const lengths: number[] = []
    for await (const { runs } of source.experiments())
      for await (const { run, metrics } of runs())
        if (run.runId === 'bb22')
          for await (const { values } of metrics()) lengths.push(values.length)
    await source.close()
    expect(lengths).toEqual([32_768, 32_768, 14_464])
  })

  it('gives the logged models that a run has used and made', async () => {
    const database =
      await makeDatabase(`INSERT INTO inputs VALUES ('i4', 'RUN_INPUT', 'aa11', 'MODEL_INPUT', 'm-1', 0),
      ('i5', 'RUN_OUTPUT', 'aa11', 'MODEL_OUTPUT', 'm-2', 5), ('i6', 'RUN_OUTPUT', 'aa11', 'MODEL_OUTPUT', NULL, 5)`)
    const doubts: string[] = []
    const bytes = blobSource(new Blob([database]))
    const source = await mlflowDbSource(bytes, null, await loadSqlite(), (path) =>
      doubts.push(path),
    )
    const links: unknown[] = []
    for await (const { runs } of source.experiments())
      for await (const { run } of runs()) links.push([run.modelInputs, run.modelOutputs])
    await source.close()
    expect(links).toEqual([
      [[], []],
      [[{ modelId: 'm-1' }], [{ modelId: 'm-2', step: 5 }]],
      [[], []],
    ])
    expect(doubts).toEqual(['experiments/7/aa11/outputs'])
  })

  it('with clamped infinities tells of each metric once', async () => {
    const report = await tracker.importFrom(
      await makeDatabase(`INSERT INTO metrics VALUES ('big', 1.7976931348623157e308, 1, 'bb22', 1, 0),
        ('big', -1.7976931348623157e308, 1, 'bb22', 2, 0), ('big', 1.7976931348623157e308, 1, 'bb22', 3, 0)`),
    )
    expect(paths(report)).toEqual(['artifacts', 'experiments/7/bb22/metrics/big'])
    const { values } = await store.getMetricColumns({ runId: 'bb22', key: 'big' })
    expect([...values]).toEqual([Number.MAX_VALUE, -Number.MAX_VALUE, Number.MAX_VALUE])
  })

  it('of several workspaces gives each experiment and model a name of its own', async () => {
    const report = await tracker.importFrom(
      await makeDatabase(`INSERT INTO experiments VALUES (3, 'seven', '', 'active', 1, 1, 'team b');
        INSERT INTO registered_models VALUES ('m', 5, 6, 'Another.', 'team b');
        INSERT INTO model_versions (name, version, creation_time, last_updated_time, current_stage, source, workspace)
          VALUES ('m', 1, 1, 1, 'None', 'x:/y', 'team b')`),
    )
    expect(paths(report)).toEqual(['artifacts', 'experiments/3', 'models/m'].sort())
    expect((await store.getExperiment('3')).name).toBe('seven (team b)')
    expect(await store.getRegisteredModel('m (team b)')).toMatchObject({ aliases: {}, tags: {} })
    expect((await store.getModelVersion('m (team b)', 1)).source).toBe('x:/y')
  })

  it('tells what it holds that is not taken', async () => {
    const report = await tracker.importFrom(
      await makeDatabase(`CREATE TABLE evaluation_datasets (dataset_id TEXT);
        INSERT INTO evaluation_datasets VALUES ('e');
        INSERT INTO runs (run_uuid, status, experiment_id) VALUES ('dd44', 'FINISHED', 99)`),
    )
    expect(paths(report)).toEqual(['evaluation_datasets', 'runs', 'artifacts'])
    expect(report.runs.added).toBe(3)
  })
})

describe('what cannot be read', () => {
  const cases: [string, () => Promise<Uint8Array<ArrayBuffer>>, string, RegExp][] = [
    ['of another application', () => anyDatabase('CREATE TABLE a (b)'), PARAMETER, /not MLflow's/],
    ['without tables', () => anyDatabase('VACUUM'), PARAMETER, /not MLflow's/],
    [
      'of an older MLflow',
      () => makeDatabase('ALTER TABLE runs DROP COLUMN deleted_time'),
      PARAMETER,
      /runs\.deleted_time.*mlflow db upgrade/,
    ],
    ['without a table', () => makeDatabase('DROP TABLE inputs'), PARAMETER, /inputs\./],
    [
      'with a view without end for a table',
      () =>
        makeDatabase(`DROP TABLE params; CREATE VIEW params AS WITH RECURSIVE n(i) AS
          (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS key, i AS value, i AS run_uuid FROM n`),
      PARAMETER,
      /params\./,
    ],
    [
      'with text in UTF-16',
      async () => anyDatabase("PRAGMA encoding = 'UTF-16le'; CREATE TABLE a (b)"),
      PARAMETER,
      /UTF-16/,
    ],
    [
      'that was cut off',
      async () => (await makeDatabase()).slice(0, 20_000),
      'DATA_LOSS',
      /damaged.*backup/,
    ],
    [
      'that is a header alone',
      async () => (await makeDatabase()).slice(0, 100),
      'DATA_LOSS',
      /damaged/,
    ],
  ]

  it.each(cases)('is refused: a database %s', async (_, make, errorCode, message) => {
    const before = await stateHash(store)
    const error: unknown = await tracker.importFrom(await make()).catch((e: unknown) => e)
    expect(error).toMatchObject({ errorCode, message: expect.stringMatching(message) })
    expect(await stateHash(store)).toBe(before)
  })

  it('is refused: more than 1 GiB', async () => {
    const bytes = { ...blobSource(new Blob()), size: 2 ** 30 + 1 }
    await expect(mlflowDbSource(bytes, null, await loadSqlite(), () => 0)).rejects.toMatchObject({
      errorCode: 'RESOURCE_EXHAUSTED',
    })
  })

  it('is refused: a database with a write-ahead log or a journal beside it', async () => {
    const path = await put('mlflow.db', await makeDatabase())
    const wal = await put('mlflow.db-wal', 'frames')
    const refused = { errorCode: 'RESOURCE_CONFLICT', message: expect.stringMatching(/checkpoint/) }
    await expect(tracker.importFrom(path)).rejects.toMatchObject(refused)
    await expect(tracker.importFrom(folder)).rejects.toMatchObject(refused)
    await writeFile(wal, '')
    await put('mlflow.db-journal', '\xd9\xd5')
    await expect(tracker.importFrom(path)).rejects.toMatchObject(refused)
    await put('mlflow.db-journal', '\0\0')
    expect((await tracker.importFrom(path)).runs.added).toBe(3)
  })

  it('is doubted: a database in WAL mode whose log cannot be looked for', async () => {
    const database = await makeDatabase()
    database.set([2, 2], 18)
    expect(paths(await tracker.importFrom(database))).toEqual(['mlflow.db', 'artifacts'])
    expect((await store.getRun('aa11')).data.params).toEqual({ lr: '0.1', empty: '' })
    const path = await put('wal.db', database)
    expect(paths(await tracker.importFrom(path))).toEqual([])
  })

  it('is left out row by row, and told', async () => {
    const report = await tracker.importFrom(
      await makeDatabase(`INSERT INTO params VALUES ('nul', CAST(x'610062' AS TEXT), 'aa11'),
          ('bytes', CAST(x'ff' AS TEXT), 'aa11'), ('a//b', '1', 'aa11'), ('huge', zeroblob(17000000), 'aa11');
        INSERT INTO metrics VALUES (NULL, 1, 1, 'aa11', 1, 0), ('bad', 'x', 1, 'aa11', 1, 0), ('bad', 1, -1, 'aa11', 1, 0),
          ('bad', 2, 1, 'aa11', 1.5, 0), ('bad', 3, 1, 'aa11', 7, 0);
        INSERT INTO runs (run_uuid, status, experiment_id) VALUES ('../x', 'FINISHED', 7), ('aa11', 'FINISHED', 7),
          ('ee55', 'DONE', 7), (NULL, 'FINISHED', 7);
        INSERT INTO registered_model_aliases VALUES ('gone', 9, 'm', 'default'), ('latest', 1, 'm', 'default');
        INSERT INTO model_versions (name, version) VALUES ('m', 1), ('m', -2)`),
    )
    expect(paths(report).sort()).toEqual([
      'artifacts',
      ...Array.from({ length: 4 }, () => 'experiments/7'),
      'experiments/7/aa11/metrics/?',
      'experiments/7/aa11/metrics/bad',
      'experiments/7/aa11/params',
      'experiments/7/aa11/params',
      'experiments/7/aa11/params/a//b',
      'experiments/7/aa11/params/nul',
      'models/m/aliases',
      'models/m/aliases',
      'models/m/versions',
      'models/m/versions',
    ])
    expect(report.runs.added).toBe(3)
    const { values, steps } = await store.getMetricColumns({ runId: 'aa11', key: 'bad' })
    expect([...values, ...steps]).toEqual([3, 7])
  })
})

describe('artifacts', () => {
  it('are found beside a database, in a folder and in a zip', async () => {
    const database = await makeDatabase()
    const path = await put('p/mlflow.db', database)
    await put('p/mlruns/7/aa11/artifacts/a.txt', 'a')
    await put('p/mlartifacts/7/bb22/artifacts/sub/b.txt', 'b')
    const report = await tracker.importFrom(path)
    expect(report).toMatchObject({ artifacts: 2, doubts: [] })
    expect([await filesOf('aa11'), await filesOf('bb22')]).toEqual([['a.txt'], ['sub']])
    const zip = zipSync({
      'x/mlflow.db': database,
      'x/mlruns/7/aa11/artifacts/a.txt': new Uint8Array(1),
    })
    const options = { onConflict: 'replace', dryRun: true } as const
    expect(await tracker.importFrom(folder, options)).toMatchObject({ artifacts: 2 })
    expect(await tracker.importFrom(zip.slice(), options)).toMatchObject({ artifacts: 1 })
  })

  it('are found by the end of a location elsewhere, in the folder that is named', async () => {
    const database =
      await makeDatabase(`UPDATE runs SET artifact_uri = 'mlflow-artifacts://host:5000/7/aa11/artifacts'
        WHERE run_uuid = 'aa11';
      UPDATE runs SET artifact_uri = 'C:\\data\\my files\\bb22\\artifacts' WHERE run_uuid = 'bb22';
      UPDATE runs SET artifact_uri = 's3://bucket/0/cc33/artifacts' WHERE run_uuid = 'cc33'`)
    await put('7/aa11/artifacts/a.txt', 'a')
    await put('my files/bb22/artifacts/b.txt', 'b')
    await put('0/cc33/artifacts/c.txt', 'c')
    const report = await tracker.importFrom(database, { artifacts: folder })
    expect(report).toMatchObject({ artifacts: 3, doubts: [] })
  })

  it('of a cloud are doubted once an experiment', async () => {
    const report = await tracker.importFrom(
      await makeDatabase(
        `UPDATE runs SET artifact_uri = 's3://bucket/' || run_uuid || '/artifacts'`,
      ),
    )
    expect(paths(report)).toEqual(['experiments/0/artifacts', 'experiments/7/artifacts'])
  })

  it('that are missing are doubted where the run says that it has some', async () => {
    await mkdir(join(folder, 'mlruns'))
    const report = await tracker.importFrom(await put('mlflow.db', await makeDatabase()))
    expect(paths(report)).toEqual(['experiments/7/aa11/artifacts'])
  })

  it('are not looked for outside of the folder', async () => {
    await put('secret/aa11/artifacts/s.txt', 's')
    await put('in/mlruns/7/bb22/artifacts/b.txt', 'b')
    await symlink(join(folder, 'secret'), join(folder, 'in/mlruns/secret'))
    const path = await put(
      'in/mlflow.db',
      await makeDatabase(`UPDATE runs SET artifact_uri = 'file:///x/%2e%2e/secret/aa11/artifacts' WHERE run_uuid = 'aa11';
        UPDATE runs SET artifact_uri = '/x/mlruns/secret/aa11/artifacts' WHERE run_uuid = 'cc33'`),
    )
    expect(await tracker.importFrom(path)).toMatchObject({ artifacts: 1 })
  })

  it('are for databases alone', async () => {
    await put('mlruns/1/meta.yaml', 'experiment_id: "1"\nname: a\n')
    const options = { artifacts: folder }
    await expect(tracker.importFrom(folder, options)).rejects.toMatchObject({
      errorCode: PARAMETER,
    })
  })

  it('beside a database leave experiments of a file store to another import', async () => {
    await put('mlruns/1/meta.yaml', 'experiment_id: "1"\nname: a\n')
    const report = await tracker.importFrom(await put('mlflow.db', await makeDatabase()))
    expect(paths(report)).toContain('mlruns')
  })

  it('and all that was opened is closed, also after a failure', async () => {
    const closed: string[] = []
    const tree = (name: string): FileTree => ({
      list: async () => [],
      parts: () => (async function* () {})(),
      leftOut: [],
      close: async () => void closed.push(name),
    })
    const bytes = {
      ...blobSource(new Blob([await makeDatabase()])),
      close: async () => void closed.push('bytes'),
    }
    const place = { tree: tree('place'), folder: '', name: 'mlflow.db' }
    const { openDatabase } = await import('../../../src/mlflow-db/open-database.js')
    const opened = { bytes, place, artifacts: tree('artifacts') }
    const source = await openDatabase(
      opened,
      () => loadSqlite(),
      () => undefined,
    )
    expect(closed).toEqual([])
    await source.close()
    expect(closed.splice(0).sort()).toEqual(['artifacts', 'bytes', 'place'])
    const failing = (): never => {
      throw new Error('no SQLite here')
    }
    await expect(openDatabase(opened, failing, () => undefined)).rejects.toThrow('no SQLite')
    expect(closed.sort()).toEqual(['artifacts', 'bytes', 'place'])
  })
})
