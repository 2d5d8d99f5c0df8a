// The wall reads the API and shows what it says, with its age. Times are the service's, not this machine's.
import { readAlerts } from "./alerts.js";
import { readCarbon, readGreen, readLoad, readParks, redraw } from "./accounts.js";
import { $, age, get, lasting, make, newest, now, parts, world } from "./common.js";
import { freshenAll, hearReading, readOutlets } from "./outlets.js";

const SILENCE_MS = 15_000; // three heartbeats
const feeds = {}; // name -> {read: when, of: newest time in it, everyMs, freshMs: how long it stays fresh}
let heardAt = performance.now();

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
    const when = feed.of ? age(feed.of) : feed.read ? `${lasting((performance.now() - feed.read) / 1000)}前读取` : "尚未读取";
    label.textContent = unread || old ? `数据已停更 · ${when}` : when;
  }
  freshenAll();
}

function showConnection() {
  const silent = performance.now() - heardAt;
  const lost = silent > SILENCE_MS;
  $("lost").hidden = !lost;
  document.body.classList.toggle("is-lost", lost);
  $("lost-for").textContent = lasting(silent / 1000);
}

function tick() {
  const { day, time } = parts();
  $("time").textContent = time;
  $("date").textContent = `${day} ${new Intl.DateTimeFormat("zh-CN", { timeZone: world.zone, weekday: "long" }).format(now())}`;
  showConnection();
  showAges();
  for (const feed of Object.values(feeds)) if (performance.now() > feed.due) feed.refresh();
}

async function setClock() {
  const me = await get("/me");
  world.zone = me.timezone;
  world.skewMs = new Date(me.now) - Date.now();
}

function listen() {
  const stream = new EventSource("/api/v1/live");
  const hear = (name, handle) => stream.addEventListener(name, (event) => {
    heardAt = performance.now();
    handle(JSON.parse(event.data));
  });
  hear("heartbeat", () => {});
  hear("reading", (event) => { if (hearReading(event)) feeds.points.of = newest([feeds.points.of, event.ts]); });
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
await follow("points", readOutlets, 15_000, 300_000);
follow("alerts", readAlerts, 15_000, Infinity);
follow("green", readGreen, 60_000, 3 * 3_600_000).then(() => follow("parks", readParks, 60_000, 3 * 3_600_000));
follow("carbon", readCarbon, 60_000, 3 * 3_600_000);
follow("load", readLoad, 60_000, 3 * 3_600_000);
listen();
tick();
setInterval(tick, 1000);
addEventListener("resize", redraw);
document.documentElement.dataset.ready = "yes";
