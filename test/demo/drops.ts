import type { Page } from 'playwright'

/** Drops a file that the page itself makes: the events, and the items, are a browser's own. */
export async function dropFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const base64 = Buffer.from(bytes).toString('base64')
  await page.evaluate(
    async ([fileName, data]) => {
      const blob = await (await fetch(`data:application/octet-stream;base64,${data}`)).blob()
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([blob], fileName))
      for (const type of ['dragenter', 'dragover', 'drop'])
        document.body.dispatchEvent(
          new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
        )
    },
    [name, base64] as const,
  )
}

/** Drags files and folders of this machine's disk over the page, and drops them: as a hand would do it. */
export async function dropPaths(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files, dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 200, data })
  await session.detach()
}
