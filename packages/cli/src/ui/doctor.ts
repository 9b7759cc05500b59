/** The doctor's report for people. */

import type { DoctorRow } from 'vultus';
import type { DoctorReport } from '../commands/doctor.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Prints the report in four short parts. */
export function printDoctor(terminal: Terminal, report: DoctorReport): void {
  const { versions, machine, device, models } = report;
  const names = Object.entries(versions).map(([name, version]) =>
    name === 'platform' ? version : `${name} ${version}`,
  );
  terminal.line(names.join(', '));
  terminal.line(`${machine.cpu}, ${machine.cores} cores, ${(machine.memoryMb / 1024).toFixed(1)} GB`);
  if ('error' in device) terminal.line(`device   ${terminal.style('red', device.error)}`);
  else terminal.line(`device   ${device.actual}${device.reason === undefined ? '' : `  (${device.reason})`}`);
  terminal.line(
    'error' in models ? `models   ${terminal.style('red', `none: ${models.error}`)}` : `models   ${models.count}`,
  );
  terminal.line('');
  printPackages(terminal, report.packages);
  if (report.rows.length === 0) return;
  terminal.line('');
  printDevices(terminal, report.rows);
}

function printPackages(terminal: Terminal, packages: DoctorReport['packages']): void {
  const rows = packages.map(({ name, version, purpose }) => [
    name,
    version ?? terminal.style('yellow', `npm install ${name}`),
    purpose,
  ]);
  const columns = [{ title: 'package' }, { title: 'version' }, { title: 'needed for' }];
  for (const line of tableLines(columns, rows, (text) => terminal.style('dim', text))) terminal.line(line);
}

/** Features down, devices across; the reasons below, each once. */
function printDevices(terminal: Terminal, rows: readonly DoctorRow[]): void {
  const devices = [...new Set(rows.map(({ device }) => device))];
  const features = [...new Set(rows.map(({ feature }) => feature))];
  const reasons = new Map<string, string>();
  const cell = (row: DoctorRow | undefined): string => {
    if (row === undefined) return '';
    if (row.reason !== undefined) reasons.set(`${row.device}: ${row.reason}`, row.device);
    if (row.status === 'unavailable') return terminal.style('dim', 'not available');
    const text = `${(row.ms ?? 0).toFixed(1)} ms`;
    return row.status === 'opens' ? terminal.style('green', text) : `${text} on ${row.actual ?? '?'}`;
  };
  const tried = devices.filter((device) => rows.some((row) => row.device === device && row.status !== 'unavailable'));
  const columns = [{ title: 'feature' }, ...tried.map((title) => ({ title, align: 'right' as const }))];
  const body = features.map((feature) => [
    feature,
    ...tried.map((device) => cell(rows.find((row) => row.feature === feature && row.device === device))),
  ]);
  if (tried.length > 0)
    for (const line of tableLines(columns, body, (text) => terminal.style('dim', text))) terminal.line(line);
  for (const row of rows) cell(row);
  if (reasons.size > 0) terminal.line('');
  for (const reason of reasons.keys()) terminal.line(terminal.style('dim', reason));
}
