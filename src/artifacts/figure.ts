import { invalid } from '../entities/invalid.js'
import type { ArtifactStore } from '../store/artifact-store.js'
import { artifactFilePath } from '../entities/artifact-path.js'
import { isCanvas, type CanvasLike } from './canvas.js'
import { encodeImage, isImage, type ImageSource } from './image-encoding.js'
import { imageFormat } from './image.js'
import { writeArtifact } from './write.js'

/** A chart as Plotly takes it; its `toJSON` is honoured. */
export interface PlotlyFigure {
  readonly data: readonly unknown[]
  readonly layout?: unknown
  readonly config?: unknown
}

/** The part of an SVG element that is used. */
export interface SvgElementLike {
  readonly tagName: string
  readonly outerHTML: string
}

/** A figure: a canvas or image, an SVG element or its text, or a Plotly figure. */
export type FigureSource = CanvasLike | ImageSource | SvgElementLike | PlotlyFigure | string

const PLOTLY = 'https://cdn.plot.ly/plotly-3.0.1.min.js'

/**
 * Stores a figure in the format that the path's extension names: a canvas or image as .png, .jpg or .webp, an SVG
 * as .svg, a Plotly figure as .json or as .html, a page that loads plotly.js from its CDN, as MLflow's does.
 * INVALID_PARAMETER_VALUE when figure and extension do not go together.
 */
export async function logFigure(
  store: ArtifactStore,
  runId: string,
  figure: FigureSource,
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const file = artifactFilePath(path)
  await writeArtifact(store, runId, file, await figureToBytes(figure, file), { signal })
}

async function figureToBytes(figure: FigureSource, path: string): Promise<Uint8Array> {
  const extension = /\.([^./]+)$/.exec(path)?.[1] ?? ''
  const svg = svgText(figure)
  if (svg !== null) {
    expectExtension('An SVG', path, extension, ['svg'])
    return new TextEncoder().encode(svg)
  }
  if (isImage(figure) || isCanvas(figure)) return encodeImage(figure, imageFormat(path))
  if (isPlotly(figure)) {
    expectExtension('A Plotly figure', path, extension, ['html', 'json'])
    const text = extension === 'json' ? JSON.stringify(figure) : plotlyPage(figure)
    return new TextEncoder().encode(text)
  }
  throw invalid(
    `Unsupported figure object type: ${typeof figure}. Give a canvas, an image, an SVG element or its text, or a Plotly figure ({ data, layout }).`,
  )
}

function svgText(figure: FigureSource): string | null {
  if (typeof figure === 'string')
    return /^\s*(?:<\?xml|<!--|<!DOCTYPE svg|<svg)/i.test(figure) ? figure : null
  const { tagName, outerHTML } = figure as Partial<SvgElementLike>
  if (typeof outerHTML !== 'string' || tagName?.toLowerCase() !== 'svg') return null
  const text =
    typeof XMLSerializer === 'function'
      ? new XMLSerializer().serializeToString(figure as unknown as Node)
      : outerHTML
  const bare = !/^<svg[^>]*\sxmlns=/.test(text)
  return bare ? text.replace(/^<svg/, '<svg xmlns="http://www.w3.org/2000/svg"') : text
}

function isPlotly(figure: unknown): figure is PlotlyFigure {
  return (
    typeof figure === 'object' && figure !== null && 'data' in figure && Array.isArray(figure.data)
  )
}

function plotlyPage({ data, layout = {}, config = {} }: PlotlyFigure): string {
  const [traces, look, options] = [data, layout, { responsive: true, ...(config as object) }].map(
    // No "<" of the data may end the script.
    (part) => JSON.stringify(part).replaceAll('<', '\\u003c'),
  )
  return `<!DOCTYPE html>
<html>
<head><meta charset="utf-8" /></head>
<body>
<div id="figure" style="height: 100vh; width: 100%"></div>
<script charset="utf-8" src="${PLOTLY}"></script>
<script>Plotly.newPlot('figure', ${traces}, ${look}, ${options})</script>
</body>
</html>
`
}

function expectExtension(
  what: string,
  path: string,
  extension: string,
  allowed: readonly string[],
): void {
  if (allowed.includes(extension)) return
  const names = allowed.map((name) => `.${name}`).join(' or ')
  throw invalid(`${what} is stored as ${names}; ${JSON.stringify(path)} ends differently.`)
}
