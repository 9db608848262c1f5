// Every word of the page, Chinese first. Names of places, kinds and colours come from the server in both languages.

export const WORDS = {
  zh: {
    title: "事件 · Placewatch",
    motto: "看场所，不看人",
    language: "English",
    events: "实时事件",
    only_holding: "只看现场未恢复",
    empty: "暂无事件。相机发现情况后会立即显示在这里。",
    more: "加载更多",
    line: "所有图片在离开现场设备前已遮挡人脸、头部和车牌。本系统不识别人，也不记录车牌。",
    live: "实时",
    connecting: "连接中…",
    broken: "连接中断，正在重连",
    stale: "数据自 {time} 起未更新，正在重连…",
    failed: "加载失败：{reason}",
    alerts: "累计告警",
    boxes: "在线设备",
    letters: "异常消息",
    holding: "持续中",
    cleared: "现场已恢复",
    unmapped: "未落格",
    late: "迟到告警",
    no_grid: "该点位不在任何网格内，由所属单位负责",
    unknown_place: "城市名录中没有该点位，由市级处理",
    times: "×{n}",
    no_picture: "无图",
    picture_of: "{place} 的脱敏图片",
    enlarge: "查看大图",
    close: "关闭",
    details: "详情",
    number: "编号",
    state: "状态",
    where: "地点",
    zone: "区域",
    grid: "网格",
    owner: "责任单位",
    item: "责任清单",
    lead: "牵头部门",
    limits: "时限",
    accept: "受理",
    arrive: "到场",
    settle: "办结",
    standard: "结案标准",
    reason: "定级理由",
    camera: "相机",
    count: "当前数量",
    peak: "最多",
    limit: "限值",
    first: "首次发现",
    last: "最近发现",
    received: "平台接收",
    joined: "告警 {alerts} 条 · {episodes} 次发生",
    timeline: "办理过程",
    pictures: "图片",
    by_central: "系统",
    by_camera: "相机 {camera}",
    unit_m: "分钟",
    unit_h: "小时",
    unit_wh: "工作小时",
    unit_wd: "工作日",
    now: "刚刚",
    gone: "该事件不存在",
  },
  en: {
    title: "Events · Placewatch",
    motto: "Watches places, not people",
    language: "中文",
    events: "Live events",
    only_holding: "Only where it still holds",
    empty: "No events yet. They appear here the moment a camera sees one.",
    more: "Load more",
    line: "Faces, heads and plates are covered before any picture leaves a box. Nobody is recognised, no plate is kept.",
    live: "Live",
    connecting: "Connecting…",
    broken: "Connection lost, reconnecting",
    stale: "Data is stale since {time}, reconnecting…",
    failed: "Could not load: {reason}",
    alerts: "Alerts committed",
    boxes: "Boxes online",
    letters: "Dead letters",
    holding: "holding",
    cleared: "cleared",
    unmapped: "unmapped",
    late: "late alerts",
    no_grid: "the point lies in no grid; its owner answers",
    unknown_place: "the city file has no such place; the city answers",
    times: "×{n}",
    no_picture: "no picture",
    picture_of: "Redacted picture of {place}",
    enlarge: "Enlarge",
    close: "Close",
    details: "Details",
    number: "Number",
    state: "State",
    where: "Place",
    zone: "Zone",
    grid: "Grid",
    owner: "Answers",
    item: "Responsibility",
    lead: "Lead",
    limits: "Limits",
    accept: "accept",
    arrive: "arrive",
    settle: "close",
    standard: "Closed when",
    reason: "Why this colour",
    camera: "Camera",
    count: "Count now",
    peak: "peak",
    limit: "limit",
    first: "First seen",
    last: "Last seen",
    received: "Received",
    joined: "{alerts} alerts · {episodes} episodes",
    timeline: "Timeline",
    pictures: "Pictures",
    by_central: "central",
    by_camera: "camera {camera}",
    unit_m: "min",
    unit_h: "h",
    unit_wh: "working h",
    unit_wd: "working days",
    now: "just now",
    gone: "There is no such event",
  },
};

const KEY = "placewatch.language";
let language = recall();

function recall() {
  try {
    return localStorage.getItem(KEY) === "en" ? "en" : "zh";
  } catch {
    return "zh";
  }
}

export function currentLanguage() {
  return language;
}

export function switchLanguage() {
  language = language === "zh" ? "en" : "zh";
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // A browser that keeps nothing still switches for now.
  }
}

/** A word of the page; {name} is replaced by values.name. */
export function word(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** A name that the server gives in both languages. */
export function named(names) {
  return names[language];
}

/** "4wh" as "4 working h". */
export function timeLimit(text) {
  const [, amount, unit] = /^(\d+)(wd|wh|m|h)$/.exec(text) ?? [];
  return amount ? `${amount} ${word(`unit_${unit}`)}` : text;
}
