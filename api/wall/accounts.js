// Green power, carbon and consumption as the accounts computed them, each with its rule and coverage.
import { $, all, fixed, make, newest, parts, percent, world } from "./common.js";

const charts = {}; // id -> {chart, option}
const rem = (size) => size * parseFloat(getComputedStyle(document.documentElement).fontSize);
const shareOf = (row) => row?.policy_share ?? row?.physical_share;
const isMonth = (row) => row.period.length === 7;

export const readTarget = async () => {
  const found = (await all("/targets")).find((t) => t.scope === "city" && t.metric === "policy_share");
  world.target = found && { year: found.year, share: found.unit === "%" ? found.value / 100 : found.value };
};

function draw(id, option) {
  charts[id] ??= { chart: echarts.init($(id)) };
  charts[id].option = option;
  const textStyle = { fontFamily: getComputedStyle(document.body).fontFamily };
  charts[id].chart.setOption({ animation: false, textStyle, ...option() }, true);
}

export function redraw() {
  for (const [id, { chart, option }] of Object.entries(charts)) chart.resize(), draw(id, option);
}

// Bounds that are one number at the precision shown are left out; the coverage never is.
function evidence(row) {
  const wide = row.share_low != null && row.share_high != null && row.share_high - row.share_low >= 0.001;
  return [`数据覆盖 ${percent(row.coverage)}%`, wide ? `区间 ${percent(row.share_low)}–${percent(row.share_high)}%` : ""].filter(Boolean);
}

const THIN = 0.75; // below this coverage a share is marked: most of its period is not in it
const isThin = (row) => row && (row.coverage ?? 0) < THIN;
const pieces = (texts) => texts.map((text) => make("span", "", text));

// --- green power ---------------------------------------------------------------------------------------------------
async function monthAndYear(scope) {
  const { month, year } = parts();
  const found = await Promise.all([month, year].map((period) => all("/green-power", { scope, period })));
  return found.map(([row]) => row);
}

export async function readGreen() {
  await readTarget();
  const [month, year] = await monthAndYear("city");
  const row = month ?? year;
  $("share").textContent = percent(shareOf(row));
  $("share").parentElement.classList.toggle("thin", Boolean(isThin(row)));
  $("share-note").classList.toggle("thin", Boolean(isThin(row)));
  $("green-period").textContent = row ? `${isMonth(row) ? "本月" : "本年"} ${row.period}` : "";
  $("year-share").textContent = month && year ? `${percent(shareOf(year))}%` : "--";
  $("target").textContent = world.target ? `${percent(world.target.share)}%` : "--";
  $("target-year").textContent = world.target ? `${world.target.year} 年目标` : "目标";
  $("share-note").replaceChildren(...pieces(row ? [`规则 ${row.rule}${row.policy_share == null ? "(物理口径)" : ""}`, ...evidence(row)] : ["尚无核算结果"]));
  draw("share-bar", () => shareBar(row));
  return row?.computed_at;
}

function shareBar(row) {
  const share = shareOf(row), target = world.target?.share;
  const line = { xAxis: target * 100, lineStyle: { color: "#f2b23e", type: "solid", width: rem(0.18) }, label: { show: false } };
  const wide = row?.share_low != null && row.share_high - row.share_low >= 0.001;
  return {
    grid: { left: rem(0.3), right: rem(1.2), top: rem(0.4), bottom: rem(1.8) },
    xAxis: { type: "value", min: 0, max: Math.max(50, Math.ceil((share ?? 0) * 10) * 10), axisLabel: { color: "#93a7b8", fontSize: rem(1), formatter: "{value}%" }, splitLine: { lineStyle: { color: "#1d2b38" } } },
    yAxis: { type: "category", data: [""], axisLine: { show: false }, axisTick: { show: false } },
    series: [{
      type: "bar", data: [share == null ? null : share * 100], barWidth: "72%", itemStyle: { color: target && share >= target ? "#3fc6a0" : "#4fb3d9" },
      showBackground: true, backgroundStyle: { color: "#1d2b38" },
      markLine: target ? { symbol: "none", animation: false, data: [line] } : undefined,
      markArea: { silent: true, itemStyle: { color: "rgba(232,239,245,.16)" }, data: wide ? [[{ xAxis: row.share_low * 100 }, { xAxis: row.share_high * 100 }]] : [] },
    }],
  };
}

