// Evening: phones come back into the network, in any order, over bad lines, and the server dies in between.

/** Bytes of a request that get through before the cut: inside the body, past the HTTP head. */
const cut_bytes_min = 420, cut_bytes_range = 160;

export async function comeHome(world) {
  const { story, random, phones } = world;
  story.chapter('傍晚，有网络了', 'Evening, the network is back');
  for (const line of world.lines.values()) line.repair();
  const order = random.shuffled(world.all);
  const inOrder = (name) => order.map((phone) => phone[name]).join(' → ');
  story.tell(`同步顺序（打乱）：${inOrder('name')}。`, `Order of the phones, shuffled: ${inOrder('english')}.`);
  const special = new Map([[phones.li, syncOverCutLine], [phones.wang, syncWhileServerDies], [phones.zhao, syncTwice]]);
  for (const phone of order) await (special.get(phone) ?? syncOnce)(world, phone);
  await world.syncAll();
  story.tell('再同步一轮，让先来的也拿到后来的。', 'One more round, so that who came first has what came later.');
}

async function syncOnce({ story }, phone) {
  const report = await phone.sync();
  story.tell(`${phone.name}：上传 ${report.pushed}，收到 ${report.pulled}。`,
    `${phone.english}: pushed ${report.pushed}, pulled ${report.pulled}.`);
}

async function syncTwice(world, phone) {
  await syncOnce(world, phone);
  const again = await phone.sync();
  world.story.check(`${phone.name}紧接着又同步一次，什么也没有再传`, `${phone.english} syncs again: nothing is sent twice`,
    again.pushed === 0 && again.pulled === 0 && again.round_trips === 1, JSON.stringify(again));
}

async function syncOverCutLine(world, phone) {
  const { story, random } = world;
  const cutAt = cut_bytes_min + random.below(cut_bytes_range);
  const before = await phone.status();
  const cut = world.line(phone).cutRequestAfter(cutAt);
  const attempt = await phone.attempt('sync');
  const happened = await within(cut, 2000);
  const after = await phone.status();
  story.check(`${phone.name}的线路在第 ${cutAt} 字节断开：同步失败，内容一条不少`,
    `${phone.english}'s line is cut at byte ${cutAt} of the request: the sync fails, nothing is lost`,
    happened && attempt.status === 23 && after.only_here === before.only_here && after.saved === before.saved,
    `cut ${happened}, status ${attempt.status}, only here ${before.only_here}/${after.only_here}\n${attempt.stderr}`);
  world.line(phone).repair();
  await syncOnce(world, phone);
}

async function syncWhileServerDies(world, phone) {
  const { story, server } = world;
  const known = (await server.verify()).commits;
  const swallowed = world.line(phone).swallowAnswer();
  const attempt = phone.attempt('sync');
  const happened = await within(swallowed, 5000);
  await server.kill();
  world.line(phone).goDown();
  const { status, stderr } = await attempt;
  await server.start();
  const kept = (await server.verify()).commits - known;
  story.tell(`${phone.name}正在上传，服务器被 SIGKILL；重启后账上多了 ${kept} 次保存，而手机没有收到回执。`,
    `The server gets SIGKILL while ${phone.english} pushes; restarted, it has ${kept} more; no answer came back.`);
  story.check('被中断的手机明说连不上，重启后端口和数据照旧', 'the phone says so; the server is back on its port with its data',
    happened && status === 23 && (await server.healthy()), `in hand: ${happened}, status ${status}\n${stderr}`);
  world.line(phone).repair();
  await syncOnce(world, phone);
}

/** Whether a promise is kept in time. */
function within(promise, ms) {
  let timer;
  const late = new Promise((done) => (timer = setTimeout(() => done(false), ms)));
  return Promise.race([promise.then(() => true), late]).finally(() => clearTimeout(timer));
}
