"""How a report looks: on a light page, on a dark one, and on paper."""

STYLE = """
:root { color-scheme: light dark; --paper: #fafafa; --ink: #1c1c1c; --dim: #636363; --line: #dcdcdc; --well: #fff;
  --bar: #b9b9b9; --best: #b5460f; --band: #b5460f22; --attention: #775900; }
@media (prefers-color-scheme: dark) { :root { --paper: #151515; --ink: #e9e9e9; --dim: #a0a0a0; --line: #2e2e2e;
  --well: #101010; --bar: #5a5a5a; --best: #f28b4b; --band: #f28b4b30; --attention: #e2c34f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI",
  "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 18px; margin: 40px 0 8px; }
h3 { font-size: 14px; margin: 20px 0 4px; } h3 small, header p, .dim, figcaption, .figure { color: var(--dim); font-weight: 400; }
p { margin: 4px 0; } .finding { font-size: 16px; margin-top: 16px; } .attention { color: var(--attention); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 8px 32px; }
svg { width: 100%; max-width: 560px; height: auto; display: block; font-size: 12px; fill: var(--ink); }
svg .bar { fill: var(--bar); } svg .best { fill: var(--best); } svg .figure { fill: var(--dim); }
svg .whisker { stroke: var(--ink); fill: none; } svg .axis { stroke: var(--line); fill: none; } svg .band { fill: var(--band); }
svg .curve { fill: none; stroke-width: 2; } svg .mark { stroke: var(--paper); stroke-width: 2; }
.c0 { --c: var(--best); } .c1 { --c: #3b7dbf; } .c2 { --c: #3f9a6b; } .c3 { --c: #9a6fc4; } .c4 { --c: #b58b00; } .c5 { --c: #8a8a8a; }
svg .curve { stroke: var(--c); } svg .mark, .key i { fill: var(--c); background: var(--c); }
.key { display: flex; flex-wrap: wrap; gap: 4px 16px; } .key i { display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin-right: 6px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; } td small { display: block; color: var(--dim); white-space: nowrap; } tr.first td { font-weight: 600; }
tr.first td small { font-weight: 400; }
.grid td { text-align: center; padding: 8px 14px; border: 1px solid var(--paper); } .grid th { border: 0; }
.group { border-top: 1px solid var(--line); padding: 12px 0; break-inside: avoid; }
.shown { display: flex; flex-wrap: wrap; gap: 12px; } figure { margin: 0; width: 168px; }
figure.near { width: 100px; } figure img, .none { width: 100%; display: block; background: var(--well); }
.none { aspect-ratio: 1; display: grid; place-items: center; color: var(--dim); border: 1px dashed var(--line); }
figcaption { font-size: 12px; line-height: 1.4; margin-top: 4px; overflow-wrap: anywhere; } figcaption b { color: var(--ink); font-weight: 600; }
code { font: 12px/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; overflow-wrap: anywhere; } ol { padding-left: 24px; }
summary { cursor: pointer; }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --dim: #555; --line: #ccc; --well: #fff; --bar: #aaa;
  --best: #a03c0a; --band: #a03c0a22; } main { max-width: none; padding: 0; } h2, h3 { break-after: avoid; }
  svg, tr, figure { break-inside: avoid; } details::details-content { content-visibility: visible; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
