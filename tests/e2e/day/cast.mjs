// Who is in the day, where they work, and what they write. Two townships of 太和县, as in the county's own report: leaders
// who go down with a case in hand (带案下访), weekend visits to households in difficulty (双休日走访困难家庭), grid workers.

export const places = {
  jiuxian: { code: '341222101000', zh: '旧县镇', en: 'Jiuxian township' },
  shuizhen: { code: '341222102000', zh: '税镇镇', en: 'Shuizhen township' },
  bali: { code: '341222101202', zh: '八里村', en: 'Bali village' },
  wanfu: { code: '341222101200', zh: '万福村', en: 'Wanfu village' },
  sunlou: { code: '341222102200', zh: '孙楼村', en: 'Sunlou village' },
};

const day_ms = 24 * 3600 * 1000;

const person = (name, english, role, place, clockOffsetMs = 0) =>
  ({ name, english, role, place, areas: [place.code], device: `${name}的手机`, clockOffsetMs });

/** Wang Fang's phone is three days slow, all day long: a clock never decides whose words survive. */
export const people = {
  li: person('李明', 'Li Ming', 'cadre', places.jiuxian),
  wang: person('王芳', 'Wang Fang', 'cadre', places.jiuxian, -3 * day_ms),
  zhou: person('周伟', 'Zhou Wei', 'cadre', places.jiuxian),
  zhao: person('赵强', 'Zhao Qiang', 'grid_worker', places.bali),
  chen: person('陈静', 'Chen Jing', 'cadre', places.shuizhen),
};

/** Who decides at the office: the unit's head, for the whole county. */
export const head = { name: '钱主任', english: 'Director Qian', role: 'unit_head', areas: ['341222000000'] };

/** A division code contains the villages below it: trailing zeros are the levels it does not name. */
export const covers = (area, division) => division.startsWith(area.replace(/000$/, ''));

export const household = {
  address: '八里村三组17号',
  summary: '老人独居，儿子在外务工；东屋墙有裂缝，下雨渗水。',
  need: '助餐',
};

export const li_edit = {
  summary: '东屋裂缝比上月宽了一指，老人腿疼，上下台阶要人扶；已约镇卫生院周一上门。',
  add: '助医',
};
export const li_visit = {
  summary: '双休日走访困难家庭，与老人谈了四十分钟。',
  note: '老人说：“夜里听见墙响，不敢睡东屋。”答应周一请村建办来看，并先借一张折叠床。',
};

export const wang_edit = {
  summary: '儿子已请假回村照料，三餐有人做；低保复核还缺户口簿复印件，东墙要赶在雨季前修。',
  add: '维修',
  remove: household.need,
};
export const wang_visit = {
  summary: '入户核对低保复核材料，儿子在家。',
  note: '儿子问修房补助怎么申请，已当面说明三样材料，下周三前来取。',
};

export const zhou_case = {
  address: '万福村后街4号',
  summary: '与邻居因屋檐滴水和宅基地边界争执两年，愿意调解。',
  visit: '带案下访：请双方到现场量了边界，约定周四在村人民调解室再谈。',
  note: '东边界量得十二米四，与1998年底册一致；双方签了量地记录。',
};

/** The first two are one and the same drain, seen by two neighbours who word it differently. */
export const zhao_issues = [
  { summary: '三组路口下水道堵塞，一下雨污水就漫到路面。', category: '排水', note: '王家门前积水约两指深。' },
  { summary: '村里下水井不通，脏水倒灌进16号院子。', category: '排水', note: '住户说已经第三回了。' },
  { summary: '四组路灯坏了两盏，晚上学生放学看不见路。', category: '照明', note: '灯杆编号8-041、8-042。' },
];

export const chen_day = {
  address: '孙楼村东头9号',
  summary: '夫妻二人均为残疾，孩子读小学，轮椅坡道没有扶手。',
  need: '无障碍改造',
  visit: '走访残疾人家庭，量了坡道尺寸。',
  note: '坡道长三米二、坡度偏陡，扶手两侧都要装。',
  issue: '孙楼小学门口缺减速带，上学时段车快。',
};
