import { chance, pick } from '../../../helpers/random-runs.js'
import type { Draft, RouteSpec } from '../call.js'
import type { Family } from '../family.js'
import type { KnownRun, World } from '../world.js'

const LIST: RouteSpec = { method: 'GET', path: 'artifacts/list', required: ['run_id'], reads: true }
const PROXY = '/api/2.0/mlflow-artifacts/artifacts'

const FILES = [
  ...['a.txt', 'b.json', 'dir/c.csv', 'dir/sub/d.png', 'MLmodel', 'große datei.md', 'x y.bin'],
  ...['100%.txt', 'dir/e', 'q?.txt', 'plus+.yaml', '日本.html', 'a;b.txt', "it's.log", 'c:d.txt'],
]
/** As they stand in an address, percent-encoded or not. */
const ODD_PATHS = [
  '../x.txt',
  'a/../../x',
  '%2e%2e/x',
  '%252e%252e/x',
  '..%2fx',
  'a//b.txt',
  '%2fabs',
  'a/',
  '%23x',
  'a/..',
  '',
]
/** Such as MLflow takes, and which are refused here: no file may come of them. */
const REFUSED_PATHS = ['a%5c..%5cb', 'C:/x', 'file:/x', '%', '%zz', 'a%00b', './a.txt', 'a%25b']
const CONTENTS = ['', 'hello', '{"a": 1}', 'line\nline\n', 'é😀', 'x'.repeat(10_000)]

/** Files of runs: through the proxy, and by query. */
export const artifacts: Family = {
  name: 'artifacts',
  weight: 16,
  makers: [
    [5, putFile],
    [4, getFile],
    [3, listProxied],
    [3, listByRun],
    [2, deleteFile],
    [2, uploadFile],
    [2, downloadFile],
    [1, presign],
  ],
  readAll: (world) =>
    reachable(world).flatMap((run) => [
      ...['', 'dir', 'dir/sub'].map((path) => listOf(run, path)),
      ...[...run.files].map((file) => fileCall('GET', run, encode(file))),
    ]),
}

function reachable(world: World): KnownRun[] {
  return world.runs.filter(({ experiment: one }) => one !== world.quarantine && !one.remote)
}

function someRun(world: World, stage?: KnownRun['stage']): KnownRun | null {
  const runs = reachable(world).filter((run) => stage === undefined || run.stage === stage)
  if (runs.length === 0) return null
  const filled = runs.filter(({ files }) => files.size > 0)
  return pick(
    world.random,
    filled.length > 0 && chance(world.random, 0.6) ? filled : runs.slice(-4),
  )
}

