// From numbers to what is printed and written: medians over the rounds, and ratios made round by round.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { candidates } from './candidates.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const RESULTS = here('results');
/** Above this the load generator may have been the limit, not the server. */
const GENERATOR_BUSY = 0.95;

/** Where and how this run takes place. */
export function machine({ isPinned, options }) {
  const facts = {
    date: new Date().toISOString(),
    cpu: cpus()[0].model,
    cores: cpus().length,
    node: process.version,
    system: type(),
    loadAverage: loadavg()[0],
    isPinned,
    options,
    peers: versions(),
  };
  const pinning = isPinned
    ? 'servers on core 0, the load generator on core 1'
    : 'NOT pinned (no taskset, or one core): servers and load generator share the cores';
  const text = [
    `${facts.cpu}, ${cpus().length} cores, Node ${facts.node}, ${facts.date}`,
    `${pinning}; load average before the start ${facts.loadAverage.toFixed(2)}; ${options.rounds} rounds`,
  ];
  return { facts, text: text.join('\n') };
}

function versions() {
  const { dependencies } = JSON.parse(readFileSync(here('package.json'), 'utf8'));
  const version = (name) =>
    JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), 'utf8')).version;
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, version(name)]));
}

/** @param rounds per round, the numbers of each candidate by its name */
export function summarise({ name, title, columns, compare, candidates: names }, rounds, ours) {
  const results = Object.fromEntries(
    names.map((candidate) => {
      const own = rounds.map((round) => round[candidate]);
      const medians = Object.fromEntries(
        Object.keys(own[0]).map((key) => [key, median(own.map((numbers) => numbers[key]))]),
      );
      const ratios = rounds.map((round) => round[ours][compare] / round[candidate][compare]);
      return [candidate, { medians, ratio: median(ratios), ratios, rounds: own }];
    }),
  );
  return { name, title, columns, compare, ours, results };
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The table of one scenario. */
export function show({ title, columns, compare, ours, results }) {
  const keys = Object.keys(columns);
  const ratioTitle = `ours/peer (${columns[compare]})`;
  let isGeneratorBusy = false;
  const rows = Object.entries(results).map(([name, { medians, ratio, ratios }]) => {
    const isBusy = medians.generator > GENERATOR_BUSY;
    isGeneratorBusy ||= isBusy;
    const range = `(${digits(Math.min(...ratios))} to ${digits(Math.max(...ratios))})`;
    return [
      candidates[name].label + (isBusy ? ' *' : ''),
      ...keys.map((key) => (medians[key] === undefined ? '' : digits(medians[key]))),
      name === ours ? '' : `${digits(ratio)}  ${range}`,
    ];
  });
  const table = aligned([['', ...Object.values(columns), ratioTitle], ...rows]);
  const note = isGeneratorBusy
    ? '* the load generator was busy all the time: the server may be faster\n'
    : '';
  return `\n${title}\n${table}\n${note}`;
}

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

function digits(number) {
  if (!Number.isFinite(number)) return '–';
  const decimals = number >= 100 ? 0 : number >= 10 ? 1 : 2;
  return number.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Writes everything measured; the path. */
export function write(result) {
  mkdirSync(RESULTS, { recursive: true });
  const path = `${RESULTS}/latest.json`;
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}
