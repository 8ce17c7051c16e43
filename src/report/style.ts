// The style sheet of every report: readable from 360 pixels on, light and dark as the reader's system is, and on paper. Text
// has a contrast of at least 4.5 to its background in both schemes.

export const reportStyle = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2530; --faint: #566070; --line: #d5dae1; --rail: #e8ebef;
  --good: #1a7f4b; --bad: #c02b3c; --doubt: #8a5a00; --plain: #5a7896; --card: #f6f7f9 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e6eaef; --faint: #a4aebb; --line: #333b45; --rail: #2a313a;
    --good: #4cc38a; --bad: #ff8a95; --doubt: #e2b04a; --plain: #8fb0d0; --card: #1c2229 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0 }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p, ul, dl { margin: .5rem 0 }
.lead { font-size: 1.1rem }
.faint, footer, figcaption span { color: var(--faint) }
.good { color: var(--good) } .bad { color: var(--bad) } .doubt { color: var(--doubt) }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); font-size: .875rem }
dl.origin { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
dl.origin dt { color: var(--faint) }
dl.origin dd { margin: 0 }
dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0 }
dl.figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .6rem .8rem }
dl.figures dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums }
dl.figures dt { color: var(--faint); font-size: .875rem }
table { border-collapse: collapse; width: 100% }
caption { text-align: left }
th, td { padding: .35rem 0 .35rem .75rem; text-align: right; vertical-align: top; border-top: 1px solid var(--line);
  font-variant-numeric: tabular-nums; font-weight: 400 }
th:first-child { padding-left: 0; text-align: left }
td.text, th.text { text-align: left }
thead th { color: var(--faint); font-size: .875rem; border-top: 0; width: 7rem; white-space: nowrap }
thead th:first-child { width: auto; white-space: normal }
th small { display: block; color: var(--faint); font-size: .875rem }
td { white-space: nowrap } td.text { white-space: normal } thead th.text { width: 60% }
ul.columns { columns: 17rem auto; padding-left: 1.2rem }
svg.bar { display: block; margin-top: .3rem; width: 100%; height: .4rem }
svg .rail { fill: var(--rail) } svg .plain { fill: var(--plain) }
svg .good { fill: var(--good) } svg .bad { fill: var(--bad) } svg .doubt { fill: var(--doubt) }
ul.wall { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .75rem }
ul.wall > li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem }
figure { margin: 0 } figure img, figure .none { display: block; width: 96px; height: 96px; object-fit: contain; margin: 0 auto .4rem }
figure .none { display: grid; place-content: center; border: 1px dashed var(--line); color: var(--faint); font-size: .8rem;
  text-align: center }
figcaption { font-size: .8rem; line-height: 1.35 } figcaption span, figcaption em { display: block; font-style: normal }
@media (max-width: 30rem) { th, td, thead th { padding-left: .5rem; font-size: .85rem; width: auto } }
@media print {
  :root { --paper: #fff; --ink: #000; --faint: #444; --line: #bbb; --rail: #e4e4e4;
    --good: #1a7f4b; --bad: #c02b3c; --doubt: #8a5a00; --plain: #5a7896; --card: #fff }
  body { max-width: none; padding: 0; font-size: .8rem }
  tr, figure, ul.wall > li { break-inside: avoid } thead { display: table-header-group }
}
`
