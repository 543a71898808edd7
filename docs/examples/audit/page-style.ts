// The page's style sheet. All colours are variables, set once for light and once for dark; sizes step down at two
// widths. No font is fetched: the reader's own interface font is used.

const light = `
  --bg:#f6f5f0;--card:#fffefb;--ink:#1b2025;--muted:#5d656d;--line:#e3e0d6;--track:#ece9e0;--frame:#f1eee5;--accent:#b63f26;--accent-soft:#f6e1d9;--bar:#3d7186;
  --f0:#dfe8e5;--f1:#c3dad5;--f2:#a3c9c0;--f3:#f0dc9c;--f4:#efb45f;--f5:#dd7644;--f6:#b23a2c;
  --t0:#26363a;--t1:#1d3a3a;--t2:#123633;--t3:#4a3a08;--t4:#472a03;--t5:#2e1002;--t6:#fff4ef;
  --c0:#2f6d86;--c1:#d9863d;--c2:#6c9a5b;--c3:#a3506f;--c4:#7c6cb0;--c5:#c9b04a;--c6:#5aa6a0;--c7:#9a9a92;
  --shadow:0 1px 2px rgb(40 36 20 / 5%),0 6px 20px -12px rgb(40 36 20 / 14%);color-scheme:light`;

const dark = `
  --bg:#111418;--card:#191d23;--ink:#e9e7e1;--muted:#a2a9b0;--line:#2a3038;--track:#262c34;--frame:#12161b;--accent:#f4805f;--accent-soft:#40241c;--bar:#5f9db5;
  --f0:#25323a;--f1:#284549;--f2:#2b5f5b;--f3:#776630;--f4:#a5702a;--f5:#c9603a;--f6:#ee6a55;
  --t0:#c4d0d4;--t1:#d0dfdd;--t2:#dcefe9;--t3:#fdf3d3;--t4:#fff3df;--t5:#fff1ea;--t6:#2c0803;
  --c0:#5b9fba;--c1:#e49a57;--c2:#86b573;--c3:#cb7796;--c4:#9f90d3;--c5:#d9c265;--c6:#72c0b9;--c7:#8c929a;
  --shadow:none;color-scheme:dark`;

const steps = [0, 1, 2, 3, 4, 5, 6, 7];
const scales = [
  ...steps
    .slice(0, 7)
    .map(
      (step) =>
        `rect.f${step}{fill:var(--f${step})}i.f${step}{background:var(--f${step})}text.t${step}{fill:var(--t${step})}`,
    ),
  ...steps.map((step) => `.c${step}{background:var(--c${step})}`),
].join('');

