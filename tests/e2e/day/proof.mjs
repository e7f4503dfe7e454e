// What the day must show, checked on every replica: nothing lost, nothing twice, nothing where it does not belong.
import * as cast from './cast.mjs';

/** Every string anywhere in a JSON value. */
export function stringsIn(json) {
  if (typeof json === 'string') return [json];
  if (json === null || typeof json !== 'object') return [];
  return Object.values(json).flatMap(stringsIn);
}

const sees = (phone, division) => phone.person.areas.some((area) => cast.covers(area, division));

export async function checkExactlyOnce(world, officeCommits) {
  const statuses = await Promise.all(world.all.map((phone) => phone.status()));
  const saved = statuses.reduce((sum, status) => sum + status.saved, 0);
  world.story.checkEqual(`服务器上恰有 ${saved + officeCommits} 次保存：断线、重传、被杀都没有丢失或重复`,
    `the server has exactly ${saved + officeCommits} commits: no cut, retry or kill lost or doubled one`,
    (await world.server.verify()).commits, saved + officeCommits);
}

/** Per-stream position and digest of each phone against the server's; and that it has all streams of its area. */
export async function checkDigests(world) {
  const { heads } = await world.server.verify();
  const wrong = [];
  for (const phone of world.all) {
    const own = canonical((await phone.status()).streams);
    const expected = canonical(heads.filter((head) => sees(phone, head.area)));
    if (own !== expected || own === '') wrong.push(`${phone.name} has [${own}], the server [${expected}]`);
  }
  world.story.checkNone(`各手机每条流的位置和摘要与服务器一致（${heads.length} 条流）`,
    `position and digest of each stream are the server's on every phone (${heads.length} streams)`, wrong);
}

const canonical = (heads) => heads.filter(({ position }) => position > 0)
  .map(({ area, position, digest }) => `${area}@${position}:${digest}`).sort().join(' ');

export async function checkStates(world) {
  const { li, wang, zhou } = world.phones;
  const states = await Promise.all([li, wang, zhou].map(async (phone) => (await phone.verify()).state));
  world.story.check('同一区域三部手机的数据状态逐字节一致', 'the three phones of one area have the same state, byte for byte',
    /^[0-9a-f]{32,64}$/.test(states[0]) && new Set(states).size === 1, states.join(' '));
}

/** Everything that a phone can show. `words`: record -> what was ever written to it. */
async function everythingOn(phone) {
  const records = await phone.list();
  const shown = await Promise.all(records.map(async ({ id }) => [await phone.show(id), await phone.log(id)]));
  const rest = await Promise.all([phone.status(), phone.conflicts()]);
  const words = new Map(records.map(({ id }, i) => [id, new Set(stringsIn(shown[i]))]));
  return { records, words, strings: new Set(stringsIn([records, shown, rest])) };
}

export async function checkWords(world) {
  const { story, office } = world;
  const views = await Promise.all(world.all.map(everythingOn));
  const missing = [], leaked = [];
  world.all.forEach((phone, i) => {
    for (const { text, record, division, by } of world.typed) {
      const shared = world.typed.some((other) => other.text === text && sees(phone, other.division));
      if (sees(phone, division) && !views[i].words.get(record)?.has(text))
        missing.push(`${phone.name} lacks ${by}: ${text}`);
      if (!shared && views[i].strings.has(text)) leaked.push(`${phone.name} holds ${by}: ${text}`);
      if (!sees(phone, division) && views[i].strings.has(record)) leaked.push(`${phone.name} knows ${record}`);
    }
    leaked.push(...foreignRecords(phone, views[i].records));
  });
  const count = world.typed.length;
  story.checkNone(`${count} 处输入，在各自区域的每部手机上都找得到（现值、待定说法或历史）`,
    `all ${count} texts are on every phone of their area: value, alternative or history`, missing);
  const atOffice = await office.everythingReadable();
  const lost = world.typed.filter(({ text }) => !atOffice.includes(text)).map(({ text, by }) => `${by}: ${text}`);
  story.checkNone('在办公室网页上也都找得到', 'and all of them can be read at the office', lost);
  story.checkNone('没有一条记录、一个字出现在区域以外的手机上', 'no record and no word is on a phone outside its area', leaked);
  const hers = views[world.all.indexOf(world.phones.chen)].records;
  story.check(`陈静只看到自己的 ${hers.length} 条记录`, `Chen Jing sees her own ${hers.length} records only`,
    hers.length === 3 && hers.every(({ division }) => division === cast.places.sunlou.code));
}

const foreignRecords = (phone, records) => records.filter(({ division }) => !sees(phone, division))
  .map(({ id, division }) => `${phone.name} lists ${id} of ${division}`);

export async function checkSettled(world) {
  const { story, phones, records } = world;
  for (const phone of [phones.li, phones.wang, phones.zhou, phones.zhao]) {
    const [{ fields }, entries] = [await phone.show(records.household), await phone.log(records.household)];
    const values = fields.summary.values.map(({ value }) => value);
    const old = entries.find((entry) => entry.field === 'summary' && entry.value === cast.li_edit.summary);
    story.check(`${phone.name}的手机：采用一种说法，另一种在历史里`, `${phone.english}'s phone: one account stands, the other is history`,
      !fields.summary.conflict && values.length === 1 && values[0] === cast.wang_edit.summary && old && !old.live,
      JSON.stringify({ values, old }));
  }
}

export async function checkOutboxes(world) {
  const statuses = await Promise.all(world.all.map((phone) => phone.status()));
  const wrong = statuses.filter((s) => s.only_here !== 0 || s.backed_up !== s.saved || s.held.length > 0)
    .map((s) => `${s.author}: ${s.only_here} only here, ${s.received} received, ${s.backed_up} safe of ${s.saved}`);
  world.story.checkNone('没有一条只在手机上，全部已备份，没有扣留', 'nothing is only on a phone, all is backed up, none is held', wrong);
}

export async function checkClock(world) {
  const { fields } = await world.phones.li.show(world.records.household);
  const [write] = fields.needs.values.find(({ value }) => value === cast.wang_edit.add).writes;
  const offMinutes = Math.round(Math.abs(Date.now() - write.time_ms) / 60_000);
  world.story.check('王芳手机慢三天，她写的时间已按服务器校正', "Wang Fang's slow clock is corrected in the times shown",
    offMinutes <= 10, `off by ${offMinutes} minutes`);
}
