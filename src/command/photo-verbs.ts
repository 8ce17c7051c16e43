// The verbs about photos: import, and photos with its own. Each loads its command when it is run.
import type { Command } from 'commander'
import type { ImportCommandOptions } from './import.ts'
import { processOutput as output } from './output.ts'
import type { CoverageOptions } from './photos-coverage.ts'
import type { ListOptions, PhotosOptions } from './photos-list.ts'
import { configOption, photosOption, run } from './verb-options.ts'

// How long an import that is told to stop may take to do so.
const maxStopMs = 1_700

export function addPhotoVerbs(program: Command): void {
  addImport(program)
  const photos = program.command('photos').description('look at the photos, or take one away')
  addLooks(photos)
  addChanges(photos)
}

function addImport(program: Command): void {
  program
    .command('import')
    .description('fetch photos from the sources of the configuration')
    .addOption(configOption())
    .option('--source <n>', 'only this source: its number from 1, or its name')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--force', 'remove more than maxRemovals, and believe a source that is nearly empty')
    .option('--json', 'print JSON')
    .option('--quiet', 'print nothing unless there is something new to look at')
    .option('--strict', 'end with 1 also for problems that the last import had already')
    .action(
      run(async (options: ImportCommandOptions) => {
        const terminal = process.stderr.isTTY ? process.stderr : undefined
        const signal = stopSignal()
        const { importPhotos } = await import('./import.ts')
        const exitCode = await importPhotos(options, { output, terminal, signal })
        // A handle that a source has left open must not keep the process alive.
        setTimeout(() => process.exit(exitCode), 200).unref()
        return exitCode
      }),
    )
}

function addLooks(photos: Command): void {
  photos
    .command('list')
    .description('print whose photos there are, and where they come from')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--broken', 'print what is not served instead, and why; ends with 1 if there is any')
    .option('--json', 'print JSON')
    .action(
      run(async (options: ListOptions) =>
        (await import('./photos-list.ts')).listPhotos(options, output),
      ),
    )

  photos
    .command('coverage')
    .description('say how many people have a photo, and who has none')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--people <file>', 'of the people in this CSV or LDIF file; else of the last import')
    .option('--json', 'print JSON')
    .action(
      run(async (options: CoverageOptions) =>
        (await import('./photos-coverage.ts')).coverage(options, output),
      ),
    )

  photos
    .command('show <address>')
    .description('print the file, the source and the aliases of a photo')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--json', 'print JSON')
    .action((address: string, options: PhotosOptions) =>
      run(async () => (await import('./photos-list.ts')).showPhoto(address, options, output))(
        options,
      ),
    )
}

function addChanges(photos: Command): void {
  photos
    .command('remove <address>')
    .description('erase a photo, its aliases, and all records of it')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--json', 'print JSON')
    .action((address: string, options: PhotosOptions) =>
      run(async () => (await import('./photos.ts')).removePhotos(address, options, output))(
        options,
      ),
    )

  photos
    .command('rename <old> <new>')
    .description('make the photo of one address that of another')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--json', 'print JSON')
    .action((from: string, to: string, options: PhotosOptions) =>
      run(async () => (await import('./photos.ts')).renamePhotos([from, to], options, output))(
        options,
      ),
    )
}

// Work that has begun is finished, if that is soon; a second signal ends the process at once.
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort()
      // By the signal, as exit would wait for what does not answer. Nobody handles it any more.
      setTimeout(() => process.kill(process.pid, name), maxStopMs).unref()
    })
  }
  return controller.signal
}
