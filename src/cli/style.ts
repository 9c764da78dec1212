import type { Screen } from './terminal.js'

const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39] } as const

/** A text in a style (ECMA-48, Select Graphic Rendition), where the screen wants any. */
export function styled(screen: Screen, style: keyof typeof STYLES, text: string): string {
  if (!screen.colour || text === '') return text
  const [on, off] = STYLES[style]
  return `\x1b[${on}m${text}\x1b[${off}m`
}
