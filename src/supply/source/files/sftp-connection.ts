// A connection to an SFTP server: only to a known host key, signed in with a key, with a time limit on every wait. The
// SSH library is loaded when an import connects, never in the gate.

import type { Socket } from 'node:net'
import { connect as connectSocket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type Client from 'ssh2-sftp-client'
import { loadPassword, loadSecret, SecretFileError } from '../../../config/ltpa/secret-files.ts'
import type { SftpSettings } from '../../../config/supply/settings.ts'
import { SourceError } from '../source.ts'
import { sourceError } from './file-tree.ts'
import { buildHostVerifier } from './host-verifier.ts'
import { loadKnownHosts } from './known-hosts.ts'
import { explainConnecting } from './sftp-explanation.ts'

type Sftp = Awaited<ReturnType<Client['connect']>>

export interface SftpTimes {
  /** Until the server has accepted the key, in milliseconds. */
  readonly connectMs: number
  /** For each answer, in milliseconds. */
  readonly operationMs: number
}

/** Asks something of the server, as in `ask(sftp => done => sftp.lstat(path, done))`. */
export type Operation<T> = (
  sftp: Sftp,
  done: (error: Error | undefined | null, value: T) => void,
) => void

export interface SftpConnection {
  /** @throws SourceError of the whole source when the connection is lost, else the server's own error */
  ask<T>(operation: Operation<T>): Promise<T>
  /** Never throws. */
  close(): Promise<void>
}

/** What the server's errors are about (draft-ietf-secsh-filexfer-02 section 7). */
export const sftpCodes = { endOfFile: 1, noSuchFile: 2, permissionDenied: 3 } as const

export interface SftpConnectOptions {
  readonly times: SftpTimes
  /** Called with risks of the files with secrets, such as their permissions. */
  warn(message: string): void
}

/** @throws SourceError of the whole source */
export async function connectSftp(
  settings: SftpSettings,
  { times, warn }: SftpConnectOptions,
): Promise<SftpConnection> {
  const { host, port, user } = settings
  const where = `sftp server ${host}:${port}`
  const verifier = buildHostVerifier(loadKnownHosts(settings.knownHosts), host, port)
  const secrets = readSecrets(settings, warn)
  const { default: SftpClient } = await import('ssh2-sftp-client')
  const socket = await openSocket(settings, times.connectMs)
  const loss = buildLoss(where, socket)
  const client = new SftpClient('photogate', {
    error: error => loss.lose((error as Error).message),
    end: () => loss.lose('it ended the connection'),
    close: () => loss.lose('the connection is closed'),
  })
  const late = setTimeout(() => loss.lose(noAnswer(times.connectMs)), times.connectMs)
  try {
    const connecting = client.connect({
      ...{ sock: socket, username: user, readyTimeout: times.connectMs, ...secrets },
      hostVerifier: (key: Buffer) => verifier.verify(key),
      // Its types know fewer algorithms than it does.
      algorithms: { serverHostKey: [...verifier.algorithms] as never },
      ...{ keepaliveInterval: 10_000, authHandler: ['publickey'] },
    })
    const sftp = await Promise.race([connecting, loss.lost])
    sftp.on('error', (error: Error) => loss.lose(error.message))
    // The connection may stay when what answers behind it has died.
    sftp.on('close', () => loss.lose('the server ended the session'))
    return buildConnection(sftp, { client, loss, times })
  } catch (error) {
    socket.destroy()
    throw explainConnecting(error as Error, { settings, where, verifier })
  } finally {
    clearTimeout(late)
  }
}

function noAnswer(milliseconds: number): string {
  return `no answer within ${milliseconds / 1000} s`
}

function readSecrets({ keyFile, passphraseFile }: SftpSettings, warn: (message: string) => void) {
  try {
    const privateKey = loadSecret(keyFile, 'keyFile', (_, message) => warn(message))
    if (passphraseFile === undefined) return { privateKey }
    return { privateKey, passphrase: loadPassword(passphraseFile, (_, message) => warn(message)) }
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    const name = error.key === 'keyFile' ? `keyFile ${keyFile}` : `passphraseFile ${passphraseFile}`
    throw sourceError(name, error.message)
  }
}

function openSocket({ host, port }: SftpSettings, connectMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port })
    const fail = (reason: string) => {
      socket.destroy()
      const advice = 'is it running, and may this machine reach it?'
      reject(sourceError(`sftp server ${host}:${port}`, `cannot be reached: ${reason}; ${advice}`))
    }
    const timer = setTimeout(() => fail(noAnswer(connectMs)), connectMs)
    const onError = (error: Error) => {
      clearTimeout(timer)
      fail(error.message || String((error as NodeJS.ErrnoException).code))
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.removeListener('error', onError)
      socket.setNoDelay(true)
      // Errors after the library has let go of the socket.
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}

// The longest wait for the server to end the connection, in milliseconds.
const goodbyeMs = 1_000

interface Loss {
  /** Rejects once the connection is lost, with a SourceError. */
  readonly lost: Promise<never>
  lose(reason: string): SourceError
}

function buildLoss(where: string, socket: Socket): Loss {
  let error: SourceError | undefined
  let reject: (error: SourceError) => void = () => {}
  const lost = new Promise<never>((_, rejectLost) => {
    reject = rejectLost
  })
  // No call may be waiting when it rejects.
  lost.catch(() => {})
  return {
    lost,
    lose: reason => {
      error ??= sourceError(where, `was lost: ${reason}`)
      socket.destroy()
      reject(error)
      return error
    },
  }
}

function buildConnection(
  sftp: Sftp,
  { client, loss, times }: { client: Client; loss: Loss; times: SftpTimes },
): SftpConnection {
  return {
    ask: async operation => {
      let timer: NodeJS.Timeout | undefined
      const answer = new Promise<Parameters<Parameters<typeof operation>[1]>[1]>(
        (resolve, reject) => {
          timer = setTimeout(() => {
            reject(loss.lose(noAnswer(times.operationMs)))
          }, times.operationMs)
          operation(sftp, (error, value) => (error ? reject(error) : resolve(value)))
        },
      )
      try {
        return await Promise.race([answer, loss.lost])
      } catch (error) {
        // An error without a code is the library's own, such as a closed channel.
        if (typeof (error as { code?: unknown }).code === 'number') throw error
        throw error instanceof SourceError ? error : loss.lose((error as Error).message)
      } finally {
        clearTimeout(timer)
      }
    },
    close: async () => {
      const ended = client.end().catch(() => {})
      await Promise.race([
        ended,
        loss.lost.catch(() => {}),
        delay(goodbyeMs, undefined, { ref: false }),
      ])
      loss.lose('it was closed')
    },
  }
}
