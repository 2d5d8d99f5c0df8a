// The wall reads the API and shows what it says, with its age. Times are the service's, not this machine's.
const STATES = { exceedance: "高于限值", high: "偏高", normal: "正常", not_judged: "未判定", no_data: "无数据" };
const SILENCE_MS = 15_000; // three heartbeats
const TILES = 25;
const $ = (id) => document.getElementById(id);
const points = new Map();
const feeds = {}; // name -> {at: when read, of: newest time in it, every: how long it stays fresh}
const charts = {};
let zone = "Asia/Shanghai", skewMs = 0, heardAt = performance.now(), targets = [];

const now = () => new Date(Date.now() + skewMs);

async function get(path, query = {}) {
  const answer = await fetch(`/api/v1${path}?${new URLSearchParams(query)}`, { signal: AbortSignal.timeout(20_000) });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function all(path, query = {}) {
  const items = [];
  for (let cursor; ; ) {
    const page = await get(path, cursor ? { ...query, cursor } : query);
    items.push(...page.items);
    if (!(cursor = page.next)) return items;
  }
}

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

function age(stamp) {
  const seconds = Math.max(0, Math.round((now() - new Date(stamp)) / 1000));
  if (seconds < 90) return `${seconds} 秒前`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} 分钟前`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} 小时前` : `${Math.round(seconds / 86_400)} 天前`;
}

function parts(date = now()) {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const [day, time] = format.format(date).split(" ");
  return { day, month: day.slice(0, 7), year: day.slice(0, 4), time };
}

