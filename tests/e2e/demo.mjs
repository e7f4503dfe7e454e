// The demo: one day of five people in two townships, played against the real programs, told and checked.
//   node tests/e2e/demo.mjs --bin-dir build/release/bin [--keep] [--lang zh-CN|en|both] [--seed N]
// Exit status 0: every check passed. 1: one failed, or the day could not be played. 2: the command line is wrong.
import { backUp, decide, lookAtConflict } from './day/decision.mjs';
import { comeHome } from './day/evening.mjs';
import { openOffice, registerHousehold } from './day/opening.mjs';
import * as proof from './day/proof.mjs';
import { goOffline, otherWork, tryToSync, visitHousehold } from './day/villages.mjs';
import { World } from './day/world.mjs';
import { parseArguments } from './lib/arguments.mjs';
import { findPrograms } from './lib/program.mjs';
import { Random } from './lib/random.mjs';
import { Story } from './lib/story.mjs';
import { layOut } from './lib/table.mjs';
import { Workspace } from './lib/workspace.mjs';

const stopSignals = ['SIGINT', 'SIGTERM'];
const usage = 'node tests/e2e/demo.mjs --bin-dir DIR [--keep] [--lang zh-CN|en|both] [--seed N]';

function readArguments() {
  try {
    const given = parseArguments(process.argv.slice(2),
      { 'bin-dir': 'text', keep: 'switch', lang: ['zh-CN', 'en', 'both'], seed: 'text' });
    if (!given['bin-dir']) throw new Error('--bin-dir is missing: the folder of doorstep-server and doorstep');
    const seed = Number(given.seed ?? 2);
    if (!Number.isInteger(seed) || seed < 0) throw new Error('--seed takes a whole number');
    return { programs: findPrograms(given['bin-dir']), keep: Boolean(given.keep), lang: given.lang ?? 'both', seed };
  } catch (error) {
    console.error(`demo: ${error.message}\n${usage}`);
    process.exit(2);
  }
}

async function playDay(world) {
  await openOffice(world);
  await registerHousehold(world);
  await goOffline(world);
  await visitHousehold(world);
  await otherWork(world);
  await tryToSync(world);
  await comeHome(world);
  await proof.checkExactlyOnce(world, 0);
  await proof.checkDigests(world);
  await lookAtConflict(world);
  await proof.checkClock(world);
  await decide(world);
  await backUp(world);
}

async function checkDay(world) {
  world.story.chapter('最后查账', 'The books at the end');
  await proof.checkExactlyOnce(world, 1); // the office's decision is a commit too
  await proof.checkDigests(world);
  await proof.checkStates(world);
  await proof.checkSettled(world);
  await proof.checkWords(world);
  await proof.checkOutboxes(world);
}

async function printTable(world) {
  const heads = {
    'zh-CN': ['手机', '区域', '记录', '同步', '上传', '收到', '来回', '发送 B', '接收 B', '用时 ms'],
    en: ['phone', 'area', 'records', 'syncs', 'pushed', 'pulled', 'trips', 'bytes up', 'bytes down', 'ms'],
  };
  const rows = await Promise.all(world.all.map(async (phone) => {
    const { syncs, pushed, pulled, round_trips, sent_bytes, received_bytes, ms } = phone.cost;
    const records = (await phone.list()).length;
    const english = world.story.lang === 'en', { place } = phone.person;
    const who = english ? [phone.english, place.en] : [phone.name, place.zh];
    return [...who, records, syncs, pushed, pulled, round_trips, sent_bytes, received_bytes, Math.round(ms)];
  }));
  world.story.print('\n' + layOut(world.story.lines(heads['zh-CN'], heads.en), rows));
}

/** Leaves everything running for a look around, until Ctrl-C. */
function waitForInterrupt(world) {
  const { story, server, programs, workspace } = world;
  story.chapter('服务器继续运行', 'The server keeps running');
  story.print(`  ${server.url}/office`);
  const { name, password, secret } = world.account;
  story.tell(`账号 ${name}，密码 ${password}，验证器密钥 ${secret}`, `account ${name}, password ${password}, app's secret ${secret}`);
  story.tell(`证书：${server.caFile}`, 'the certificate authority, for a browser to trust');
  story.tell(`数据：${workspace.folder}（停止后不删除）`, 'the data; not removed afterwards');
  story.print(`  ${programs.phone} --phone ${world.phones.li.folder} list`);
  story.tell('按 Ctrl-C 停止。', 'Ctrl-C stops it.');
  const alive = setInterval(() => {}, 60_000);
  return new Promise((done) => stopSignals.forEach((signal) => process.removeAllListeners(signal).once(signal, done)))
    .finally(() => clearInterval(alive));
}

async function main() {
  const { programs, keep, lang, seed } = readArguments();
  // Through exit(), so that the server is not left behind (lib/program.mjs).
  stopSignals.forEach((signal) => process.once(signal, () => process.exit(1)));
  const story = new Story(lang), startedMs = performance.now();
  const workspace = new Workspace('demo');
  const world = new World({ programs, workspace, story, random: new Random(seed) });
  story.tell(`入户通演示：太和县两个乡镇的一天（种子 ${seed}）`, `Doorstep demo: a day in two townships of Taihe (seed ${seed})`);
  try {
    await playDay(world);
    await checkDay(world);
    await printTable(world);
  } catch (error) {
    story.check('演示没有演完', 'the day could not be played to its end', false, error.stack);
  }
  story.tell(`用时 ${seconds(startedMs)} 秒。`, `It took ${seconds(startedMs)} s.`);
  story.print(`\ndemo: ${story.passed} checks passed, ${story.failed} failed`);
  if (keep && world.server.child?.exitCode === null) await waitForInterrupt(world);
  await world.close();
  if (story.failed > 0) story.print(`demo: what is left of it: ${workspace.folder}`);
  if (story.failed === 0 && !keep) workspace.remove();
  process.exit(story.failed === 0 ? 0 : 1);
}

const seconds = (startedMs) => ((performance.now() - startedMs) / 1000).toFixed(1);

await main();
