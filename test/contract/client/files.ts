import { expect, it } from 'vitest'
import { MLFLOW_TAGS, type ArtifactSource, type Tracker } from '../../../src/index.js'
import { bytesOf, codeOf, textOf, untyped } from './helpers.js'

/** Artifacts, through handles and by id. */
export function fileTests(tracker: () => Tracker): void {
  it('stores texts and values, and lists them', async () => {
    const run = await tracker().startRun()
    await run.logText('grüße\n', 'notes/a.txt')
    await run.logDict({ b: 1, a: [true, null] }, 'conf.json')
    await run.logDict({ b: 1, a: 'x' }, 'conf.yaml')
    expect((await run.listArtifacts()).map(({ path, isDir }) => [path, isDir])).toEqual([
      ['conf.json', false],
      ['conf.yaml', false],
      ['notes', true],
    ])
    expect(await run.listArtifacts('notes')).toEqual([
      { path: 'notes/a.txt', isDir: false, fileSize: 8 },
    ])
    expect(await (await run.openArtifact('notes/a.txt')).text()).toBe('grüße\n')
    expect(JSON.parse(await textOf(run.readArtifact('conf.json')))).toEqual({
      b: 1,
      a: [true, null],
    })
    expect(await textOf(run.readArtifact('conf.yaml'))).toBe('a: x\nb: 1\n')
  })

  it('stores bytes of every shape under the path given', async () => {
    const run = await tracker().startRun()
    const bytes = new Uint8Array([1, 2, 3])
    const sources: ArtifactSource[] = [
      bytes,
      bytes.buffer,
      new Blob([bytes]),
      new Blob([bytes]).stream(),
    ]
    for (const [i, source] of sources.entries()) {
      await run.logArtifact(source, `raw/${i}.bin`)
      expect(await bytesOf(run.readArtifact(`raw/${i}.bin`))).toEqual(bytes)
    }
  })

  it('stores a source that has a name into a directory', async () => {
    const run = await tracker().startRun()
    const file = new File(['hello'], 'hello.txt')
    await run.logArtifact(file)
    await run.logArtifact(file, 'deep/er')
    await run.logArtifact(new Blob(['x']), 'deep', { name: 'named.bin' })
    expect(await (await run.openArtifact('hello.txt')).text()).toBe('hello')
    expect((await run.listArtifacts('deep')).map(({ path }) => path)).toEqual([
      'deep/er',
      'deep/named.bin',
    ])
  })

  it('moves files larger than one message, and parts of them', async () => {
    const run = await tracker().startRun()
    const bytes = new Uint8Array(3 * 1024 * 1024 + 17).map((_, i) => (i * 31) % 251)
    await run.logArtifact(bytes, 'big.bin')
    const read = await bytesOf(run.readArtifact('big.bin'))
    expect([read.length, read.every((byte, i) => byte === bytes[i])]).toEqual([bytes.length, true])
    const range = { start: 1_048_570, end: 1_048_590 }
    expect(await bytesOf(run.readArtifact('big.bin', { range }))).toEqual(
      bytes.slice(range.start, range.end),
    )
    expect((await run.openArtifact('big.bin', { range })).size).toBe(20)
  })

  it('appends tables, and reads them over runs', async () => {
    const run = await tracker().startRun()
    await run.logTable({ x: [1, 2], y: ['a', 'b'] }, 'table.json')
    await run.logTable({ x: 3, y: 'c' }, 'table.json')
    const other = await tracker().startRun()
    await tracker().client.logTable(other.id, [{ x: 4, y: 'd' }], 'table.json')
    const { columns, data } = await tracker().client.loadTable(
      { runIds: [run.id, other.id] },
      'table.json',
    )
    expect(columns).toEqual(['x', 'y'])
    expect(data).toHaveLength(4)
    expect((await run.read()).data.tags[MLFLOW_TAGS.loggedArtifacts]).toContain('table.json')
  })

  it('stores images as files and as series', async () => {
    const run = await tracker().startRun()
    const pixels = { data: new Uint8Array([255, 0, 0, 255]), width: 1, height: 1 }
    expect(await run.logImage(pixels, { artifactFile: 'red.png' })).toBe('red.png')
    const path = await tracker().client.logImage(run.id, pixels, { key: 'dog', step: 3 })
    expect(path).toMatch(/^images\/dog\+step\+3\+timestamp\+\d+\+[0-9a-f-]{36}\.png$/)
    const head = (await bytesOf(run.readArtifact('red.png'))).slice(1, 4)
    expect(new TextDecoder().decode(head)).toBe('PNG')
    expect((await run.read()).data.tags[MLFLOW_TAGS.loggedImages]).toBe('True')
  })

  it('stores figures', async () => {
    const run = await tracker().startRun()
    await run.logFigure('<svg xmlns="http://www.w3.org/2000/svg"/>', 'plot.svg')
    await tracker().client.logFigure(run.id, { data: [{ y: [1, 2] }] }, 'plot.json')
    expect(await textOf(run.readArtifact('plot.svg'))).toContain('<svg')
    expect(JSON.parse(await textOf(run.readArtifact('plot.json')))).toMatchObject({
      data: [{ y: [1, 2] }],
    })
  })

  it('deletes files, directories, all', async () => {
    const run = await tracker().startRun()
    for (const path of ['a.txt', 'd/b.txt', 'd/c.txt', 'e.txt']) await run.logText('x', path)
    await run.deleteArtifacts('d')
    await run.deleteArtifacts('a.txt')
    expect((await run.listArtifacts()).map(({ path }) => path)).toEqual(['e.txt'])
    await tracker().client.deleteArtifacts(run.id)
    expect(await run.listArtifacts()).toEqual([])
  })

  it('refuses paths that lead out of the run, and sources that are none', async () => {
    const run = await tracker().startRun()
    for (const path of ['../x', '/abs', 'a/../../x', '', 5, null])
      expect(await codeOf(() => run.logText('x', untyped(path)))).toBe('INVALID_PARAMETER_VALUE')
    for (const source of [null, undefined, 5, { a: 1 }])
      expect(await codeOf(() => run.logArtifact(untyped(source), 'x.bin'))).toBe(
        'INVALID_PARAMETER_VALUE',
      )
    expect(await codeOf(() => run.logArtifact(new Uint8Array(1)))).toBe('INVALID_PARAMETER_VALUE')
    expect(await codeOf(() => run.logText(untyped(5), 'x.txt'))).toBe('INVALID_PARAMETER_VALUE')
    expect(await run.listArtifacts()).toEqual([])
  })

  it('says what is not there', async () => {
    const run = await tracker().startRun()
    expect(await codeOf(() => run.openArtifact('none.txt'))).toBe('RESOURCE_DOES_NOT_EXIST')
    expect(await codeOf(() => run.readArtifact('none.txt').getReader().read())).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
    expect(await codeOf(() => tracker().client.logText('f'.repeat(32), 'x', 'x.txt'))).toBe(
      'RESOURCE_DOES_NOT_EXIST',
    )
    expect(await run.listArtifacts('none')).toEqual([])
  })

  it('leaves nothing of a write that is aborted', async () => {
    const run = await tracker().startRun()
    const aborted = AbortSignal.abort(new Error('stop'))
    expect(await codeOf(() => run.logText('x', 'x.txt', { signal: aborted }))).toBe('CANCELLED')
    const controller = new AbortController()
    const stalling = new ReadableStream<Uint8Array>({
      pull(stream) {
        stream.enqueue(new Uint8Array(10))
        controller.abort()
        return new Promise(() => undefined)
      },
    })
    const { signal } = controller
    expect(await codeOf(() => run.logArtifact(stalling, 'y.bin', { signal }))).toBe('CANCELLED')
    expect(await codeOf(() => run.openArtifact('z', { signal }))).toBe('CANCELLED')
    expect(await run.listArtifacts()).toEqual([])
  })

  it('stops reading when the signal is aborted', async () => {
    const run = await tracker().startRun()
    await run.logArtifact(new Uint8Array(3 * 1024 * 1024), 'big.bin')
    const controller = new AbortController()
    const reader = run.readArtifact('big.bin', { signal: controller.signal }).getReader()
    expect((await reader.read()).value?.length).toBeGreaterThan(0)
    controller.abort()
    expect(await codeOf(() => reader.read())).toBe('CANCELLED')
    const { signal } = controller
    expect(await codeOf(() => run.readArtifact('big.bin', { signal }))).toBe('CANCELLED')
  })

  it('exports a zip with everything logged before', async () => {
    const run = await tracker().startRun()
    run.logMetric('m', 1)
    const zip = await bytesOf(tracker().exportZip({ runIds: [run.id] }))
    expect(new TextDecoder('latin1').decode(zip)).toContain(`${run.id}/metrics/m`)
    expect([zip[0], zip[1]]).toEqual([0x50, 0x4b])
  })

  it('passes on what an export fails with', async () => {
    const missing = tracker().exportZip({ runIds: ['f'.repeat(32)] })
    expect(await codeOf(() => bytesOf(missing))).toBe('RESOURCE_DOES_NOT_EXIST')
    const signal = AbortSignal.abort()
    expect(await codeOf(() => tracker().exportZip({ signal }).getReader().read())).toBe('CANCELLED')
    await tracker().exportZip().cancel()
  })

  it.each([
    ['a way of no such name', { onConflict: 'overwrite' }],
    ['an option of no such name', { dryrun: true }],
    ['a dry run that is a text', { dryRun: 'yes' }],
    ['progress that is no function', { onProgress: true }],
  ])('refuses to import with %s', async (_, options) => {
    const input = new Uint8Array(4)
    const refused = tracker().importFrom(input, untyped(options))
    await expect(refused).rejects.toMatchObject({
      errorCode: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining(Object.keys(options)[0]!) as string,
    })
  })
}
