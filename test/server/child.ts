import { nodeServerPort } from '../../adapters/node-server-command.js'

/** A process that serves the store that is its argument, as the command does, until it is told to end. */
const [store = ''] = process.argv.slice(2)
await nodeServerPort(store).serve({ host: '127.0.0.1', port: 0, readOnly: false }, ({ url }) => {
  process.stdout.write(`Listening on ${url}\n`)
  return Promise.resolve()
})
process.stdout.write('Closed\n')
