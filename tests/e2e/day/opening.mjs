// The office opens: the server starts, five people enrol, and everybody knows the household before they go out.
import { readFileSync } from 'node:fs';

import { head, household, people, places } from './cast.mjs';

const divisions_file = new URL('../../../server/data/divisions.csv', import.meta.url);

export async function openOffice(world) {
  const { story, server, office } = world;
  story.chapter('早上，办公室', 'Morning, at the office');
  await server.start();
  const divisions = readFileSync(divisions_file, 'utf8').trim().split('\n').length - 1;
  story.tell(`服务器已启动，${divisions.toLocaleString('en')} 个真实区划在内。`,
    `The server runs; it knows ${divisions.toLocaleString('en')} real divisions.`);
  story.check('GET /healthz 不需身份即答 200', 'GET /healthz answers 200 without identity', await server.healthy());
  world.account = await office.activate(await server.invite(head));
  story.tell(`${head.name}（单位负责人，全县）用邀请码设置了密码和验证器。`,
    `${head.english}, its head, sets a password and an authenticator app with an invitation.`);
  await world.enrolAll();
  for (const person of Object.values(people))
    story.tell(`${person.name}（${roleName(person)}，${person.place.zh}）登记了“${person.device}”。`,
      `${person.english}, ${person.role.replace('_', ' ')}, enrols a phone for ${person.place.en}.`);
  story.tell('王芳的手机慢了三天，没人发现。', "Wang Fang's phone is three days slow; nobody notices.");
}

const roleName = (person) => ({ cadre: '干部', grid_worker: '网格员' })[person.role];

export async function registerHousehold(world) {
  const { story, phones, records } = world;
  records.household = await phones.zhao.add('household', places.bali.code, '--address', household.address,
    '--summary', household.summary, '--need', household.need);
  await phones.zhao.sync();
  await world.syncAll();
  story.tell(`赵强登记了${household.address}这一户，各手机同步。`, 'Zhao Qiang registers a household; every phone syncs.');
  const known = await holders(world, records.household);
  story.checkEqual('旧县镇四部手机都有这一户，税镇镇的没有', 'the four phones of Jiuxian have it, the one of Shuizhen has not',
    known, ['李明', '王芳', '周伟', '赵强']);
}

async function holders(world, record) {
  const lists = await Promise.all(world.all.map((phone) => phone.list('household')));
  return world.all.filter((_, i) => lists[i].some((row) => row.id === record)).map((phone) => phone.name);
}
