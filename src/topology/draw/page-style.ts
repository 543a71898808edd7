// The style sheet of the page of drawings: a side navigation that becomes a bar on a phone, one card a figure. Colours
// are variables for light and dark; the button in the header sets `data-theme` and so overrules the system.

import { drawingStyle, schemeVariables } from './palette.ts';

const light =
  '--ground:#fbfcfe;--card:#ffffff;--text:#1c2333;--soft:#586176;--edge:#dfe4ee;--hover:#eef1f8;--accent:#5a45c9';
const dark =
  '--ground:#0e1118;--card:#151a24;--text:#e8ebf4;--soft:#a3adc4;--edge:#2b3345;--hover:#1f2635;--accent:#a596f5';

const rules = `
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
a{color:inherit}
.layout{display:grid;grid-template-columns:15rem minmax(0,1fr);max-width:110rem;margin:0 auto}
.side{position:sticky;top:0;height:100vh;overflow-y:auto;padding:1.6rem .8rem 1.6rem 1.4rem;border-right:1px solid var(--edge)}
.side h1{font-size:1.15rem;line-height:1.3;margin:0 .6rem 1rem;overflow-wrap:anywhere}
.side ul{list-style:none;margin:0;padding:0}
.side a{display:block;padding:.35rem .6rem;border-radius:.5rem;text-decoration:none;color:var(--soft);overflow-wrap:anywhere}
.side a:hover{background:var(--hover);color:var(--text)}
.side a[aria-current]{background:var(--hover);color:var(--text);font-weight:600}
main{padding:1.6rem;min-width:0}
.figure{background:var(--card);border:1px solid var(--edge);border-radius:.9rem;margin:0 0 1.6rem;overflow:hidden}
.head{display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;padding:.9rem 1.1rem;border-bottom:1px solid var(--edge)}
.head h2{font-size:1.05rem;margin:0;overflow-wrap:anywhere;min-width:0;flex:1 1 auto}
.note{flex-basis:100%;order:3;margin:0;color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
.tools{display:flex;gap:.3rem}
.tools[hidden],.theme[hidden],.copy[hidden]{display:none}
button{font:inherit;font-size:.85rem;color:var(--soft);background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:.25rem .6rem;min-width:2.1rem;min-height:2.1rem;cursor:pointer}
button:hover{background:var(--hover);color:var(--text)}
:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
.theme{margin:1.2rem .6rem 0}
.view{overflow:auto;max-height:min(82vh,70rem);padding:1rem;overscroll-behavior-x:contain}
.view.grab{cursor:grab}.view.held{cursor:grabbing;user-select:none}
.view svg{display:block;margin:0 auto;max-width:none}
details{border-top:1px solid var(--edge)}
summary{padding:.7rem 1.1rem;cursor:pointer;color:var(--soft);font-size:.9rem}
summary:hover{color:var(--text)}
.source{position:relative}
.source pre{margin:0;padding:.4rem 1.1rem 1.1rem;max-height:26rem;overflow:auto;font:.82rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;tab-size:2}
.copy{position:absolute;top:.2rem;right:1.1rem}
@media (max-width:52rem){
.layout{display:block}
.side{position:static;height:auto;border-right:0;border-bottom:1px solid var(--edge);padding:1rem}
.side h1{margin:0 0 .6rem}
.side ul{display:flex;gap:.3rem;overflow-x:auto;padding-bottom:.3rem}
.side li{flex:none;max-width:75vw}
.side a{border:1px solid var(--edge);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.theme{margin:.6rem 0 0}
main{padding:.8rem}
.head,summary{padding-left:.8rem;padding-right:.8rem}
.view{padding:.6rem}
}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{.side,.tools,details{display:none}.layout{display:block}.figure{break-inside:avoid;border:0}.view{overflow:visible;max-height:none}.view svg{max-width:100%;height:auto}}
`;

/** The whole style sheet, that of the drawings included. */
export function pageStyle(): string {
  return [
    `:root{color-scheme:light dark;${light}}`,
    `@media (prefers-color-scheme:dark){:root{${dark}}}`,
    drawingStyle(),
    `:root[data-theme=light]{color-scheme:light;${light}}:root[data-theme=light] .troupe-drawing{${schemeVariables('light')}}`,
    `:root[data-theme=dark]{color-scheme:dark;${dark}}:root[data-theme=dark] .troupe-drawing{${schemeVariables('dark')}}`,
    rules.trim(),
  ].join('\n');
}
