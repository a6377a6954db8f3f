// Times a day of a million messages in Chromium's worker, beside other ways to simulate it.
//
// It needs `cargo xtask pkg`, Chromium, and for the peers python3 with numpy and simpy; a peer that
// cannot run is left out. Prints a table of milliseconds per 1,000,000 messages, the best of several
// runs, and each as a ratio to the first.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { onPage } from "./chromium.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const ours = await onPage(async () => {
  const worker = new Worker("/benches/worker.mjs", { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
});

const rows = [...ours];
const peer = (name, program, ...args) => {
  try {
    rows.push([name, Number(execFileSync(program, args, { cwd: here, encoding: "utf8" }))]);
  } catch (error) {
    console.error(`${name}: left out (${String(error.message).split("\n")[0]})`);
  }
};
peer("numpy, no queue", process.env.PYTHON ?? "python3", "peers/numpy_model.py");
peer("plain JavaScript, no queue", process.execPath, "peers/plain.mjs");
peer("SimPy, 48 servers", process.env.PYTHON ?? "python3", "peers/simpy_queue.py");
const first = rows[0][1];
console.log("| what | ms per 1,000,000 messages | ratio |\n|---|---:|---:|");
for (const [name, ms] of rows) console.log(`| ${name} | ${ms.toFixed(1)} | ${(ms / first).toFixed(1)} |`);