/** A path in the form in which clients send it. */
function encode(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

function fileCall(method: string, run: KnownRun, encoded: string): Draft {
  const path = `${PROXY}/${run.experiment.id}/${run.id}/artifacts/${encoded}`
  return { route: { method, path, methods: ['GET', 'PUT', 'DELETE'] }, fields: {}, about: [run.id] }
}

function putFile(world: World): Draft | null {
  const run = someRun(world, 'active')
  if (run === null) return null
  const { random } = world
  const body = pick(random, CONTENTS)
  const raw = { body, type: 'application/octet-stream' }
  if (chance(random, 0.12)) {
    const odd = pick(random, ODD_PATHS)
    return { ...fileCall('PUT', run, odd), raw, flaw: 'odd path' }
  }
  const file = pick(random, FILES)
  return {
    ...fileCall('PUT', run, encode(file)),
    raw,
    learn: () => void run.files.add(file),
  }
}

function someFile({ random }: World, run: KnownRun): string {
  return run.files.size > 0 && chance(random, 0.8)
    ? pick(random, [...run.files])
    : pick(random, FILES)
}

function getFile(world: World): Draft | null {
  const run = someRun(world)
  if (run === null) return null
  const { random } = world
  if (chance(random, 0.15))
    return {
      ...fileCall('GET', run, pick(random, [...ODD_PATHS, ...REFUSED_PATHS])),
      flaw: 'odd path',
    }
  if (chance(random, 0.1)) return { ...fileCall('GET', run, 'dir'), flaw: 'a folder' }
  return fileCall('GET', run, encode(someFile(world, run)))
}

function deleteFile(world: World): Draft | null {
  const run = someRun(world, 'active')
  if (run === null) return null
  const { random } = world
  if (chance(random, 0.1)) {
    const odd = pick(
      random,
      ODD_PATHS.filter((path) => path !== '' && !path.startsWith('.')),
    )
    return { ...fileCall('DELETE', run, odd), flaw: 'odd path' }
  }
  // A folder that has lost its last file stays there, and goes here.
  const flat = [...run.files].filter((one) => !one.includes('/')).concat('none')
  const file = chance(random, 0.2) ? 'dir' : pick(random, flat)
  return {
    ...fileCall('DELETE', run, encode(file)),
    learn() {
      for (const one of run.files)
        if (one === file || one.startsWith(`${file}/`)) run.files.delete(one)
    },
  }
}

function listProxied(world: World): Draft | null {
  const run = someRun(world)
  if (run === null) return null
  const { random } = world
  const root = `${run.experiment.id}/${run.id}/artifacts`
  const inner = pick(random, [
    '',
    '/dir',
    '/dir/sub',
    '/a.txt',
    '/none',
    '/',
    '/../..',
    '/%2e%2e',
    '/dir/',
  ])
  const route = { method: 'GET', path: PROXY, reads: true }
  return { route, fields: { path: `${root}${inner}` }, about: [run.id] }
}

function listOf(run: KnownRun, path: string | undefined): Draft {
  return { route: LIST, fields: { run_id: run.id, path }, about: [run.id] }
}

function listByRun(world: World): Draft | null {
  const run = someRun(world)
  if (run === null) return null
  const paths = [
    undefined,
    '',
    'dir',
    'dir/sub',
    'a.txt',
    'none',
    '../x',
    '/etc',
    'dir/',
    './dir',
    '%2e%2e/x',
  ]
  return listOf({ ...run, id: world.runId(run) }, pick(world.random, paths))
}

function uploadFile(world: World): Draft | null {
  const run = someRun(world, 'active')
  if (run === null) return null
  const { random } = world
  const file = chance(random, 0.1) ? pick(random, ['../x', '/x', '%2e%2e/x']) : pick(random, FILES)
  const query = new URLSearchParams({ run_uuid: run.id, path: file })
  if (chance(random, 0.1)) query.delete(pick(random, ['run_uuid', 'path']))
  const id = run.id
  const path = `/ajax-api/2.0/mlflow/upload-artifact?${query}`.replace(encodeURIComponent(id), id)
  return {
    route: { method: 'POST', path },
    fields: {},
    about: [id],
    raw: { body: pick(random, CONTENTS), type: 'application/octet-stream' },
    learn: () => void run.files.add(file),
  }
}

function downloadFile(world: World): Draft | null {
  const run = someRun(world)
  if (run === null) return null
  const { random } = world
  const odd = ['../x', '/etc/passwd', 'none.txt', '%2e%2e/x', undefined]
  const path = chance(random, 0.2) ? pick(random, odd) : someFile(world, run)
  const name = pick(random, ['run_id', 'run_uuid'])
  const route = { method: 'GET', path: '/get-artifact', reads: true }
  return { route, fields: { [name]: world.runId(run), path }, about: [run.id] }
}

function presign(world: World): Draft | null {
  const run = someRun(world)
  if (run === null) return null
  const route = {
    method: 'POST',
    path: `artifacts/presigned-${pick(world.random, ['upload', 'download'])}-url`,
    required: ['path'],
    reads: true,
  }
  return { route, fields: { run_id: run.id, path: 'a.txt' }, about: [run.id] }
}
