/** The doctor's report for people. */

import type { DoctorRow } from 'vultus';
import type { DoctorReport } from '../commands/doctor.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';
import { hanging } from './wrap.ts';

/** Prints the report in four short parts. */
export function printDoctor(terminal: Terminal, report: DoctorReport): void {
  const { versions, machine, device, models } = report;
  const names = Object.entries(versions).map(([name, version]) =>
    name === 'platform' ? version : `${name} ${version}`,
  );
  terminal.line(names.join(', '));
  terminal.line(`${machine.cpu}, ${machine.cores} cores, ${(machine.memoryMb / 1024).toFixed(1)} GB`);
  if ('error' in device) printError(terminal, 'device   ', device.error);
  else terminal.line(`device   ${device.actual}`);
  if ('error' in models) printError(terminal, 'models   ', `none: ${models.error}`);
  else terminal.line(`models   ${models.count}`);
  terminal.line('');
  printPackages(terminal, report.packages);
  printDevices(terminal, report.rows);
  printReasons(terminal, report);
}

function printError(terminal: Terminal, label: string, error: string): void {
  for (const line of hanging(label, error, terminal.width)) terminal.line(terminal.style('red', line));
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

/** Features down, devices that work across. */
function printDevices(terminal: Terminal, rows: readonly DoctorRow[]): void {
  const devices = [...new Set(rows.map(({ device }) => device))];
  const features = [...new Set(rows.map(({ feature }) => feature))];
  const cell = (row: DoctorRow | undefined): string => {
    if (row === undefined) return '';
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
  if (tried.length === 0) return;
  terminal.line('');
  for (const line of tableLines(columns, body, (text) => terminal.style('dim', text))) terminal.line(line);
}

/** Why a device is not there, each reason once: what `auto` passed over is said of the device itself. */
function printReasons(terminal: Terminal, { device, rows }: DoctorReport): void {
  const said = rows.flatMap(({ device: tried, reason }) => (reason === undefined ? [] : [`${tried}: ${reason}`]));
  if ('actual' in device && device.reason !== undefined) said.push(`${device.requested}: ${device.reason}`);
  const reasons = new Set(said);
  const news = [...reasons].filter((line) => !reasons.has(line.slice(line.indexOf(': ') + 2)));
  if (news.length > 0) terminal.line('');
  for (const line of news) {
    const start = line.indexOf(': ') + 2;
    const lines = hanging(line.slice(0, start), line.slice(start), terminal.width);
    for (const part of lines) terminal.line(terminal.style('dim', part));
  }
}
