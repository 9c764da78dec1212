import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActiveRun, Tracker } from '../../../src/index.js'

type Colour = readonly [number, number, number, number]

const RED: Colour = [255, 0, 0, 255]
const BLUE: Colour = [0, 0, 255, 255]

/** Images and figures where the platform draws: each is stored, and decoded again by the browser. */
export function canvasSuite(open: () => Promise<Tracker>): void {
  describe('pictures in a browser', () => {
    let tracker: Tracker
    let run: ActiveRun

    beforeAll(async () => {
      tracker = await open()
      run = await tracker.startRun()
    })
    afterAll(() => tracker.close())

    const stored = async (path: string): Promise<Picture> =>
      decoded(await run.openArtifact(path), path)

    const companion = async (key: string): Promise<Picture> => {
      const files = await run.listArtifacts('images')
      const found = files.find(({ path }) => path.startsWith(`images/${key}+`) && isWebp(path))
      return stored(found?.path ?? 'no companion')
    }

    it('are stored of an OffscreenCanvas, with the small copy that MLflow shows', async () => {
      const path = await run.logImage(halves(4, 2), { key: 'offscreen', step: 1 })
      expect(path).toMatch(/\.png$/)
      const image = await stored(path)
      expect([image.type, image.width, image.height]).toEqual(['png', 4, 2])
      expect([image.at(0, 0), image.at(3, 1)]).toEqual([RED, BLUE])
      const small = await companion('offscreen')
      expect([small.type, small.width, small.height]).toEqual(['webp', 256, 128])
      expect(near(small.at(20, 64), RED)).toBe(true)
      expect(near(small.at(236, 64), BLUE)).toBe(true)
    })

    it('are stored of ImageData, transparency included', async () => {
      const half = [9, 8, 7, 128] as const
      const pixels = new ImageData(new Uint8ClampedArray([...RED, ...half]), 1, 2)
      const path = await run.logImage(pixels, { key: 'data', step: 1 })
      const image = await stored(path)
      expect([image.type, image.width, image.height]).toEqual(['png', 1, 2])
      expect(image.at(0, 0)).toEqual(RED)
      expect(image.at(0, 1)[3]).toBe(128)
      const small = await companion('data')
      expect([small.type, small.width, small.height]).toEqual(['webp', 128, 256])
    })

    it('are shrunk in the small copy, and kept whole beside it', async () => {
      const path = await run.logImage(halves(1000, 10), { key: 'large', step: 1 })
      expect((await stored(path)).width).toBe(1000)
      const small = await companion('large')
      expect([small.width, small.height]).toEqual([256, 2])
    })

    it('are stored of an ImageBitmap, a canvas element and encoded bytes', async () => {
      const canvas = halves(6, 3)
      const element = document.createElement('canvas')
      element.width = 6
      element.height = 3
      element.getContext('2d')?.drawImage(canvas, 0, 0)
      const webp = await canvas.convertToBlob({ type: 'image/webp', quality: 1 })
      const sources = [await createImageBitmap(canvas), element, webp]
      for (const [i, source] of sources.entries()) {
        await run.logImage(source, { artifactFile: `one/${i}.png` })
        const image = await stored(`one/${i}.png`)
        expect([image.type, image.width, image.height]).toEqual(['png', 6, 3])
        expect(near(image.at(0, 0), RED)).toBe(true)
      }
    })

    it('are figures in the format that the name tells', async () => {
      const pixels = new ImageData(new Uint8ClampedArray([...RED, ...BLUE]), 2, 1)
      for (const format of ['png', 'jpeg', 'webp']) {
        await run.logFigure(halves(64, 32), `figures/canvas.${format}`)
        const image = await stored(`figures/canvas.${format}`)
        expect([image.type, image.width, image.height]).toEqual([format, 64, 32])
        expect(near(image.at(8, 8), RED)).toBe(true)
        await run.logFigure(pixels, `figures/data.${format}`)
        expect((await stored(`figures/data.${format}`)).type).toBe(format)
      }
    })

    it('are figures of an SVG element, which an image shows', async () => {
      const holder = document.createElement('div')
      holder.innerHTML = '<svg width="8" height="4"><rect width="8" height="4" fill="red"/></svg>'
      const svg = holder.querySelector('svg')
      if (!svg) throw new Error('the page made no SVG')
      await run.logFigure(svg, 'figures/drawn.svg')
      const file = await run.openArtifact('figures/drawn.svg')
      const image = new Image()
      image.src = URL.createObjectURL(new Blob([file], { type: 'image/svg+xml' }))
      await image.decode()
      expect([image.naturalWidth, image.naturalHeight]).toEqual([8, 4])
    })

    it('are refused where a canvas has no size', async () => {
      const refused = run.logImage(new OffscreenCanvas(0, 0), { artifactFile: 'empty.png' })
      await expect(refused).rejects.toBeInstanceOf(Error)
      expect((await run.listArtifacts()).map(({ path }) => path)).not.toContain('empty.png')
    })
  })
}

interface Picture {
  readonly type: string
  readonly width: number
  readonly height: number
  at(x: number, y: number): Colour
}

/** What the browser itself makes of a file, whatever the file is called. */
async function decoded(file: Blob, path: string): Promise<Picture> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const bitmap = await createImageBitmap(new Blob([bytes])).catch((error: unknown) => {
    throw new Error(`${path} cannot be decoded`, { cause: error })
  })
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d')
  context?.drawImage(bitmap, 0, 0)
  return {
    type: typeOf(bytes),
    width,
    height,
    at: (x, y) => {
      const [r = 0, g = 0, b = 0, a = 0] = context?.getImageData(x, y, 1, 1).data ?? []
      return [r, g, b, a]
    },
  }
}

function typeOf(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 12))
  if (head.startsWith('\x89PNG')) return 'png'
  return /^RIFF.{4}WEBP$/s.test(head) ? 'webp' : head.startsWith('\xff\xd8\xff') ? 'jpeg' : head
}

/** A canvas whose left half is red and whose right half is blue. */
function halves(width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('this browser does not draw')
  context.fillStyle = 'rgb(255 0 0)'
  context.fillRect(0, 0, width / 2, height)
  context.fillStyle = 'rgb(0 0 255)'
  context.fillRect(width / 2, 0, width / 2, height)
  return canvas
}

/** Formats that lose something change colours a little. */
function near(colour: Colour, wanted: Colour): boolean {
  return colour.every((part, i) => Math.abs(part - (wanted[i] ?? 0)) <= 12)
}

function isWebp(path: string): boolean {
  return path.endsWith('.webp')
}
