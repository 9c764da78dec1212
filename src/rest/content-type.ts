/** Endings that are shown as plain text, as MLflow's server has it: nothing is run in a browser. */
const TEXT =
  /(?:^|\.)(?:txt|log|err|cfg|conf|cnf|cf|ini|properties|prop|hocon|toml|ya?ml|xml|json|js|py3?|csv|tsv|md|rst|ipynb|mlmodel|mlproject)$/i

const TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  bmp: 'image/bmp',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  pdf: 'application/pdf',
  zip: 'application/zip',
  tar: 'application/x-tar',
  wasm: 'application/wasm',
  mp3: 'audio/mpeg',
  wav: 'audio/x-wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
}

/** The content type of a file of this name; without a charset, as MLflow's. */
export function contentTypeOf(name: string): string {
  if (TEXT.test(name)) return 'text/plain'
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return (name.includes('.') && TYPES[ending]) || 'application/octet-stream'
}

/** The name as a parameter of Content-Disposition: a token, a quoted text, or UTF-8 (RFC 6266). */
export function asciiFileName(name: string): string {
  if (/^[\w.!#$&+^`|~-]+$/.test(name)) return `filename=${name}`
  if (/^[ -~]+$/.test(name)) return `filename="${name.replace(/["\\]/g, '\\$&')}"`
  return `filename*=UTF-8''${encodeURIComponent(name).replace(/['()*]/g, percent)}`
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}