/** The style sheet's source. */
export const pageStyle = `
:root{${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-feature-settings:"cv05","ss03";-webkit-font-smoothing:antialiased}
main,header,footer{max-width:1168px;margin:0 auto;padding:0 24px}
header{padding-top:56px}
code,.path{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
.eyebrow{margin:0 0 6px;color:var(--accent);font-size:12px;font-weight:650;letter-spacing:.09em;text-transform:uppercase}
h1{margin:0;font-size:clamp(30px,5vw,46px);line-height:1.08;letter-spacing:-.028em;font-weight:700;overflow-wrap:anywhere}
.lead{max-width:68ch;margin:14px 0 0;font-size:17px;color:var(--muted)}
.lead b{color:var(--ink);font-weight:600}
.cards{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:12px;margin:32px 0 0;padding:0;list-style:none}
.card,.panel{background:var(--card);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow)}
.card{padding:16px 16px 14px}
.card span{display:block;color:var(--muted);font-size:13px;line-height:1.35}
.card .figure{margin:2px 0 3px;color:var(--ink);font-size:27px;font-weight:680;letter-spacing:-.025em;line-height:1.2;font-variant-numeric:tabular-nums}
section{margin-top:52px}
h2{margin:0;font-size:21px;letter-spacing:-.016em;line-height:1.25;font-weight:670}
.about{max-width:72ch;margin:4px 0 16px;color:var(--muted)}
.panel{padding:20px}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:52px 20px;margin-top:52px}
.pair>section{margin-top:0;display:flex;flex-direction:column}
.pair .panel{flex:1}.pair.loose{align-items:start}
svg{display:block;width:100%;height:auto}
svg text{font:11px Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
.medium,.compact{display:none}
.folder{fill:var(--frame);stroke:var(--line)}
.treemap .folder-name{fill:var(--muted);font-weight:600}
.treemap .figure{font-size:10px;opacity:.78}
.cell text{pointer-events:none}
.cell:hover rect{stroke:var(--ink);stroke-width:1.5}
.legend{display:flex;flex-wrap:wrap;gap:6px 16px;align-items:center;justify-content:flex-end;margin-top:14px;color:var(--muted);font-size:12.5px}
.steps{display:flex}
.step{width:38px;font-variant-numeric:tabular-nums;line-height:1.3}
.step i{display:block;height:10px;margin-bottom:3px}
.step:first-child i{border-radius:3px 0 0 3px}.step:last-child i{border-radius:0 3px 3px 0}
.grid{stroke:var(--line)}.lead-line{stroke:var(--muted);stroke-opacity:.6}
.scatter .tick,.scatter .axis{fill:var(--muted);font-size:12px}
.dot{fill:var(--bar);fill-opacity:.34;stroke:var(--bar);stroke-opacity:.75}
.dot:hover{fill-opacity:.8}
.hot{fill:var(--accent);fill-opacity:.62;stroke:var(--accent);stroke-opacity:1}
.scatter .spot-name{fill:var(--ink);font-size:12px;font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round;pointer-events:none}
.spots{margin:0;padding:0;list-style:none;counter-reset:spot}
.spots li{display:grid;grid-template-columns:26px minmax(0,1fr) 250px;gap:0 14px;align-items:center;padding:11px 0;border-top:1px solid var(--line);counter-increment:spot}
.spots li:first-child{border-top:0;padding-top:0}.spots li:last-child{padding-bottom:0}
.spots li::before{content:counter(spot);color:var(--muted);font-size:13px;font-variant-numeric:tabular-nums;text-align:right}
.spots .path{font-size:14px}
.spots p{margin:1px 0 0;color:var(--muted);font-size:13.5px}
.gauges{display:grid;grid-template-columns:auto 1fr;gap:4px 10px;align-items:center;color:var(--muted);font-size:12px;line-height:1.25}
.bar{flex:1;height:8px;background:var(--track);border-radius:4px;overflow:hidden}
.bar i{display:block;height:100%;background:var(--bar);border-radius:4px}
.gauges .bar:nth-child(2) i{background:var(--accent)}
.path{overflow-wrap:anywhere}.dir,.at{color:var(--muted)}.base{font-weight:600}
.strip{display:flex;gap:2px;height:22px;border-radius:5px;overflow:hidden}
.strip i{min-width:2px}
.rows{margin:16px 0 0;padding:0;list-style:none;font-variant-numeric:tabular-nums}
.rows li{display:flex;gap:12px;align-items:center;padding:5px 0}
.swatch{width:11px;height:11px;border-radius:3px;flex:none}
.grow{flex:1;min-width:0}.quiet,.share{color:var(--muted);font-size:13px}.share{width:52px;text-align:right}
.rows b,.bars b{font-weight:600}
.columns{display:flex;gap:6px;height:204px}
.column{flex:1;min-width:0;display:flex;flex-direction:column;text-align:center;font-size:12px;color:var(--muted);font-variant-numeric:tabular-nums}
.room{flex:1;display:flex;flex-direction:column;justify-content:flex-end;min-height:0;border-bottom:1px solid var(--line)}
.room i{display:block;flex:none;max-height:calc(100% - 20px);background:var(--bar);border-radius:4px 4px 0 0}
.value{color:var(--ink);font-weight:600}
.name{margin-top:6px;white-space:nowrap}
.axis-note{margin:6px 0 0;color:var(--muted);font-size:12.5px;text-align:center}
.bars{margin:0;padding:0;list-style:none;font-variant-numeric:tabular-nums}
.bars li{display:grid;grid-template-columns:minmax(0,1.35fr) minmax(0,1fr) 52px;gap:16px;align-items:center;padding:7px 0;border-top:1px solid var(--line)}
.bars li:first-child{border-top:0;padding-top:0}.bars li:last-child{padding-bottom:0}
.bars b{text-align:right}
.bar-text{line-height:1.4}
.bar-text code{display:block;font-weight:600;overflow-wrap:anywhere}
.bar-text .path{font-size:12px}.bar-text .base{font-weight:400;color:var(--muted)}
.found{margin:0;padding:0;list-style:none}
.found>li{padding:10px 0;border-top:1px solid var(--line)}
.found>li:first-child{border-top:0;padding-top:0}.found>li:last-child{padding-bottom:0}
.found .path{display:block;font-size:12.5px;line-height:1.5}
.found p{margin:0 0 2px;overflow-wrap:anywhere}
.chip{display:inline-block;margin-right:8px;padding:0 7px;border-radius:5px;background:var(--track);color:var(--muted);font-size:11px;font-weight:650;letter-spacing:.03em;line-height:19px;vertical-align:1px}
.FIXME,.HACK{background:var(--accent-soft);color:var(--accent)}
details{margin-top:10px}summary{cursor:pointer;color:var(--muted);font-size:13.5px}
details .found{margin-top:12px;border-top:1px solid var(--line);padding-top:10px}
.tools{display:none;gap:14px;align-items:center;margin-bottom:12px;color:var(--muted);font-size:13.5px}
.js .tools{display:flex}
#shown{white-space:nowrap}
#filter{flex:1;min-width:0;max-width:360px;padding:8px 12px;border:1px solid var(--line);border-radius:8px;background:var(--bg);color:var(--ink);font:inherit;font-size:14px}
#filter:focus-visible,button:focus-visible,summary:focus-visible{outline:2px solid var(--bar);outline-offset:1px}
table{width:100%;border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums}
th,td{padding:7px 8px;text-align:right;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
th:first-child,td:first-child{padding-left:0;text-align:left;white-space:normal}
th:nth-child(2),td:nth-child(2){text-align:left}
th:last-child,td:last-child{padding-right:0}
tr:last-child td{border-bottom:0}
th{position:sticky;top:0;background:var(--card);vertical-align:bottom}
th button{padding:0;border:0;background:none;color:var(--muted);font:inherit;font-size:12.5px;font-weight:600;cursor:pointer}
th button:hover,th[aria-sort] button{color:var(--ink)}
th[aria-sort=descending] button::after{content:" ↓"}th[aria-sort=ascending] button::after{content:" ↑"}
#more{display:none;margin:14px auto 0;padding:7px 16px;border:1px solid var(--line);border-radius:8px;background:none;color:var(--ink);font:inherit;font-size:13.5px;cursor:pointer}
.js #more:not([hidden]){display:block}
footer{margin-top:56px;padding-bottom:56px;color:var(--muted);font-size:13.5px}
footer>div{border-top:1px solid var(--line);padding-top:20px;max-width:none}
footer h2{font-size:15px;color:var(--ink);margin-top:16px}footer h2:first-child{margin-top:0}
footer p{max-width:78ch;margin:4px 0 0}footer ul{margin:4px 0 0;padding-left:18px}
#tip{position:fixed;display:none;z-index:9;max-width:min(360px,90vw);padding:8px 11px;border-radius:8px;background:#14181d;color:#cfd3d7;border:1px solid #39414b;font-size:12.5px;line-height:1.45;pointer-events:none;overflow-wrap:anywhere}
#tip b{color:#fff;font-weight:600}
${scales}
@media (max-width:1000px){.cards{grid-template-columns:repeat(3,minmax(0,1fr))}.pair{grid-template-columns:minmax(0,1fr)}}
@media (max-width:960px){.wide{display:none}.medium{display:block}}
@media (max-width:860px){.c-low{display:none}}
@media (max-width:600px){main,header,footer{padding:0 16px}header{padding-top:32px}.lead{font-size:16px}.cards{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px;margin-top:24px}.card{padding:13px 14px 12px}.card .figure{font-size:24px}section{margin-top:40px}.pair{gap:40px;margin-top:40px}.panel{padding:16px 14px}.medium{display:none}.compact{display:block;margin:0 -4px}.legend{justify-content:flex-start}.spots li{grid-template-columns:18px minmax(0,1fr);gap:4px 10px;align-items:start}.gauges{grid-column:2}.bars li{grid-template-columns:minmax(0,1fr) 46px;gap:4px 12px}.bars .bar{grid-column:1;grid-row:2}.bars b{grid-column:2;grid-row:2}.bar-text{grid-column:1/-1}.bar{height:6px}.columns{gap:4px}.column{font-size:11px}.c-mid{display:none}th,td{padding:7px 6px}}
@media print{.tools,#more{display:none!important}.card,.panel{box-shadow:none}}
`;
