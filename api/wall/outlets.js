// One tile is one outlet: a stack or a stretch of fence of one enterprise, shown by the pollutant that needs most heed.
import { $, all, lasting, learnNames, make, newest, plain, reading, secondsSince, shortName, unit, world } from "./common.js";

export const STATES = { exceedance: "高于限值", high: "偏高", no_data: "无数据", not_judged: "未判定", normal: "正常" };
const ORDER = Object.keys(STATES);
const TILES = 25;
const CONCENTRATION = /^([mµu]?g|ng)\/m[3³]$|^pp[mb]v?$|^[µun]?mol\/mol$/;
const PLACE = /^(.*?(?:排[放气]?口|厂界|烟囱|stack|outlet|fence))[\s:：·-]*(.*)$/i;
const DERIVED = ":"; // ends the code of a logger's own statistics

const isPollutant = (point) => !point.retired_at && point.medium === "air" && !point.code.includes(DERIVED)
  && (point.limits.length > 0 || CONCENTRATION.test(point.unit));
const isWatched = (point) => point.limits.length > 0 || ["exceedance", "high", "normal"].includes(point.status);
const isStale = (point) => !point.latest || secondsSince(point.latest.ts) > Math.max(300, 3 * point.interval_s);
const upper = (point) => point.limits.filter((limit) => limit.above != null && limit.unit === point.unit
  && [null, point.reported_basis].includes(limit.basis));
const isReference = (point) => !point.limits.some((limit) => limit.verified);
const load = (point) => Math.max(0, ...upper(point).map((limit) => (point.latest?.value ?? 0) / limit.above));
const rank = (point) => ORDER.indexOf(point.status) + (isWatched(point) ? 0 : ORDER.length);

export async function readOutlets() {
  const found = await Promise.all(["stack", "fence"].map((role) => all("/points", { role, limit: 1000 })));
  world.points = new Map(found.flat().filter(isPollutant).map((point) => [point.point, point]));
  learnNames([...world.points.values()].map((point) => point.enterprise_name));
  showOutlets();
  return newest([...world.points.values()].map((point) => point.latest?.ts));
}

export function placeOf(point) {
  const [, place, pollutant] = PLACE.exec(point.name) ?? [];
  return pollutant ? { place, pollutant, key: `${point.enterprise} ${point.role} ${place}` } : { place: "", pollutant: point.name || point.code, key: point.point };
}

function outlets() {
  const byKey = new Map();
  for (const point of world.points.values()) {
    const { key } = placeOf(point);
    byKey.set(key, [...(byKey.get(key) ?? []), point]);
  }
  return [...byKey].map(([key, points]) => {
    points.sort((a, b) => rank(a) - rank(b) || isReference(a) - isReference(b) || load(b) - load(a) || a.point.localeCompare(b.point));
    return { key, points, shown: points[0] };
  });
}

export function showOutlets() {
  const sorted = outlets().sort((a, b) => ORDER.indexOf(a.shown.status) - ORDER.indexOf(b.shown.status)
    || a.shown.role.localeCompare(b.shown.role) * -1 || a.key.localeCompare(b.key));
  const shown = sorted.slice(0, TILES);
  const columns = shown.length > 16 ? 5 : shown.length > 6 ? 4 : 3;
  $("tiles").style.setProperty("--columns", columns);
  $("tiles").style.setProperty("--rows", Math.max(3, Math.ceil(shown.length / columns)));
  $("tiles").replaceChildren(...(shown.length ? shown.map(tile) : [make("p", "empty", "尚无排口")]));
  $("outlets-more").textContent = sorted.length > TILES ? `共 ${sorted.length} 个,先列异常` : "每格一个排口,示其最需关注的一项";
  $("counts").replaceChildren(...ORDER.map((state) => {
    const count = sorted.filter((outlet) => outlet.shown.status === state).length;
    return make("li", `${state} ${count ? "" : "zero"}`, make("b", "", String(count)), STATES[state] + (state === "exceedance" ? "(待核实)" : ""));
  }));
  const points = [...world.points.values()];
  const kinds = (of) => new Set(points.map(of)).size;
  $("parks").textContent = `${kinds((p) => p.park)} 个园区 · ${kinds((p) => p.enterprise)} 家企业 · ${sorted.length} 个排口 · ${points.length} 项污染物`;
}

function tile({ key, shown: point }) {
  const { place, pollutant } = placeOf(point);
  const owner = shortName(point.enterprise_name);
  const element = make("div", `tile ${point.status}`,
    make("p", "head", make("b", owner.length > 7 ? "owner long" : "owner", owner), make("span", "state", STATES[point.status])),
    make("p", place.length + pollutant.length > 11 ? "what long" : "what", make("span", "place", place), make("span", "name", pollutant)),
    make("p", "value", make("span", "figure", point.latest ? reading(point.latest.value) : "--"), make("i", "", unit(point.unit)), make("span", "aside")));
  element.dataset.point = point.point;
  element.dataset.outlet = key;
  freshen(element, point);
  return element;
}

function aside(point) {
  if (!point.latest) return ["从未", "收到"];
  if (isStale(point)) return ["已停更", lasting(secondsSince(point.latest.ts))];
  const alert = world.alerts.get(point.point);
  if (alert?.statistic === "missing") return ["已中断", lasting(alert.value)];
  if (alert) return [{ mean_1h: "均值峰值", reading: "瞬时峰值" }[alert.statistic] ?? "峰值", reading(alert.value)];
  const limit = upper(point)[0];
  if (!limit) return point.limits.length ? ["", ""] : ["无适用", "限值"];
  const name = !limit.verified ? "参考值" : limit.kind === "warning" ? "预警值" : { mean_1h: "小时限值" }[limit.statistic] ?? "限值";
  return [name, plain(limit.above)];
}

function freshen(element, point) {
  element.classList.toggle("stale", isStale(point));
  element.querySelector(".aside").replaceChildren(...aside(point).map((text) => make("span", "", text)));
}

export function freshenAll() {
  for (const element of document.querySelectorAll("[data-point]")) {
    const point = world.points.get(element.dataset.point);
    if (point) freshen(element, point);
  }
}

export function hearReading(event) {
  const point = world.points.get(event.point);
  if (!point || (point.latest && new Date(event.ts) < new Date(point.latest.ts))) return false;
  point.latest = { ts: event.ts, value: event.value, flag: event.flag };
  const element = document.querySelector(`[data-point="${CSS.escape(event.point)}"]`);
  if (element) element.querySelector(".figure").textContent = reading(event.value), freshen(element, point);
  return true;
}
