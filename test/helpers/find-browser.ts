import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { chromium } from 'playwright'

const INSTALL = 'apt-get install -y chromium'

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

/** Flags for a browser that talks to nobody but the tests. */
export const BROWSER_FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * The path of a Chromium: TRACKLET_CHROMIUM or CHROME_PATH, one that is installed, Playwright's own; as root
 * on Debian it is installed. Throws with the command to run where there is none.
 */
export function findBrowser(): string {
  const named = process.env['TRACKLET_CHROMIUM'] ?? process.env['CHROME_PATH']
  if (named) return named
  const found = [...INSTALLED, chromium.executablePath()].find(isExecutable)
  if (found) return found
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) return installed()
  throw new Error(
    `No Chrome or Chromium was found. Run "${INSTALL}" or "npx playwright install chromium", or name one in TRACKLET_CHROMIUM.`,
  )
}

function installed(): string {
  execFileSync('apt-get', ['install', '-y', 'chromium'], { stdio: 'ignore' })
  const found = INSTALLED.find(isExecutable)
  if (found) return found
  throw new Error(`"${INSTALL}" left no browser behind; name one in TRACKLET_CHROMIUM.`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
