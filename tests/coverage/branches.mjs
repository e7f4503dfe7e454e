// Reads gcovr's JSON and the list of branches left out on purpose; prints how many branches of core/merge and core/sync
// the tests take, and every one that they do not. Exits 1 below 98 %, on a branch that is neither taken nor named, and
// on a name that nothing bears any more.
//   node tests/coverage/branches.mjs BRANCHES.json LEFT_OUT.txt
import { readFileSync } from 'node:fs';

const sharePercentMin = 98;
const [jsonPath, leftOutPath] = process.argv.slice(2);

/// "core/sync/frame.cpp: code of the line": what an entry of the list names. Line numbers would change with every edit.
const nameOf = (file, line) =>
    `${file}: ${readFileSync(file, 'utf8').split('\n')[line - 1].replace(/\/\/.*$/, '').trim()}`;

/// The list: a name, then its reason in the indented lines below.
function readLeftOut(path) {
    const reasons = new Map();
    let name = '';
    for (const line of readFileSync(path, 'utf8').split('\n')) {
        if (line.startsWith('#') || line.trim() === '') continue;
        if (/^\s/.test(line)) reasons.set(name, `${reasons.get(name)} ${line.trim()}`.trim());
        else reasons.set((name = line.trim()), '');
    }
    return reasons;
}

const totals = new Map();
const missed = []; // {name, line, count}: a line of which `count` branches are not taken
for (const { file, lines } of JSON.parse(readFileSync(jsonPath, 'utf8')).files) {
    const total = { taken: 0, all: 0 };
    for (const { line_number: line, branches } of lines) {
        const untaken = branches.filter((branch) => branch.count === 0).length;
        total.all += branches.length;
        total.taken += branches.length - untaken;
        if (untaken > 0) missed.push({ name: nameOf(file, line), where: `${file}:${line}`, untaken });
    }
    totals.set(file, total);
}

const percent = ({ taken, all }) => (all === 0 ? 100 : (100 * taken) / all);
const sum = { taken: 0, all: 0 };
for (const [file, total] of totals) {
    sum.taken += total.taken;
    sum.all += total.all;
    console.log(`${file.padEnd(34)} ${String(total.taken).padStart(5)} of ${String(total.all).padStart(5)} branches ` +
        `${percent(total).toFixed(1).padStart(6)} %`);
}
console.log(`${'all'.padEnd(34)} ${String(sum.taken).padStart(5)} of ${String(sum.all).padStart(5)} branches ` +
    `${percent(sum).toFixed(1).padStart(6)} %`);

const leftOut = readLeftOut(leftOutPath);
const problems = [];
if (sum.all === 0) problems.push('no branch was counted at all');
if (percent(sum) < sharePercentMin) problems.push(`fewer than ${sharePercentMin} % of the branches are taken`);
for (const { name, where, untaken } of missed) {
    const reason = leftOut.get(name);
    console.log(`${where}: ${untaken} not taken: ${name.slice(name.indexOf(': ') + 2)}`);
    if (reason) console.log(`    ${reason}`);
    if (!reason) problems.push(`${where} is neither taken nor named with a reason in ${leftOutPath}`);
}
const names = new Set(missed.map(({ name }) => name));
for (const name of leftOut.keys())
    if (!names.has(name)) problems.push(`${leftOutPath} names what is taken, or not there: ${name}`);
for (const problem of problems) console.error(`coverage: ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
