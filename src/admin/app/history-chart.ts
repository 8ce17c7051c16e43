// The requests of a span over time, stacked: turned away on top of admitted. The tables beside it say the same in text.
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { HistoryAnswer } from '../page/answers.ts'
import { axisTimeText, numberText } from './format.ts'
import { html } from './html.ts'

const heightPx = 200

export function HistoryChart({ history }: { readonly history: HistoryAnswer }): VNode {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const draw = () => {
      chart.current?.destroy()
      chart.current = new uPlot(optionsFor(element, history), dataOf(history), element)
    }
    draw()
    const colors = matchMedia('(prefers-color-scheme: dark)')
    colors.addEventListener('change', draw)
    const resize = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height: heightPx }),
    )
    resize.observe(element)
    return () => {
      colors.removeEventListener('change', draw)
      resize.disconnect()
      chart.current?.destroy()
      chart.current = null
    }
  }, [history.span])
  useEffect(() => chart.current?.setData(dataOf(history)), [history])
  const { admitted, 'turned-away': turnedAway } = history.totals
  const label = `Requests over the last ${history.span}: ${numberText(admitted)} admitted, ${numberText(turnedAway)} turned away`
  return html`<div class="chart" role="img" aria-label=${label} ref=${place}></div>`
}

function dataOf({ slots }: HistoryAnswer): uPlot.AlignedData {
  return [
    slots.map(({ atMs }) => atMs / 1_000),
    slots.map(slot => slot.admitted + slot['turned-away']),
    slots.map(({ admitted }) => admitted),
  ]
}

function optionsFor(element: HTMLElement, history: HistoryAnswer): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const times = (_: uPlot, ticks: number[]) =>
    ticks.map(seconds => axisTimeText(seconds * 1_000, history.span))
  const axis = {
    stroke: color('--quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  }
  const paths = uPlot.paths.bars?.({ size: [0.8, 40] }) as uPlot.Series.PathBuilder
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      { ...axis, values: times, size: 34 },
      {
        ...axis,
        size: 56,
        values: (_, ticks) => ticks.map(tick => (Number.isInteger(tick) ? numberText(tick) : '')),
      },
    ],
    series: [
      {},
      {
        label: 'turned away',
        fill: color('--turned-away'),
        width: 0,
        points: { show: false },
        paths,
      },
      {
        label: 'admitted',
        fill: color('--admitted'),
        width: 0,
        points: { show: false },
        paths,
      },
    ],
  }
}
