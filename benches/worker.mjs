// Runs every scenario several times and tells the best time of each.
import { simulate } from "/pkg/index.js";

const scenarios = await (await fetch("/benches/scenarios.json")).json();
const times = [];
for (const [name, scenario] of Object.entries(scenarios)) {
  let best = Infinity;
  for (let run = 0; run < 9; run++) {
    const start = performance.now();
    simulate(scenario);
    best = Math.min(best, performance.now() - start);
  }
  times.push([`Rehearsal in Chromium, ${name}`, best]);
}
postMessage(times);
