// vitest: the cells as tests, the AWS SDK over the package's `requestHandler`.

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";

const out = "vitest_report.json";
rmSync(out, { force: true });
spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "--reporter=json", `--outputFile=${out}`, "vitest_cells.test.mjs"]);
const report = JSON.parse(readFileSync(out, "utf8"));
for (const test of report.testResults.flatMap((file) => file.assertionResults)) {
  const note = test.failureMessages.join(" ").replace(/\s+/g, " ").slice(0, 300);
  console.log(JSON.stringify({ cell: test.title, state: test.status === "passed" ? "passed" : "failed", note }));
}
