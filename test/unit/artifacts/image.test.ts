import { inflateSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { logFigure, type FigureSource } from '../../../src/artifacts/figure.js'
import { encodeImage, type ImageSource } from '../../../src/artifacts/image-encoding.js'
import { logImage, type ImageTarget } from '../../../src/artifacts/image.js'
import { toPixels } from '../../../src/artifacts/pixels.js'
import { readArtifactBytes } from '../../../src/artifacts/read.js'
import { readCases } from './fixtures.js'
import { memoryStore, textOf } from './memory-runs.js'

interface PixelCase {
  readonly name: string
  readonly dtype: string
  readonly shape: number[]
  readonly data: number[]
  readonly pixels?: number[]
  readonly png?: string
  readonly error?: string
}

const {
  pixels: cases,
  names,
  tag,
} = readCases<{ pixels: PixelCase[]; names: string[]; tag: string }>('images.json')
const TYPES = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array }
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
const invalid = { errorCode: 'INVALID_PARAMETER_VALUE' }

/** Reads a PNG by the standard: the header's fields and the bytes of the pixels. */
function decodePng(png: Uint8Array) {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  const bodies: Uint8Array[] = []
  for (let at = 8; at < png.length; at += view.getUint32(at) + 12)
    if (view.getUint32(at + 4) === 0x49444154)
      bodies.push(png.subarray(at + 8, at + 8 + view.getUint32(at)))
  const [width, height, depth, color] = [view.getUint32(16), view.getUint32(20), png[24], png[25]]
  const channels = color === 0 ? 1 : color === 2 ? 3 : 4
  const raw = inflateSync(Buffer.concat(bodies))
  const stride = width * channels
  const data = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const filter = raw[y * (stride + 1)]
      expect(filter).toBeLessThanOrEqual(2)
      const left = x >= channels ? (data[at - channels] ?? 0) : 0
      const base = filter === 1 ? left : filter === 2 && y > 0 ? (data[at - stride] ?? 0) : 0
      data[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + base
    }
  return { width, height, depth, channels, data: [...data] }
}

function nested({ shape, data }: PixelCase): unknown {
  let level: unknown[] = data
  for (const length of shape.slice(1).reverse())
    level = Array.from({ length: level.length / length }, (_, i) =>
      level.slice(i * length, (i + 1) * length),
    )
  return level
}

describe('pixels', () => {
  it.each(cases)(
    'become what MLflow makes of them: $name',
    async ({ dtype, shape, data, pixels, error, png }) => {
      const values = new TYPES[dtype as keyof typeof TYPES](data)
      const tensor = { shape, dtype, data: async () => values }
      if (pixels === undefined)
        return expect(toPixels(tensor)).rejects.toMatchObject({ ...invalid, message: error })
      const [height = 0, width = 0, channels = 1] = shape
      expect([...(await toPixels(tensor)).data]).toEqual(pixels)
      expect([...(await toPixels({ width, height, channels, data: values })).data]).toEqual(pixels)
      const encoded = await encodeImage(tensor, 'png')
      expect(decodePng(encoded)).toEqual({ width, height, depth: 8, channels, data: pixels })
      // Both headers say the same size, depth and kind of colour.
      expect(encoded.subarray(8, 29)).toEqual(
        new Uint8Array(Buffer.from(png ?? '', 'base64').subarray(8, 29)),
      )
    },
  )

  it.each(
    cases.filter((entry) => entry.dtype !== 'float32' && entry.pixels && entry.shape.length > 1),
  )('may be nested arrays: $name', async (entry) => {
    expect([...(await toPixels(nested(entry) as number[][])).data]).toEqual(entry.pixels)
  })

  it('of booleans are a mask, and of floats out of range are rescaled with a warning', async () => {
    const mask = await toPixels([
      [true, false],
      [false, true],
    ])
    expect([...mask.data]).toEqual([255, 0, 0, 255])
    const bools = { shape: [1, 2], dtype: 'bool', data: async () => Uint8Array.of(1, 0) }
    expect([...(await toPixels(bools)).data]).toEqual([255, 0])
    const warned: string[] = []
    const scaled = await toPixels([[-1, 0.5, 2]], (message) => warned.push(message))
    expect([...scaled.data]).toEqual([0, 127, 255])
    expect(warned).toHaveLength(1)
    expect([...(await toPixels([[NaN, 0.5]])).data]).toEqual([0, 127])
  })

  it('of uneven rows or the wrong number are refused', async () => {
    await expect(toPixels([[1, 2], [3]])).rejects.toMatchObject(invalid)
    await expect(toPixels({ width: 2, height: 2, data: [1, 2, 3] })).rejects.toMatchObject(invalid)
    await expect(toPixels({ width: 0, height: 2, channels: 1, data: [] })).rejects.toMatchObject(
      invalid,
    )
  })
})

const dot = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) }

