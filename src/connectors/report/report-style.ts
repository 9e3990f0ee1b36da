/** The page's only style: no font, image or script is fetched. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2430; --muted: #5b6675; --line: #d9dfe6; --accent: #0b6bcb; --wash: #f3f6f9; }
@media (prefers-color-scheme: dark) { :root { --paper: #12171e; --ink: #e6ebf1; --muted: #9aa7b5; --line: #2c3641; --accent: #62b0ff; --wash: #1a212a; } }
@media print { :root { --paper: #fff; --ink: #000; --muted: #444; --line: #bbb; --accent: #004a99; --wash: #fff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; break-after: avoid; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
.muted, figcaption, caption, td small { color: var(--muted); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
dl div { background: var(--wash); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; }
dt { color: var(--muted); font-size: .82rem; }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
dd small { display: block; font-size: .8rem; color: var(--muted); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1rem; }
figure { margin: 0; break-inside: avoid; }
figure svg { max-width: 100%; height: auto; }
figcaption { font-size: .85rem; max-width: 21rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-variant-numeric: tabular-nums; break-inside: avoid; }
caption { text-align: left; font-size: .85rem; padding-bottom: .35rem; }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
td.words { white-space: normal; text-align: left; color: var(--muted); min-width: 16rem; font-size: .9rem; }
thead th { font-weight: 600; border-bottom-color: var(--muted); }
tbody th { font-weight: 500; }
`;