const clock = (stamp) => parts(new Date(stamp)).time.slice(0, 5);
const fixed = (value, digits) => value == null ? "--" : value.toLocaleString("zh-CN", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (share) => share == null ? "--" : (share * 100).toFixed(1);
const unit = (text) => text.replace(/m3\b/g, "m³").replace(/m2\b/g, "m²");
const reading = (value) => fixed(value, Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2);

// --- outlets -------------------------------------------------------------------------------------------------------
const ORDER = Object.keys(STATES);
const isStale = (point) => !point.latest || now() - new Date(point.latest.ts) > Math.max(300, 3 * point.interval_s) * 1000;

async function readPoints() {
  const found = await all("/points", { role: "stack", limit: 1000 });
  points.clear();
  for (const point of found) if (!point.retired_at) points.set(point.point, point);
  showPoints();
  return newest([...points.values()].map((point) => point.latest?.ts));
}

function showPoints() {
  const sorted = [...points.values()].sort((a, b) =>
    ORDER.indexOf(a.status) - ORDER.indexOf(b.status) || a.point.localeCompare(b.point));
  const shown = sorted.slice(0, TILES);
  const columns = shown.length > 20 ? 5 : shown.length > 6 ? 4 : 3;
  $("tiles").style.setProperty("--columns", columns);
  $("tiles").replaceChildren(...(shown.length ? shown.map(tile) : [make("p", "empty", "尚无排口")]));
  $("outlets-more").textContent = sorted.length > TILES ? `共 ${sorted.length} 个,先列异常` : `共 ${sorted.length} 个`;
  $("counts").replaceChildren(...ORDER.map((state) => {
    const count = sorted.filter((point) => point.status === state).length;
    return make("li", `${state} ${count ? "" : "zero"}`, make("b", "", String(count)), STATES[state] + (state === "exceedance" ? "(待核实)" : ""));
  }));
  $("parks").textContent = `${new Set(sorted.map((p) => p.park)).size} 个园区 · ${new Set(sorted.map((p) => p.enterprise)).size} 家企业 · ${sorted.length} 个排口`;
}

function tile(point) {
  const element = make("div", `tile ${point.status}`,
    make("p", "head", make("span", "name", point.name || point.code), make("span", "state", STATES[point.status])),
    make("p", "value", point.latest ? reading(point.latest.value) : "--", make("i", "", unit(point.unit))),
    make("p", "foot", make("span", "owner", point.enterprise_name), make("span", "age")));
  element.dataset.point = point.point;
  freshen(element, point);
  return element;
}

function freshen(element, point) {
  const stale = isStale(point);
  element.classList.toggle("stale", stale);
  element.querySelector(".age").textContent = point.latest ? (stale ? "数据已停更 " : "") + age(point.latest.ts) : "从未收到";
}

function hearReading(event) {
  const point = points.get(event.point);
  if (!point) return;
  point.latest = { ts: event.ts, value: event.value, flag: event.flag };
  feeds.points.of = newest([feeds.points.of, event.ts]);
  const element = document.querySelector(`[data-point="${CSS.escape(event.point)}"]`);
  if (element) element.querySelector(".value").firstChild.data = reading(event.value), freshen(element, point);
}

// --- alerts --------------------------------------------------------------------------------------------------------
const isExceedance = (alert) => alert.kind === "exceedance" && alert.verified; // an unverified limit judges nobody

async function readAlerts() {
  const open = (await all("/alerts", { state: "open", limit: 1000 })).filter((alert) => alert.state !== "pending");
  open.sort((a, b) => isExceedance(b) - isExceedance(a) || b.opened_at.localeCompare(a.opened_at));
  $("alert-count").textContent = open.length;
  $("alert-count").classList.toggle("some", open.some(isExceedance));
  const rows = open.slice(0, open.length > 6 ? 5 : 6).map(alertRow);
  if (open.length > 6) rows.push(make("li", "none", `另有 ${open.length - 5} 条`));
  $("alerts").replaceChildren(...(rows.length ? rows : [make("li", "none", "当前没有未结报警")]));
}

function alertRow(alert) {
  const point = points.get(alert.point);
  const name = point ? `${point.enterprise_name} ${point.name}` : alert.point;
  const state = { firing: "持续中", recovering: "恢复中" }[alert.state];
  const since = `${parts(new Date(alert.opened_at)).day.slice(5)} ${clock(alert.opened_at)} 起 · ${state}`;
  const extra = [alert.no_data && "数据已停更", alert.late && "迟到数据", alert.acknowledged_by && "已确认"].filter(Boolean);
  return make("li", isExceedance(alert) ? "exceedance" : "high", make("p", "words", alert.words),
    make("p", "what", make("span", "", name), make("span", "", `${reading(alert.value)} / ${reading(alert.limit)} ${unit(alert.unit)}`)),
    make("p", "when", [since, ...extra].join(" · ")));
}

// --- green power ---------------------------------------------------------------------------------------------------
const shareOf = (row) => row.policy_share ?? row.physical_share;

async function readGreen() {
  targets = (await all("/targets")).filter((t) => t.scope === "city" && t.metric === "policy_share");
  const { month, year } = parts();
  const periods = [month, year];
  const results = await Promise.all(periods.map((period) => all("/green-power", { scope: "city", period })));
  const i = results.findIndex((rows) => rows.length);
  showGreen(i < 0 ? null : results[i][0]);
  return i < 0 ? null : results[i][0].computed_at;
}

function showGreen(row) {
  const target = targets[0] && (targets[0].unit === "%" ? targets[0].value / 100 : targets[0].value);
  $("share").textContent = row ? percent(shareOf(row)) : "--";
  $("green-period").textContent = row ? `${row.period.length === 7 ? "本月" : "本年"} ${row.period}` : "";
  $("share-against").textContent = target ? `目标 ${percent(target)}%(${targets[0].year} 年)` : "";
  $("share-note").replaceChildren(...(row
    ? [`规则 ${row.rule}${row.policy_share == null ? "(物理口径)" : ""}`, `数据覆盖 ${percent(row.coverage)}%`, `区间 ${percent(row.share_low)}–${percent(row.share_high)}%`]
    : ["尚无核算结果"]).map((text) => make("span", "", text)));
  drawShare(row, target);
}

function drawShare(row, target) {
  const share = row && shareOf(row);
  const line = (x, color, label) => ({ xAxis: x * 100, lineStyle: { color, type: "solid", width: 3 }, label: { formatter: label, color, fontSize: rem(1.05) } });
  const range = row && row.share_low != null && row.share_high != null
    ? [[{ xAxis: row.share_low * 100 }, { xAxis: row.share_high * 100 }]] : [];
  draw("share-bar", {
    grid: { left: 4, right: 14, top: rem(2), bottom: rem(1.7) },
    xAxis: { type: "value", min: 0, max: Math.max(50, Math.ceil((row?.share_high ?? 0) * 10) * 10), axisLabel: { color: "#93a7b8", fontSize: rem(1), formatter: "{value}%" }, splitLine: { lineStyle: { color: "#1d2b38" } } },
    yAxis: { type: "category", data: [""], axisLine: { show: false }, axisTick: { show: false } },
    series: [{
      type: "bar", data: [share == null ? null : share * 100], barWidth: "58%", itemStyle: { color: target && share >= target ? "#3fc6a0" : "#4fb3d9" },
      showBackground: true, backgroundStyle: { color: "#1d2b38" },
      markLine: target ? { symbol: "none", animation: false, data: [line(target, "#f2b23e", `${percent(target)}%`)] } : undefined,
      markArea: { silent: true, itemStyle: { color: "rgba(232,239,245,.16)" }, data: range },
    }],
  });
}

async function readParks() {
  const names = new Map((await all("/enterprises")).map((enterprise) => [enterprise.park, enterprise.park_name]));
  const { month, year } = parts();
  const found = await Promise.all([...names].sort().map(async ([park, name]) => {
    const [row] = await all("/green-power", { scope: `park:${park}`, period: month });
    return { name: name || park, row: row ?? (await all("/green-power", { scope: `park:${park}`, period: year }))[0] };
  }));
  const known = found.filter(({ row }) => row);
  $("parks-period").textContent = known[0]?.row.period ?? "";
  $("parks-note").textContent = known[0] ? `规则 ${known[0].row.rule}` : "";
  $("park-bars").replaceChildren(...(known.length ? known.slice(0, 6).map(parkRow) : [make("p", "empty", "尚无核算结果")]));
  return newest(known.map(({ row }) => row.computed_at));
}

function parkRow({ name, row }) {
  const bar = make("progress", "");
  bar.max = 1;
  bar.value = shareOf(row) ?? 0;
  return make("div", "row", make("span", "", name, " ", make("small", "", `覆盖 ${percent(row.coverage)}% · ${percent(row.share_low)}–${percent(row.share_high)}%`)), make("b", "", `${percent(shareOf(row))}%`), bar);
}

// --- carbon and load -----------------------------------------------------------------------------------------------
async function readCarbon() {
  const [row] = await all("/carbon", { scope: "city", period: parts().day });
  const tonnes = (kg) => fixed(kg == null ? null : kg / 1000, 1);
  const rows = [["范围二 · 位置法", row?.scope2_location_kg, ""], ["范围二 · 市场法", row?.scope2_market_kg, ""], ["范围一 · 直接排放", row?.scope1_kg, "minor"]];
  $("carbon").replaceChildren(...rows.flatMap(([name, kg, size]) => [make("dt", "", name), make("dd", size, tonnes(kg))]));
  $("carbon-note").textContent = row ? `按规则核算,未经核查 · 规则 ${row.rule} · 覆盖 ${percent(row.coverage)}%` : "今日尚无核算结果";
  return row?.computed_at;
}

async function readLoad() {
  const hours = await all("/green-power", { scope: "city", period: parts().day, by: "hour" });
  const byHour = new Map(hours.map((hour) => [Number(hour.period.slice(11)), hour]));
  const series = (name, color, of) => ({
    name, type: "bar", stack: "use", barWidth: "62%", itemStyle: { color },
    data: Array.from({ length: 24 }, (_, h) => byHour.has(h) ? of(byHour.get(h)) : null),
  });
  const green = (hour) => Math.min(hour.direct_line_kwh + hour.self_used_kwh, hour.consumption_kwh ?? 0) / 1000;
  const text = { color: "#93a7b8", fontSize: rem(1.05) };
  draw("load", {
    grid: { left: rem(4), right: 8, top: rem(2.6), bottom: rem(2) },
    legend: { right: 0, top: 0, textStyle: text, itemWidth: rem(1), itemHeight: rem(1) },
    xAxis: { type: "category", data: Array.from({ length: 24 }, (_, h) => h), axisLabel: { ...text, interval: 2, formatter: "{value}时" }, axisLine: { lineStyle: { color: "#2c3e4e" } }, axisTick: { show: false } },
    yAxis: { type: "value", axisLabel: text, splitLine: { lineStyle: { color: "#1d2b38" } } },
    series: [series("直供与自发绿电", "#3fc6a0", green), series("其余", "#4a6b86", (hour) => hour.consumption_kwh == null ? null : hour.consumption_kwh / 1000 - green(hour))],
    graphic: hours.length ? [] : [{ type: "text", left: "center", top: "middle", style: { text: "今日尚无核算结果", fill: "#5d7080", fontSize: rem(1.3) } }],
  });
  return newest(hours.map((hour) => hour.computed_at));
}

const rem = (size) => size * parseFloat(getComputedStyle(document.documentElement).fontSize);

function draw(id, option) {
  charts[id] ??= echarts.init($(id));
  charts[id].setOption({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...option }, true);
}

// --- freshness -----------------------------------------------------------------------------------------------------
const newest = (stamps) => stamps.filter(Boolean).reduce((a, b) => (a && new Date(a) > new Date(b) ? a : b), null);

function follow(name, read, everyMs, freshMs) {
  const feed = (feeds[name] = { read: 0, of: null, freshMs, everyMs, due: 0, busy: false, again: false, refresh });
  async function refresh() {
    feed.again = feed.busy;
    if (feed.busy) return;
    feed.busy = true;
    feed.due = performance.now() + everyMs;
    try {
      feed.of = (await read()) ?? null;
      feed.read = performance.now();
    } catch (error) {
      console.warn(name, error.message); // its panel goes stale by itself
    } finally {
      feed.busy = false;
      showAges();
    }
    if (feed.again) refresh();
  }
  return refresh();
}

function showAges() {
  for (const panel of document.querySelectorAll("[data-feed]")) {
    const feed = feeds[panel.dataset.feed];
    if (!feed) continue;
    const label = panel.querySelector("h2 .age") ?? panel.querySelector("h2").appendChild(make("span", "age"));
    const unread = performance.now() - feed.read > 4 * feed.everyMs || !feed.read;
    const old = feed.of && now() - new Date(feed.of) > feed.freshMs;
    panel.classList.toggle("stale", Boolean(unread || old));
    const when = feed.of ? age(feed.of) : feed.read ? `${Math.round((performance.now() - feed.read) / 1000)} 秒前读取` : "尚未读取";
    label.textContent = unread || old ? `数据已停更 · ${when}` : when;
  }
  for (const element of document.querySelectorAll("[data-point]")) {
    const point = points.get(element.dataset.point);
    if (point) freshen(element, point);
  }
}

function showConnection() {
  const silent = performance.now() - heardAt;
  const lost = silent > SILENCE_MS;
  $("lost").hidden = !lost;
  document.body.classList.toggle("is-lost", lost);
  $("lost-for").textContent = silent < 120_000 ? `${Math.round(silent / 1000)} 秒` : `${Math.round(silent / 60_000)} 分钟`;
}

function tick() {
  const { day, time } = parts();
  $("time").textContent = time;
  $("date").textContent = `${day} ${new Intl.DateTimeFormat("zh-CN", { timeZone: zone, weekday: "long" }).format(now())}`;
  showConnection();
  showAges();
  for (const feed of Object.values(feeds)) if (performance.now() > feed.due) feed.refresh();
}

async function setClock() {
  const me = await get("/me");
  zone = me.timezone;
  skewMs = new Date(me.now) - Date.now();
}

function listen() {
  const stream = new EventSource("/api/v1/live");
  const hear = (name, handle) => stream.addEventListener(name, (event) => {
    heardAt = performance.now();
    handle(JSON.parse(event.data));
  });
  hear("heartbeat", () => {});
  hear("reading", hearReading);
  hear("fact", () => {});
  hear("alert", () => { feeds.alerts.refresh(); feeds.points.refresh(); });
  hear("reset", () => Object.values(feeds).forEach((feed) => feed.refresh()));
  stream.onerror = () => {
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    setTimeout(listen, 3000);
  };
}

await setClock().catch((error) => console.warn(error.message));
setInterval(() => setClock().catch(() => {}), 600_000);
await follow("points", readPoints, 15_000, 300_000);
follow("alerts", readAlerts, 15_000, Infinity);
follow("green", readGreen, 60_000, 3 * 3_600_000);
follow("parks", readParks, 60_000, 3 * 3_600_000);
follow("carbon", readCarbon, 60_000, 3 * 3_600_000);
follow("load", readLoad, 60_000, 3 * 3_600_000);
listen();
tick();
setInterval(tick, 1000);
addEventListener("resize", () => Object.values(charts).forEach((chart) => chart.resize()));
document.documentElement.dataset.ready = "yes";