describe('logImage', () => {
  it('names images by key, step and time as MLflow does, and tags the run', async () => {
    const { store } = memoryStore()
    const path = await logImage(store, 'r', dot, {
      key: 'a/b c',
      step: 3,
      timestamp: 1710000000000,
    })
    const measured = names.find((name) => name.endsWith('.png')) ?? ''
    expect(path.replace(UUID, '*')).toBe(measured.replace(UUID, '*'))
    expect((await store.getRun('r')).data.tags['mlflow.loggedImages']).toBe(tag)
    expect((await store.listArtifacts('r', 'images')).map((file) => file.path)).toEqual([path])
    const early = await logImage(store, 'r', dot, { key: 'k', timestamp: 5 })
    expect(early).toMatch(/^images\/k\+step\+0\+timestamp\+5\+/)
  })

  it('keeps encoded bytes as they are, from an array, a buffer or a Blob', async () => {
    const { store } = memoryStore()
    const png = new Uint8Array(await encodeImage(dot, 'png'))
    for (const image of [png, png.buffer, new Blob([png])]) {
      await logImage(store, 'r', image, { artifactFile: 'd/i.png' })
      expect(await readArtifactBytes(store, 'r', 'd/i.png')).toEqual(png)
    }
    const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)
    await logImage(store, 'r', jpeg, { artifactFile: 'i.JPG' })
    expect(await readArtifactBytes(store, 'r', 'i.JPG')).toEqual(jpeg)
    await expect(logImage(store, 'r', jpeg, { artifactFile: 'i.png' })).rejects.toMatchObject({
      errorCode: 'NOT_IMPLEMENTED',
    })
  })

  it('refuses what is no image, no key, no format or both targets, and stores nothing', async () => {
    const { host, store } = memoryStore()
    const targets = [
      { key: 'a:b' },
      { key: '' },
      { key: 'k', step: 0.5 },
      { artifactFile: 'i.gif' },
      { artifactFile: 'i' },
      { artifactFile: 'i.png', step: 1 },
      { artifactFile: 'i.png', key: 'k' },
      {},
    ] as ImageTarget[]
    for (const target of targets)
      await expect(logImage(store, 'r', dot, target)).rejects.toMatchObject(invalid)
    for (const image of ['x', 5, null, {}, [1, 2], Uint8Array.of(1, 2)] as unknown as ImageSource[])
      await expect(logImage(store, 'r', image, { key: 'k' })).rejects.toMatchObject(invalid)
    expect(host.files.size).toBe(0)
  })
})

describe('where canvases are', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('a small WebP goes beside the PNG, its longest side 256', async () => {
    const drawn: number[][] = []
    class Canvas {
      readonly width: number
      readonly height: number
      constructor(width: number, height: number) {
        this.width = width
        this.height = height
        drawn.push([width, height])
      }
      getContext = () => ({ drawImage: () => undefined })
      convertToBlob = async ({ type }: { type: string }) => new Blob(['webp'], { type })
    }
    vi.stubGlobal('OffscreenCanvas', Canvas)
    vi.stubGlobal('ImageData', class {})
    vi.stubGlobal('createImageBitmap', async () => ({
      width: 20,
      height: 30,
      close: () => undefined,
    }))
    const { store } = memoryStore()
    const path = await logImage(store, 'r', dot, { key: 'k' })
    expect(await textOf(store, 'r', path.replace('.png', '+compressed.webp'))).toBe('webp')
    expect(drawn).toEqual([[170, 256]])
  })

  it('they are encoded by themselves, and refused when they have no encoder', async () => {
    const { store } = memoryStore()
    const canvas = {
      width: 1,
      height: 1,
      convertToBlob: async () => new Blob(['png'], { type: 'image/png' }),
    }
    await logImage(store, 'r', canvas, { artifactFile: 'a.png' })
    expect(await textOf(store, 'r', 'a.png')).toBe('png')
    await expect(logImage(store, 'r', canvas, { artifactFile: 'a.webp' })).rejects.toMatchObject({
      errorCode: 'NOT_IMPLEMENTED',
    })
    const others = [
      {
        width: 1,
        height: 1,
        toBlob: (take: (blob: Blob) => void) => take(new Blob(['x'], { type: 'image/png' })),
      },
      { width: 1, height: 1, toBuffer: () => Buffer.from('x') },
      { width: 1, height: 1, toDataURL: () => `data:image/png;base64,${btoa('x')}` },
    ]
    for (const other of others) {
      await logFigure(store, 'r', other, 'b.png')
      expect(await textOf(store, 'r', 'b.png')).toBe('x')
    }
  })
})

describe('logFigure', () => {
  it('stores SVG text and elements as .svg, with their namespace', async () => {
    const { store } = memoryStore()
    await logFigure(store, 'r', '<svg/>', 'a.svg')
    expect(await textOf(store, 'r', 'a.svg')).toBe('<svg/>')
    await logFigure(store, 'r', { tagName: 'svg', outerHTML: '<svg width="1"></svg>' }, 'b.svg')
    expect(await textOf(store, 'r', 'b.svg')).toBe(
      '<svg xmlns="http://www.w3.org/2000/svg" width="1"></svg>',
    )
  })

  it('stores a Plotly figure as JSON, or as a page that its data cannot break out of', async () => {
    const { store } = memoryStore()
    const figure = { data: [{ y: [1], name: '</script><b>' }], layout: { title: 't' } }
    await logFigure(store, 'r', figure, 'f.json')
    expect(JSON.parse(await textOf(store, 'r', 'f.json'))).toEqual(figure)
    await logFigure(store, 'r', figure, 'f.html')
    const page = await textOf(store, 'r', 'f.html')
    expect(page).toContain('src="https://cdn.plot.ly/plotly-')
    expect(page.match(/<\/script>/g)).toHaveLength(2)
    const [, traces] = /newPlot\('figure', (\[.*?\]), \{"title/.exec(page) ?? []
    expect(JSON.parse(traces ?? '')).toEqual(figure.data)
  })

  it('refuses a figure under an extension of another kind, and what is no figure', async () => {
    const { store } = memoryStore()
    const bad: [FigureSource, string][] = [
      ['<svg/>', 'a.png'],
      [{ data: [] }, 'a.png'],
      [dot, 'a.html'],
      ['hello', 'a.svg'],
      [{} as FigureSource, 'a.png'],
    ]
    for (const [figure, path] of bad)
      await expect(logFigure(store, 'r', figure, path)).rejects.toMatchObject(invalid)
  })
})
