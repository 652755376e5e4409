// The shop that is visited: a `cargo local` in memory, for this test alone.

import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = path.resolve(process.argv[2] ?? path.join(ROOT, "target/debug/local"));
const PORT = 9200;
export const SHOP = `http://127.0.0.1:${PORT}`;

// Milliseconds. A debug build, perhaps on a busy machine.
export const START = 120_000;
const END = 10_000;

const sleep = (milliseconds) => setTimeout(milliseconds, undefined, { ref: false });

export class Shop {
  output = "";

  async start() {
    this.child = spawn(PROGRAM, ["--memory", "--port", String(PORT)], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    }
    await once(this.child, "spawn");
    // Its own word for it, too: another program might answer on the port.
    const demo = () => fetch(`${SHOP}/demo.json`, { signal: AbortSignal.timeout(1000) });
    const answers = () => demo().then(({ ok }) => ok, () => false);
    const deadline = Date.now() + START;
    while (!(this.output.includes("The shop is open.") && (await answers()))) {
      if (this.ended) throw new Error(`${PROGRAM} did not start`);
      if (Date.now() > deadline) throw new Error(`${PROGRAM} did not answer within ${START / 1000} s`);
      await sleep(200);
    }
  }

  get ended() {
    const { pid, exitCode, signalCode } = this.child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  async end() {
    if (!this.child || this.ended) return;
    const exit = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await Promise.race([exit, sleep(END)]);
    if (!this.ended) this.child.kill("SIGKILL");
  }
}
