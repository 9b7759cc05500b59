/** Reports to read: one HTML file with its charts inside, for light and dark, screen and paper; and each chart as PNG. */

import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { VultusError } from 'vultus';
import { type LineChart, lineChart } from './chart.ts';
import { forPage, svgToPng } from './drawing.ts';
import { type HeatMap, heatMap } from './heat-map.ts';

/** A table of a report. The first column is a name, the others are figures. */
export interface ReportTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A part of a report: what it shows in one sentence, then the chart or the table or both. */
export interface ReportSection {
  readonly heading: string;
  readonly sentence: string;
  readonly chart?: Omit<LineChart, 'title' | 'caption'> | { readonly map: HeatMap };
  readonly table?: ReportTable;
}

/** A report. */
export interface Report {
  readonly title: string;
  /** What was measured on what, in a sentence. */
  readonly lead: string;
  readonly sections: readonly ReportSection[];
}

/**
 * Writes a report, and each chart as `<name>-charts/<number>.png` beside it.
 * @param file ends in `.html`
 * @throws VultusError `INVALID_ARGUMENT` for another ending
 */
export async function writeReport(file: string, report: Report): Promise<void> {
  if (!/\.html?$/i.test(file)) {
    throw new VultusError('INVALID_ARGUMENT', `Report: expected a file ending in .html, got ${file}`);
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, reportHtml(report));
  const charts = report.sections.flatMap((section) => (section.chart ? [section] : []));
  if (charts.length === 0) return;
  const folder = join(dirname(file), `${basename(file, extname(file))}-charts`);
  await mkdir(folder, { recursive: true });
  for (const [index, section] of charts.entries()) {
    await writeFile(join(folder, `${index + 1}.png`), await svgToPng(pictureOf(section)));
  }
}

/** The report as one self-contained HTML document: no script, nothing fetched. */
export function reportHtml({ title, lead, sections }: Report): string {
  const parts = sections.map((section) => {
    const table = section.table ? tableHtml(section.table) : '';
    return `<section><h2>${escaped(section.heading)}</h2><p>${escaped(section.sentence)}</p>${figureHtml(section)}${table}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${style}</style></head>
<body><main><header><h1>${escaped(title)}</h1><p class="lead">${escaped(lead)}</p></header>
${parts.join('\n')}
</main></body></html>
`;
}

/** Heading and sentence stand in a page, and in a picture of its own. */
function pictureOf({ heading, sentence, chart }: ReportSection): string {
  if (chart === undefined) return '';
  if ('map' in chart) return heatMap(chart.map);
  return lineChart({ title: heading, caption: shortened(sentence), ...chart });
}

/** The chart as a page shows it: one drawing for wide screens and paper, one for phones. */
function figureHtml({ sentence, chart }: ReportSection): string {
  if (chart === undefined) return '';
  const drawn = (room: 'wide' | 'narrow') => {
    const svg = 'map' in chart ? heatMap(chart.map, room) : lineChart({ title: '', ...chart }, room);
    return (
      forPage(svg)
        // The room of title and caption is cut away.
        .replace(/viewBox="0 0 (\d+) (\d+)"/, (whole, width, height) =>
          room === 'wide' ? `viewBox="0 56 ${width} ${Number(height) - 56}"` : whole,
        )
        .replace(/ width="\d+" height="\d+" font-family/, ' font-family')
        .replace(/<svg /, `<svg class="${room}" role="img" aria-label="${escaped(sentence)}" `)
    );
  };
  return `<figure>${drawn('wide')}${drawn('narrow')}</figure>`;
}

function tableHtml({ head, rows }: ReportTable): string {
  const cells = (row: readonly string[], tag: 'th' | 'td') =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${cells(head, 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`;
}

function shortened(sentence: string): string {
  return sentence.length <= 110 ? sentence : `${sentence.slice(0, sentence.lastIndexOf(' ', 107))} …`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = `
:root{color-scheme:light dark;--ink:#1f2733;--soft:#5b6675;--faint:#dfe3e8;--paper:#ffffff;--ground:#f5f6f8;
--series-1:#2563a8;--series-2:#c2572b;--series-3:#3c8a4e;--series-4:#7d4fa0;--series-5:#8a6d1f}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#a3adba;--faint:#343c48;--paper:#1a1f27;--ground:#12161c;
--series-1:#74aef0;--series-2:#f0935f;--series-3:#7cc98d;--series-4:#c09be0;--series-5:#d8b659}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--faint:#ccc;--paper:#fff;--ground:#fff;
--series-1:#2563a8;--series-2:#c2572b;--series-3:#3c8a4e;--series-4:#7d4fa0;--series-5:#8a6d1f}
section{break-inside:avoid;box-shadow:none!important}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 Inter,"Helvetica Neue",Helvetica,Arial,sans-serif}
main{max-width:860px;margin:0 auto;padding:32px 16px 64px}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 8px;text-wrap:balance}
h2{font-size:1.15rem;margin:0 0 4px}
p{margin:0 0 16px;color:var(--soft);max-width:68ch}
.lead{font-size:1.05rem}
section{background:var(--paper);border:1px solid var(--faint);border-radius:12px;padding:20px;margin:20px 0}
figure{margin:0 0 8px;overflow-x:auto}
figure svg{display:block;width:100%;height:auto}
figure svg.narrow{display:none}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.94rem}
th,td{padding:7px 10px;border-bottom:1px solid var(--faint);text-align:right;vertical-align:top}
th{color:var(--soft);font-weight:600}
th:first-child,td:first-child{text-align:left;padding-left:0}
td:not(:first-child){white-space:nowrap}
tbody tr:last-child td{border-bottom:0}
@media screen and (max-width:600px){main{padding:20px 10px 40px}h1{font-size:1.4rem}section{padding:14px 12px;margin:14px 0}
figure svg.wide{display:none}figure svg.narrow{display:block}table{font-size:.8rem;line-height:1.35}th,td{padding:7px 4px}}
`;
