import { afterEach, describe, expect, it, vi } from 'vitest'
import { openTracker } from 'tracklet'
import { json, standIn, type Answer } from './stand-in.js'

const run = 'a'.repeat(32)
const answer: Answer = () => json({ experiment: {}, run: { info: { run_id: run } } })

afterEach(() => vi.unstubAllEnvs())

async function authorization(uri: string, env: Record<string, string>): Promise<string | null> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const { fetch, seen } = standIn(answer)
  const tracker = await openTracker(uri, { server: { fetch } })
  await tracker.client.getExperiment('0')
  await tracker.close()
  vi.unstubAllEnvs()
  return seen[0]!.headers.get('authorization')
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('openTracker with the address of a server, in Node', () => {
  it('takes credentials from the URL, else from MLflow’s variables, a name before a token', async () => {
    const named = { MLFLOW_TRACKING_USERNAME: 'u', MLFLOW_TRACKING_PASSWORD: 'p' }
    const token = { MLFLOW_TRACKING_TOKEN: 't' }
    expect(await authorization('http://x:y@h', { ...named, ...token })).toBe(basic('x:y'))
    expect(await authorization('http://h', { ...named, ...token })).toBe(basic('u:p'))
    expect(await authorization('HTTPS://h', token)).toBe('Bearer t')
    expect(await authorization('http://h', {})).toBe(null)
  })

  it('is what MLFLOW_TRACKING_URI names, where nothing else is named', async () => {
    vi.stubEnv('TRACKLET_URI', '')
    vi.stubEnv('MLFLOW_TRACKING_URI', 'http://from-environment:5000')
    const { fetch, seen } = standIn(answer)
    const tracker = await openTracker(undefined, { server: { fetch } })
    await tracker.client.getExperiment('0')
    await tracker.close()
    expect(seen[0]?.url).toMatch(/^http:\/\/from-environment:5000\//)
  })

  it('sends what is buffered when the process has nothing left to do', async () => {
    const { fetch, seen } = standIn(answer)
    const tracker = await openTracker('http://h', { server: { fetch } })
    const handle = await tracker.openRun(run)
    handle.logMetric('m', 1)
    expect(seen.map(({ path }) => path)).toHaveLength(1)
    process.emit('beforeExit', 0)
    await vi.waitFor(() => expect(seen.at(-1)?.path).toContain('/runs/log-batch'))
    await tracker.close()
  })

  it('begins runs with the tags that a store of this process gives them', async () => {
    const { fetch, seen } = standIn(answer)
    const tracker = await openTracker('http://h', { server: { fetch }, context: { mine: 'x' } })
    await tracker.startRun({ name: 'n' })
    await tracker.close()
    const sent = JSON.parse(seen[0]!.body) as { run_name: string; tags: { key: string }[] }
    expect(sent.run_name).toBe('n')
    expect(sent.tags.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['mine', 'mlflow.user', 'mlflow.source.name']),
    )
  })
})
