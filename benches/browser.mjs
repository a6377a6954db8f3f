// Times a day of a million messages in Chromium's worker, beside other ways to simulate it.
//
// It needs `cargo xtask pkg`, Chromium, and for the peers python3 with numpy and simpy; a peer that
// cannot run is left out. Prints tables of milliseconds per 1,000,000 messages, the best of several
// runs: of a day that is new, and of one in which a model, the traffic or the limits changed since the
// last one.

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
    rows.push({ name, new: Number(execFileSync(program, args, { cwd: here, encoding: "utf8" })) });
  } catch (error) {
    console.error(`${name}: left out (${String(error.message).split("\n")[0]})`);
  }
};
peer("numpy, no queue", process.env.PYTHON ?? "python3", "peers/numpy_model.py");
peer("plain JavaScript, no queue", process.execPath, "peers/plain.mjs");
peer("SimPy, 48 servers", process.env.PYTHON ?? "python3", "peers/simpy_queue.py");

const columns = ["new", "model", "traffic", "limits"];
const table = (cell) => {
  console.log(`| what | ${columns.join(" | ")} |\n|---|${columns.map(() => "---:|").join("")}`);
  for (const row of rows) console.log(`| ${row.name} | ${columns.map((column) => (column in row ? cell(row[column]) : "")).join(" | ")} |`);
};
console.log("Milliseconds per 1,000,000 messages:\n");
table((ms) => ms.toFixed(1));
console.log(`\nAs ratios to the first, ${rows[0].new.toFixed(1)} ms:\n`);
table((ms) => (ms / rows[0].new).toFixed(1));