export async function readParks() {
  const names = new Map((await all("/enterprises")).map((enterprise) => [enterprise.park, enterprise.park_name]));
  const found = await Promise.all([...names].sort().map(async ([park, name]) => {
    const [month, year] = await monthAndYear(`park:${park}`);
    return { name: name || park, row: month ?? year };
  }));
  const known = found.filter(({ row }) => row);
  const full = Math.max(0.5, ...known.map(({ row }) => Math.ceil((shareOf(row) ?? 0) * 10) / 10));
  $("parks-period").textContent = known[0] ? `${isMonth(known[0].row) ? "本月" : "本年"} ${known[0].row.period}` : "";
  $("parks-note").replaceChildren(...pieces(known[0] ? [`规则 ${known[0].row.rule}`, world.target ? `竖线 ${percent(world.target.share)}% 为全市目标` : ""].filter(Boolean) : []));
  $("park-bars").replaceChildren(...(known.length ? known.slice(0, 5).map((park) => parkRow(park, full)) : [make("p", "empty", "尚无核算结果")]));
  return newest(known.map(({ row }) => row.computed_at));
}

function parkRow({ name, row }, full) {
  const share = shareOf(row), target = world.target?.share;
  const bar = make("div", "bar", make("i", target && share < target ? "fill under" : "fill"));
  bar.firstChild.style.width = `${(100 * (share ?? 0)) / full}%`;
  if (target) bar.append(make("i", "aim")), (bar.lastChild.style.left = `${(100 * target) / full}%`);
  return make("div", "row", make("span", "", name), make("b", "", `${percent(share)}%`), bar, make("small", isThin(row) ? "thin" : "", evidence(row).join(" · ")));
}

// --- carbon and load -----------------------------------------------------------------------------------------------
export async function readCarbon() {
  const { day, month } = parts();
  const [[today], [soFar]] = await Promise.all([day, month].map((period) => all("/carbon", { scope: "city", period })));
  const tonnes = (kg) => fixed(kg == null ? null : kg / 1000, 1);
  const row = (name, when, value, size = "") => [make("dt", "", name, make("small", "", when)), make("dd", size, value)];
  const burns = today?.lines.some((line) => line.scope === "scope1") || today?.scope1_kg > 0;
  const market = today?.scope2_market_kg != null ? row("范围二 · 市场法", "今日", tonnes(today.scope2_market_kg))
    : row("范围二 · 市场法", "按月结算,本月累计", tonnes(soFar?.scope2_market_kg));
  $("carbon").replaceChildren(...row("范围二 · 位置法", "今日", tonnes(today?.scope2_location_kg)), ...market,
    ...(burns || !today ? row("范围一 · 直接排放", "今日", tonnes(today?.scope1_kg), "minor") : row("范围一 · 直接排放", "", "无燃料计量", "words")));
  $("carbon-note").replaceChildren(...pieces(today ? ["按规则核算,未经核查", `规则 ${today.rule}`, `数据覆盖 ${percent(today.coverage)}%`] : ["今日尚无核算结果"]));
  return today?.computed_at;
}

export async function readLoad() {
  const hours = await all("/green-power", { scope: "city", period: parts().day, by: "hour" });
  draw("load", () => loadChart(hours));
  return newest(hours.map((hour) => hour.computed_at));
}

function loadChart(hours) {
  const byHour = new Map(hours.map((hour) => [Number(hour.period.slice(11)), hour]));
  const series = (name, color, of) => ({
    name, type: "bar", stack: "use", barWidth: "62%", itemStyle: { color },
    data: Array.from({ length: 24 }, (_, h) => byHour.has(h) ? of(byHour.get(h)) : null),
  });
  const green = (hour) => Math.min(hour.direct_line_kwh + hour.self_used_kwh, hour.consumption_kwh ?? 0) / 1000;
  const text = { color: "#93a7b8", fontSize: rem(1.05) };
  return {
    grid: { left: rem(3.6), right: rem(0.5), top: rem(2.4), bottom: rem(2) },
    legend: { right: 0, top: 0, textStyle: text, itemWidth: rem(1), itemHeight: rem(1) },
    xAxis: { type: "category", data: Array.from({ length: 24 }, (_, h) => h), axisLabel: { ...text, interval: 2, formatter: "{value}时" }, axisLine: { lineStyle: { color: "#2c3e4e" } }, axisTick: { show: false } },
    yAxis: { type: "value", axisLabel: text, splitNumber: 3, splitLine: { lineStyle: { color: "#1d2b38" } } },
    series: [series("直供与自发绿电", "#3fc6a0", green), series("其余", "#4a6b86", (hour) => hour.consumption_kwh == null ? null : hour.consumption_kwh / 1000 - green(hour))],
    graphic: hours.length ? [] : [{ type: "text", left: "center", top: "middle", style: { text: "今日尚无核算结果", fill: "#5d7080", fontSize: rem(1.3) } }],
  };
}
