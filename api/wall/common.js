// What the panels share: the service's clock, its API, numbers and units in words.
export const world = { zone: "Asia/Shanghai", skewMs: 0, points: new Map(), alerts: new Map() };
export const $ = (id) => document.getElementById(id);
export const now = () => new Date(Date.now() + world.skewMs);

export async function get(path, query = {}) {
  const answer = await fetch(`/api/v1${path}?${new URLSearchParams(query)}`, { signal: AbortSignal.timeout(20_000) });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

export async function all(path, query = {}) {
  const items = [];
  for (let cursor; ; ) {
    const page = await get(path, cursor ? { ...query, cursor } : query);
    items.push(...page.items);
    if (!(cursor = page.next)) return items;
  }
}

export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

export function lasting(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} 秒`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} 分钟`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} 小时` : `${Math.round(seconds / 86_400)} 天`;
}
export const secondsSince = (stamp) => (now() - new Date(stamp)) / 1000;
export const age = (stamp) => `${lasting(secondsSince(stamp))}前`;

export function parts(date = now()) {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: world.zone, dateStyle: "short", timeStyle: "medium" });
  const [day, time] = format.format(date).split(" ");
  return { day, month: day.slice(0, 7), year: day.slice(0, 4), time };
}

export const newest = (stamps) => stamps.filter(Boolean).reduce((a, b) => (a && new Date(a) > new Date(b) ? a : b), null);
export const fixed = (value, digits) => value == null ? "--" : value.toLocaleString("zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const plain = (value) => value.toLocaleString("zh-CN", { maximumSignificantDigits: 4 });
export const percent = (share) => share == null ? "--" : (share * 100).toFixed(1);
export const reading = (value) => fixed(value, Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : Math.abs(value) < 0.1 ? 4 : Math.abs(value) < 1 ? 3 : 2);
export const unit = (text) => text.replace(/\bCel\b/g, "℃").replace(/^deg$/, "°").replace(/\bm3\b/g, "m³").replace(/\bm2\b/g, "m²").replace(/^ug\b/, "µg");

// 示例氯碱一厂, 示例电石一厂 -> 氯碱一厂, 电石一厂: what all have in front tells nobody apart, nor does the legal form.
let common = 0;
export function learnNames(names) {
  const bare = [...new Set(names)].map(withoutForm);
  common = 0;
  if (bare.length < 2) return;
  while (bare.every((name) => name.length > common + 3 && name[common] === bare[0][common])) common += 1;
}
const withoutForm = (name) => name.replace(/(股份)?(有限)?(责任)?公司$/, "") || name;
export const shortName = (name) => withoutForm(name).slice(common);
