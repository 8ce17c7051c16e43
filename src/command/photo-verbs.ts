// The verbs about photos: import, and photos with its own.
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { ImportCommandOptions } from './import.ts'
import { processOutput as output } from './output.ts'
import type { CoverageOptions } from './photos-coverage.ts'
import type { GalleryOptions } from './photos-gallery.ts'
import type { ListOptions, PhotosOptions } from './photos-list.ts'
import { stopSignal } from './stop-signal.ts'
import { configOption, endHelp, jsonOption, lazy, photosOption } from './verb.ts'

// Photos that a gallery shows at most: more would make a page that browsers take seconds to show.
const maxShown = 5_000

export function addPhotoVerbs(program: Command): void {
  addImport(program)
  const photos = program.command('photos').description('look at the photos, or take one away')
  addList(photos)
  addCoverage(photos)
  addGallery(photos)
  addShow(photos)
  addRemove(photos)
  addRename(photos)
  endHelp(photos, {
    fine: 'done',
    findings: 'a photo is missing, or something needs a look',
    examples: [
      ['photos list', 'whose photos there are'],
      ['photos remove joe@acme.example', 'erase a photo and all records of it'],
    ],
  })
}

function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('fetch photos from the sources of the configuration')
    .addOption(configOption())
    .option('--source <n>', 'only this source: its number from 1, or its name')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--force', 'remove more than maxRemovals, and believe a source that is nearly empty')
    .addOption(jsonOption())
    .option('--quiet', 'print nothing unless there is something new to look at')
    .option('--strict', 'end with 1 also for problems that the last import had already')
    .action(
      lazy(
        async () => {
          // First: a signal that comes while the rest is loaded stops the import in order, too.
          const signal = stopSignal()
          return { signal, importPhotos: (await import('./import.ts')).importPhotos }
        },
        async ({ importPhotos, signal }, options: ImportCommandOptions) => {
          const terminal = process.stderr.isTTY ? process.stderr : undefined
          const exitCode = await importPhotos(options, { output, terminal, signal })
          // A handle that a source has left open must not keep the process alive.
          setTimeout(() => process.exit(exitCode), 200).unref()
          return exitCode
        },
      ),
    )
  endHelp(command, {
    fine: 'nothing new to look at',
    findings: 'something new to look at, or a source that failed',
    other: 'it could not go on, or another import is running',
    examples: [
      ['import --dry-run', 'say what ./photogate.yaml would fetch, replace and remove'],
      ['import --quiet -c /etc/photogate/photogate.yaml', 'for cron'],
    ],
  })
}

function addList(photos: Command): void {
  const list = photos
    .command('list')
    .description('print whose photos there are, and where they come from')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--broken', 'print what is not served instead, and why')
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./photos-list.ts'),
        (module, options: ListOptions) => module.listPhotos(options, output),
      ),
    )
  endHelp(list, {
    fine: 'they are printed; with --broken: everything is served',
    findings: 'with --broken: something is not served',
    examples: [
      ['photos list', 'whose photos there are'],
      ['photos list --broken', 'which files are not served, and why'],
    ],
  })
}

function addCoverage(photos: Command): void {
  const coverage = photos
    .command('coverage')
    .description('say how many people have a photo, and who has none')
    .addOption(configOption())
    .addOption(photosOption())
    .option(
      '--people <file>',
      'of the people in this CSV or LDIF file; without this option, of the last import',
    )
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./photos-coverage.ts'),
        (module, options: CoverageOptions) => module.coverage(options, output),
      ),
    )
  endHelp(coverage, {
    fine: 'it is printed',
    examples: [
      ['photos coverage', 'of the people that the last import knew'],
      ['photos coverage --people staff.csv', 'of the people in a file'],
    ],
  })
}

function addGallery(photos: Command): void {
  const gallery = photos
    .command('gallery')
    .description('make a page of all photos, and of what is missing, broken or too big')
    .addOption(configOption())
    .addOption(photosOption())
    .requiredOption(
      '--html <file>',
      'the page: one file that needs nothing else; replaces an earlier one',
    )
    .option('--match <glob>', 'only photos and people of these addresses, such as *@acme.example')
    .option('--max <n>', 'show at most this many photos, up to 5,000', parseMax, 1_000)
    .option(
      '--people <file>',
      'the people who should have a photo, in a CSV or LDIF file; without this option, those of the last import',
    )
    .action(
      lazy(
        () => import('./photos-gallery.ts'),
        (module, options: GalleryOptions) => module.gallery(options, output),
      ),
    )
  endHelp(gallery, {
    fine: 'it is written',
    examples: [
      ['photos gallery --html gallery.html', 'all photos, to look at or to mail'],
      ["photos gallery --html acme.html --match '*@acme.example'", 'those of one domain'],
    ],
  })
}

function parseMax(text: string): number {
  const max = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (max >= 1 && max <= maxShown) return max
  throw new InvalidArgumentError(
    'Write a number of photos from 1 to 5000, and choose photos with --match.',
  )
}

function addShow(photos: Command): void {
  const show = photos
    .command('show <address>')
    .description('print the file, the source and the aliases of a photo')
    .addOption(configOption())
    .addOption(photosOption())
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./photos-list.ts'),
        (module, address: string, options: PhotosOptions) =>
          module.showPhoto(address, options, output),
      ),
    )
  endHelp(show, {
    fine: 'it is printed',
    findings: 'there is neither a photo nor a record of one',
    examples: [
      ['photos show joe@acme.example', 'where this photo comes from'],
      ['photos show joe@acme.example --json', 'the same for a script'],
    ],
  })
}

function addRemove(photos: Command): void {
  const remove = photos
    .command('remove <address>')
    .description('erase a photo, its aliases, and all records of it')
    .addOption(configOption())
    .addOption(photosOption())
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./photos.ts'),
        (module, address: string, options: PhotosOptions) =>
          module.removePhotos(address, options, output),
      ),
    )
  endHelp(remove, {
    fine: 'it is erased',
    findings: 'there was nothing to erase',
    examples: [
      ['photos remove joe@acme.example', 'erase it'],
      ['photos remove joe@acme.example --photos /srv/photos', 'in this directory'],
    ],
  })
}

function addRename(photos: Command): void {
  const rename = photos
    .command('rename <old> <new>')
    .description('make the photo of one address that of another')
    .addOption(configOption())
    .addOption(photosOption())
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./photos.ts'),
        (module, ...[from, to, options]: [from: string, to: string, options: PhotosOptions]) =>
          module.renamePhotos([from, to], options, output),
      ),
    )
  endHelp(rename, {
    fine: 'it is renamed',
    findings: 'the photo is missing, or the new address already has one',
    examples: [
      ['photos rename ann.old@acme.example ann@acme.example', 'after a change of name'],
      ['photos rename a@acme.example b@acme.example --json', 'the same for a script'],
    ],
  })
}
