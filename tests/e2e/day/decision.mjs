// The office looks at the one open question, with everybody's words before it, and decides by a click.
import * as cast from './cast.mjs';

export async function lookAtConflict(world) {
  const { story, phones, records } = world;
  story.chapter('办公室：同一户有两种说法', 'The office: two accounts of one household');
  for (const phone of [phones.li, phones.wang, phones.zhou, phones.zhao]) {
    const { fields } = await phone.show(records.household);
    const authors = fields.summary.values.flatMap((value) => value.writes.map((write) => write.author)).sort();
    story.check(`${phone.name}的手机：“情况”有两种说法待定，“需求”没有冲突`,
      `${phone.english}'s phone: two summaries await a decision, the needs are merged`,
      fields.summary.conflict && authors.join() === ['李明', '王芳'].sort().join() && sameNeeds(fields.needs),
      JSON.stringify({ authors, summary: fields.summary, needs: fields.needs }, null, 1));
  }
}

const sameNeeds = (needs) =>
  !needs.conflict && needs.values.map(({ value }) => value).sort().join() ===
    [cast.li_edit.add, cast.wang_edit.add].sort().join();

export async function decide(world) {
  const { story, office } = world;
  await office.login(world.account);
  const choices = await office.openChoices();
  story.checkEqual('办公室网页上正好有一个待定冲突、两个选择', 'the office page shows one open conflict with two choices',
    [new Set(choices.map(({ conflict }) => conflict)).size, choices.length], [1, 2]);
  const page = await office.everythingReadable();
  const needed = [cast.li_edit.summary, cast.wang_edit.summary, '李明', '王芳', cast.people.li.device,
    cast.people.wang.device];
  story.checkNone('网页上两种说法俱在，写明谁写的、哪部手机、什么时候', 'it shows both accounts, with author, device and time',
    [...needed.filter((text) => !page.includes(text)), ...(/\d{4}-\d\d-\d\d \d\d:\d\d/.test(page) ? [] : ['a time'])]);
  story.tell(`李明写：${cast.li_edit.summary}`, 'Li Ming wrote: the crack is a finger wider, the clinic comes on Monday.');
  story.tell(`王芳写：${cast.wang_edit.summary}`, 'Wang Fang wrote: the son is back, mend the wall before the rains.');
  await office.choose(choices.find(({ words }) => words.includes(cast.wang_edit.summary)));
  story.tell('办公室采用了王芳的说法；李明的说法留在历史里。', "The office takes Wang Fang's words; Li Ming's stay in the history.");
  story.checkEqual('网页上不再有待定冲突', 'no open conflict is left on the page', (await office.openChoices()).length, 0);
}

export async function backUp(world) {
  const { story, server, workspace } = world;
  await server.backup(workspace.path('backup.sqlite'));
  story.tell('办公室做了一次在线备份；各手机再同步两次。', 'The office makes an online backup; every phone syncs twice more.');
  await world.syncAll();
  const { order, reports } = await world.syncAll();
  const idle = reports.map((report, i) => ({ name: order[i].name, ...report }));
  const heavy = idle.filter((report) => report.round_trips !== 1 || report.pushed + report.pulled > 0);
  story.checkNone('无变化的同步只有一个来回', 'a sync without news is one round trip', heavy.map((r) => JSON.stringify(r)));
  const bytes = Math.max(...idle.map((report) => report.sent_bytes + report.received_bytes));
  story.check(`无变化的同步正文合计至多 600 字节（最多 ${bytes}）`, `and at most 600 bytes of bodies (the largest: ${bytes})`,
    bytes <= 600);
}
