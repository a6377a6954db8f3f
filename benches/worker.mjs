// Runs every scenario several times and tells the best time of each: of a day that is new, and of one
// of which a slider moved since the last one.
import { simulate } from "/pkg/index.js";

const HAIKU = "anthropic.claude-3-haiku-20240307-v1:0";
const scenarios = await (await fetch("/benches/scenarios.json")).json();

/** What is moved, a step further each turn. */
const moves = {
  new: (scenario, turn) => {
    scenario.seed = turn;
  },
  model: (scenario, turn) => {
    const latency = { kind: "simple", mean_ms: 350 + turn, sd_ms: 100 };
    scenario.models = { ...scenario.models, [HAIKU]: { ...scenario.models?.[HAIKU], latency } };
  },
  traffic: (scenario, turn) => {
    scenario.daily_messages = 1_000_000 - 100 * turn;
  },
  limits: (scenario, turn) => {
    if (scenario.capacity?.concurrency) scenario.capacity.concurrency += turn % 3;
    for (const model of Object.values(scenario.models ?? {})) if (model.rpm) model.rpm += turn % 3;
  },
};

// The browser compiles what is used often once more, and better.
const warmUntil = performance.now() + 5_000;
while (performance.now() < warmUntil) {
  for (const scenario of Object.values(scenarios)) for (const seed of [1, 2]) simulate({ ...scenario, seed });
}

const rows = [];
for (const [name, scenario] of Object.entries(scenarios)) {
  const times = {};
  for (const [what, move] of Object.entries(moves)) {
    times[what] = Infinity;
    for (let turn = 0; turn < 20; turn++) {
      const moved = structuredClone(scenario);
      move(moved, turn);
      const start = performance.now();
      simulate(moved);
      times[what] = Math.min(times[what], performance.now() - start);
    }
  }
  rows.push({ name, ...times });
}
postMessage(rows);
