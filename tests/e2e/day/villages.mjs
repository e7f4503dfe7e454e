// In the villages, with no network: everybody writes, nothing can be sent, nothing is lost.
import * as cast from './cast.mjs';

const { places } = cast;

export async function goOffline(world) {
  world.story.chapter('白天，村里没有网络', 'During the day, no network in the villages');
  for (const line of world.lines.values()) line.goDown();
}

export async function visitHousehold(world) {
  const { story, phones, records } = world;
  const visit = async (phone, edit, words) => {
    const removes = edit.remove ? ['--remove-need', edit.remove] : [];
    const needs = ['--add-need', edit.add, ...removes];
    await phone.edit(records.household, places.bali.code, '--summary', edit.summary, ...needs);
    await phone.add('visit', places.bali.code, '--household', records.household, '--address', cast.household.address,
      '--summary', words.summary, '--note', words.note);
  };
  await visit(phones.li, cast.li_edit, cast.li_visit);
  story.tell(`李明走访这一户，改了情况，加了需求“${cast.li_edit.add}”，记了一次走访。`,
    'Li Ming visits the household: a new summary, one more need, a visit.');
  await visit(phones.wang, cast.wang_edit, cast.wang_visit);
  story.tell(`王芳随后也到，看到的仍是旧情况：改了情况，加“${cast.wang_edit.add}”，去“${cast.wang_edit.remove}”，也记了一次走访。`,
    'Wang Fang comes later and still sees the old words: another summary, a need added, one removed, a visit.');
}

export async function otherWork(world) {
  const { story, phones } = world;
  await caseVisit(phones.zhou);
  story.tell('周伟（副镇长）到万福村带案下访。', 'Zhou Wei, deputy township leader, takes a case to Wanfu village.');
  world.records.issues = [];
  for (const issue of cast.zhao_issues)
    world.records.issues.push(await phones.zhao.add('issue', places.bali.code, '--summary', issue.summary,
      '--category', issue.category, '--note', issue.note));
  story.tell('赵强报了三个问题，头两个其实是同一处下水道；先都留着，由人来并。',
    'Zhao Qiang reports three issues; two are the same blocked drain. Both stay until a person joins them.');
  await shuizhenVisit(phones.chen);
  story.tell('陈静在税镇镇孙楼村走访。', 'Chen Jing visits in the other township.');
}

async function caseVisit(phone) {
  const words = cast.zhou_case, village = places.wanfu.code;
  const home = await phone.add('household', village, '--address', words.address, '--summary', words.summary);
  await phone.add('visit', village, '--household', home, '--summary', words.visit, '--note', words.note);
}

async function shuizhenVisit(phone) {
  const words = cast.chen_day, village = places.sunlou.code;
  const home = await phone.add('household', village, '--address', words.address, '--summary', words.summary,
    '--need', words.need);
  await phone.add('visit', village, '--household', home, '--summary', words.visit, '--note', words.note);
  await phone.add('issue', village, '--summary', words.issue);
}

export async function tryToSync(world) {
  const { story, phones } = world;
  const before = await phones.li.status();
  const attempt = await phones.li.attempt('sync');
  const after = await phones.li.status();
  story.check('没有网络时同步：明说连不上（23），内容还在', 'a sync without network says so (23) and loses nothing',
    attempt.status === 23 && after.only_here === before.only_here && after.only_here > 0,
    `status ${attempt.status}, only_here ${before.only_here} then ${after.only_here}\n${attempt.stderr}`);
  const statuses = await Promise.all(world.all.map((phone) => phone.status()));
  const waiting = (name) => statuses.map(({ only_here }, i) => `${world.all[i][name]} ${only_here}`);
  story.tell(`还只在手机上的保存：${waiting('name').join('，')}。`,
    `Saves that are only on a phone so far: ${waiting('english').join(', ')}.`);
}
