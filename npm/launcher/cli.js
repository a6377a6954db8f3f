#!/usr/bin/env node
// Runs the program of this machine's package; where there is none, the commands that WebAssembly can do.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { parseArgs } from "node:util";

const require = createRequire(import.meta.url);
const { optionalDependencies } = require("./package.json");

/** The program's path, or nothing. */
function program() {
  if (process.env.REHEARSAL_BINARY) return process.env.REHEARSAL_BINARY;
  const name = `rehearsal-bedrock-${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/${process.platform === "win32" ? "rehearsal.exe" : "rehearsal"}`);
  } catch {
    return undefined;
  }
}

function refuse(message) {
  console.error(`error: ${message}`);
  process.exitCode = 2;
}

function run(path) {
  const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
  // A signal from the terminal reaches both; one that is sent to this process is for the program.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => refuse(`${path}: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    process.removeAllListeners();
  });
}

const TEXT = { type: "string" };
const SCENARIO = { scenario: { ...TEXT, short: "s" }, json: { type: "boolean" } };
const number = (name, text) => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new Error(`--${name} ${text} is no number`);
  return value;
};
const read = (file) => (file === undefined ? {} : readFileSync(file === "-" ? 0 : file, "utf8"));
const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** What WebAssembly can do, with the options that it takes here. */
const FALLBACK = {
  estimate: [{ ...SCENARIO, today: TEXT }, (core, o) => core.estimate(read(o.scenario), o.today)],
  simulate: [
    { ...SCENARIO, messages: TEXT },
    (core, o) => core.simulate(read(o.scenario), defined({ messages: number("messages", o.messages) })),
  ],
  capacity: [
    { ...SCENARIO, knob: TEXT, "max-ms": TEXT, percentile: TEXT, "max-lost-pct": TEXT, messages: TEXT },
    (core, o) =>
      core.capacity(
        read(o.scenario),
        defined({
          knob: o.knob,
          max_ms: number("max-ms", o["max-ms"]),
          percentile: number("percentile", o.percentile),
          max_lost_pct: number("max-lost-pct", o["max-lost-pct"]),
          messages: number("messages", o.messages),
        }),
      ),
  ],
  price: [
    {
      ...Object.fromEntries(
        ["model", "input", "output", "cache-read", "cache-write-5m", "cache-write-1h", "tier", "region", "door"].map((name) => [name, TEXT]),
      ),
      json: { type: "boolean" },
    },
    (core, { json, model, tier, region, door, ...counts }) =>
      core.price(
        defined({
          model,
          tier,
          region,
          door,
          ...Object.fromEntries(Object.entries(counts).map(([name, text]) => [name.replaceAll("-", "_"), number(name, text)])),
        }),
      ),
  ],
};

async function fallback([command, ...rest]) {
  const here = `${process.platform}-${process.arch}`;
  const names = Object.keys(optionalDependencies ?? {}).join(", ");
  if (!Object.hasOwn(FALLBACK, command ?? "")) {
    refuse(
      `the program of this machine (${here}) is not installed. There are the packages ${names}; npm leaves them out with --omit=optional or ` +
        `--no-optional. Without one, these commands answer by WebAssembly: ${Object.keys(FALLBACK).join(", ")}`,
    );
    return;
  }
  try {
    const [options, answer] = FALLBACK[command];
    const { values } = parseArgs({ args: rest, options, strict: true });
    const core = await import("rehearsal");
    console.error(`note: no program for ${here}; this is answered by WebAssembly, as JSON`);
    process.stdout.write(`${JSON.stringify(answer(core, values), null, 2)}\n`);
  } catch (error) {
    refuse(error.message);
  }
}

const path = program();
if (path) run(path);
else await fallback(process.argv.slice(2));
