import type { MessagePort, Worker } from 'node:worker_threads'

/** How long the end of a process waits for the thread that writes for it, in milliseconds. */
const TIMEOUT_MS = 10_000
const DONE = 1
const FAILED = 2
const COMMIT = 'tracklet:commit'

/**
 * Has the thread at the other end, which must have called `answerCommits`, store all that it was sent, and stands
 * still until it has: messages arrive in order. False where it could not, or gave no answer for ten seconds.
 */
export function commitThrough(thread: Worker | MessagePort): boolean {
  const answer = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  thread.postMessage({ [COMMIT]: answer })
  Atomics.wait(answer, 0, 0, TIMEOUT_MS)
  return Atomics.load(answer, 0) === DONE
}

/** Answers `commitThrough` of the other end; `commit` stores all that came before, without waiting. */
export function answerCommits(port: MessagePort, commit: () => boolean): void {
  port.on('message', (message: { readonly [COMMIT]?: Int32Array } | null) => {
    const answer = message?.[COMMIT]
    if (!answer) return
    Atomics.store(answer, 0, succeeds(commit) ? DONE : FAILED)
    Atomics.notify(answer, 0)
  })
}

function succeeds(commit: () => boolean): boolean {
  try {
    return commit()
  } catch {
    return false
  }
}
