// tracklet inside Electron, without a port: pages speak MLflow's REST protocol to `tracklet://store/...`, and the main
// process answers out of the store that it holds. See README.md.
import { join } from 'node:path'
import { app, BrowserWindow, protocol } from 'electron'
import { filesystemAdapter } from 'tracklet/adapters/filesystem'
import { openEngine } from 'tracklet/core'
import { createRestHandler } from 'tracklet/rest'

const ORIGIN = 'tracklet://store'

// Before the app is ready: pages may then fetch the scheme, send streams, and are no guests of another origin.
protocol.registerSchemesAsPrivileged([
  {
    scheme: 'tracklet',
    privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true },
  },
])

const store = app
  .whenReady()
  .then(() => openEngine(filesystemAdapter(join(app.getPath('userData'), 'tracklet'))))

app.whenReady().then(async () => {
  const handler = createRestHandler({ store: await store })
  // Electron gives a Request and takes a Response, which is all that the handler is.
  protocol.handle('tracklet', (request) =>
    new URL(request.url).pathname === '/' ? page() : handler(request),
  )
  const window = new BrowserWindow({ width: 900, height: 600 })
  await window.loadURL(`${ORIGIN}/`)
})

let closing = false
app.on('will-quit', (event) => {
  if (closing) return
  // The app ends once all is stored.
  event.preventDefault()
  closing = true
  store
    .then((open) => open.close())
    .catch(console.error)
    .finally(() => app.quit())
})

/** Lists the experiments; any client of MLflow's REST protocol would do. */
function page() {
  const html = `<!doctype html><meta charset="utf-8"><title>tracklet</title><ul></ul>
<script type="module">
  const answer = await fetch('/api/2.0/mlflow/experiments/search', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ max_results: 100 }),
  })
  const { experiments = [] } = await answer.json()
  document.querySelector('ul').append(
    ...experiments.map(({ name }) => Object.assign(document.createElement('li'), { textContent: name })),
  )
</script>`
  return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}
