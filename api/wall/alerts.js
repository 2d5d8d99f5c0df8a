// Open alerts, exceedances first. An unverified limit judges nobody.
import { $, all, lasting, make, parts, plain, reading, shortName, unit, world } from "./common.js";
import { showOutlets } from "./outlets.js";

const ROWS = 5;
const isExceedance = (alert) => alert.kind === "exceedance" && alert.verified;

export async function readAlerts() {
  const open = (await all("/alerts", { state: "open", limit: 1000 })).filter((alert) => alert.state !== "pending");
  open.sort((a, b) => isExceedance(b) - isExceedance(a) || b.opened_at.localeCompare(a.opened_at));
  const unknown = open.filter((alert) => alert.point && !nameOf(alert.point));
  await Promise.all([...new Set(unknown.map((alert) => alert.enterprise))].map(learnPoints));
  world.alerts = new Map(open.filter((alert) => alert.point).reverse().map((alert) => [alert.point, alert]));
  $("alert-count").textContent = open.length;
  $("alert-count").classList.toggle("some", open.some(isExceedance));
  const rows = open.slice(0, ROWS).map(alertRow);
  if (open.length > rows.length) rows.push(make("li", "more", `另有 ${open.length - rows.length} 条`));
  $("alerts").replaceChildren(...(rows.length ? rows : [make("li", "none", "当前没有未结报警")]));
  showOutlets();
}

const others = new Map(); // points that are no outlets, but may alert
const nameOf = (address) => world.points.get(address) ?? others.get(address);

async function learnPoints(enterprise) {
  for (const point of await all("/points", { enterprise, limit: 1000 })) others.set(point.point, point);
}

// A share or a budget: of whom and when, and never without its rule, coverage and bounds. A silence: of whom.
function scopeName(alert) {
  const [kind, code] = alert.scope.split(":");
  const whose = { city: "全市", park: `园区 ${code}`, industry: `行业 ${code}`, gateway: `网关 ${code}` }[kind] ?? code;
  return alert.period ? `${whose} ${alert.period}` : whose;
}

function basis({ accounting_rule: rule, newest: { low, high, coverage } }) {
  const bounds = low === null || high === null ? "上下界未知" : `区间 ${reading(low)}–${reading(high)}`;
  return [bounds, coverage === null ? "覆盖率未知" : `覆盖率 ${Math.floor(coverage * 1000) / 10}%`, rule];
}

function alertRow(alert) {
  const point = nameOf(alert.point);
  const name = alert.scope ? scopeName(alert) : point ? `${shortName(point.enterprise_name)} ${point.name}` : alert.point;
  const silence = alert.statistic === "missing";
  const figures = silence ? `已中断 ${lasting(alert.value)}` : `${reading((alert.account?.newest ?? alert).value)} / ${plain(alert.limit)} ${unit(alert.unit)}`;
  const state = { firing: "持续中", recovering: "恢复中" }[alert.state];
  const { day, time } = parts(new Date(alert.opened_at));
  const extra = [...(alert.account ? basis(alert.account) : []), alert.no_data && "数据已停更", alert.late && "迟到数据", alert.acknowledged_by && "已确认"].filter(Boolean);
  return make("li", isExceedance(alert) ? "exceedance" : "high", make("p", "words", alert.words),
    make("p", "who", name),
    make("p", "when", make("b", "", figures), make("span", "", [`${day.slice(5)} ${time.slice(0, 5)} 起`, state, ...extra].join(" · "))));
}
