import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { split } from "shlex";
import { sharedClient } from "./server.js";

const ROOT = "../..";

/** A policy of the swimmer, which the pages call policy.json. */
const POLICY = "../python/examples/swimmer-v5-policy.json";

/** A robot and a task, which the pages call hopper.xml and hop.yaml. */
const SHIPPED = `${ROOT}/env-server/sim/src/main/resources/io/gaitway/sim/robots`;

/** Where the snippets are compiled: below the package, whose name they import. */
const FOLDER = "build/snippets";

const run = promisify(execFile);

/** The pages that a reader may copy from. */
async function pages(): Promise<string[]> {
  const all = [];
  for (const folder of [".", "docs", "clients/java", "clients/python", "clients/typescript"]) {
    const names = await readdir(join(ROOT, folder));
    all.push(...names.filter((name) => name.endsWith(".md")).map((name) => join(folder, name)));
  }
  return all;
}

const SNIPPETS: { page: string; line: number; source: string }[] = [];
for (const page of await pages()) {
  const text = await readFile(join(ROOT, page), "utf8");
  for (const match of text.matchAll(/^```(?:ts|js|typescript|javascript)\n(.*?)^```$/gms)) {
    const line = text.slice(0, match.index).split("\n").length;
    SNIPPETS.push({ page, line, source: match[1] as string });
  }
}

describe("every snippet of the pages runs to its end and exits:", () => {
  let place: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    for (const [i, { source }] of SNIPPETS.entries()) {
      await writeFile(join(FOLDER, `${i}.ts`), source);
    }
    const config = {
      extends: "../../tsconfig.json",
      compilerOptions: {
        rootDir: ".",
        outDir: ".",
        declaration: false,
        noUncheckedIndexedAccess: false,
      },
      include: ["*.ts"],
      exclude: [],
    };
    await writeFile(join(FOLDER, "tsconfig.json"), JSON.stringify(config));
    await run("node_modules/.bin/tsc", ["-p", FOLDER]).catch(({ stdout }) => assert.fail(stdout));

    place = await mkdtemp(join(tmpdir(), "gaitway-"));
    await copyFile(POLICY, join(place, "policy.json"));
    await copyFile(`${SHIPPED}/hopper.xml`, join(place, "hopper.xml"));
    await copyFile(`${SHIPPED}/hopper.yaml`, join(place, "hop.yaml"));
    const [program = "", ...words] = split(process.env.GAITWAY_COMMAND ?? "../../gaitway");
    await run(program, [...words, "export", POLICY, "--onnx", join(place, "swimmer.onnx")]);
    const client = await sharedClient();
    const suites = await client.evaluations.suites();
    const suite = suites.find(({ environments }) => environments[0]?.id === "swimmer");
    const { id } = await client.evaluations.create(suite?.id ?? "", "snippet");
    env = { ...process.env, GAITWAY_EVALUATION_SERVER: client.address, GAITWAY_EVALUATION: id };
  });

  after(() => rm(place, { recursive: true }));

  test("the pages have snippets", () => assert.ok(SNIPPETS.length >= 4, `${SNIPPETS.length}`));

  for (const [i, { page, line }] of SNIPPETS.entries()) {
    test(`${page}, line ${line}`, async () => {
      const file = join(process.cwd(), FOLDER, `${i}.js`);
      await run(process.execPath, [relative(place, file)], { cwd: place, env, timeout: 60_000 });
    });
  }
});
