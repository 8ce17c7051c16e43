// The photos as a wall to search, and what is missing, broken or too big.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { CoverageAnswer, PhotosAnswer, UnservedRow } from '../page/answers.ts'
import { getJson, useAnswer } from './api.ts'
import { bytesText, dayText, numberText, shareText } from './format.ts'
import { html } from './html.ts'
import { Bar, Panel, showLoaded } from './parts.ts'
import { linkTo, replaceQuery } from './route.ts'

const photosPerPage = 60
// Milliseconds without a key before a search is sent.
const typingMs = 200
const nothing: PhotosAnswer = { total: 0, rows: [], unserved: [], isScanned: true, directory: '' }

export function PhotosView({ query }: { readonly query: URLSearchParams }): VNode {
  const [words, setWords] = useState(query.get('words') ?? '')
  const [photos, setPhotos] = useState(nothing)
  const [problem, setProblem] = useState('')
  const coverage = useAnswer<CoverageAnswer>('/api/coverage')
  const load = async (offset: number) => {
    try {
      const asked = new URLSearchParams({
        words,
        offset: String(offset),
        limit: String(photosPerPage),
      })
      const answer = await getJson<PhotosAnswer>(`/api/photos?${asked}`)
      setPhotos(last =>
        offset === 0 ? answer : { ...answer, rows: [...last.rows, ...answer.rows] },
      )
      setProblem('')
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  useEffect(() => {
    replaceQuery('photos', { words })
    const timer = setTimeout(() => void load(0), typingMs)
    return () => clearTimeout(timer)
  }, [words])
  const { total, rows, unserved, isScanned } = photos
  return html`
    <h1>Photos</h1>
    <form class="filters" role="search" onSubmit=${(event: Event) => event.preventDefault()}>
      <label>Mail address
        <input type="search" value=${words} autocomplete="off" spellcheck=${false} onInput=${(event: Event) => setWords((event.target as HTMLInputElement).value)} />
      </label>
      <p class="quiet" role="status">${numberText(total)} photos${isScanned ? '' : ', and more: the folder is still being read'}</p>
    </form>
    ${problem === '' ? null : html`<p class="problem" role="alert">${problem}</p>`}
    <ul class="wall">
      ${rows.map(
        ({ address, bytes, modifiedMs }) => html`<li key=${address}>
          <a href=${linkTo('decisions', { words: address })} title=${`${bytesText(bytes)}, ${dayText(modifiedMs)}`}>
            <img src=${`/photo?address=${encodeURIComponent(address)}`} alt="" width="96" height="96" loading="lazy" decoding="async" />
            <span>${address}</span>
          </a>
        </li>`,
      )}
    </ul>
    ${rows.length < total ? html`<button type="button" onClick=${() => void load(rows.length)}>Show more photos</button>` : null}
    <div class="grid">
      <${Panel} title="Files that are not served">${showUnserved(unserved)}<//>
      <${Panel} title="People by mail domain">${showLoaded(coverage, showCoverage)}<//>
    </div>
  `
}

function showUnserved(unserved: readonly UnservedRow[]): VNode {
  if (unserved.length === 0) return html`<p class="quiet">Every file of the folder is served.</p>`
  return html`<ul class="unserved">
    ${unserved.map(
      ({ reason, files, names }) => html`<li key=${reason}>
        <strong>${numberText(files)}</strong> ${files === 1 ? 'file' : 'files'}: ${reason}
        <ul>${names.map(name => html`<li key=${name}><code>${name}</code></li>`)}</ul>
      </li>`,
    )}
  </ul>`
}

function showCoverage({ rows, importedAt }: CoverageAnswer): VNode {
  const hint =
    importedAt === null
      ? 'No import has said who should have a photo.'
      : `By the import of ${dayText(Date.parse(importedAt))}.`
  return html`
    <p class="quiet">${hint}</p>
    <table class="bars">
      <thead><tr><th scope="col">Domain</th><th scope="col" class="number">Photos</th><th scope="col" class="number">Without</th><th scope="col" class="number">Share</th></tr></thead>
      <tbody>
        ${rows.map(
          ({ domain, photos, without }) => html`<tr key=${domain}>
            <th scope="row"><a class="name" href=${linkTo('photos', { words: `@${domain}` })}>${domain}</a>
              <${Bar} part=${photos} whole=${photos + (without ?? 0)} /></th>
            <td class="number">${numberText(photos)}</td>
            <td class="number">${without === null ? '–' : numberText(without)}</td>
            <td class="number">${without === null ? '–' : shareText(photos, photos + without)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  `
}
