import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Client, connect, InvalidArgumentError, readRobot, UnimplementedError } from "gaitway";
import { answering } from "./answering.js";
import { sharedClient } from "./server.js";

const ROBOTS = "../conformance/robots";

describe("robots of one's own", () => {
  let client: Client;
  let folder: string;
  before(async () => {
    client = await sharedClient();
    folder = await mkdtemp(join(tmpdir(), "robots-"));
  });
  after(() => rm(folder, { recursive: true }));

  test("files become an environment, with warnings and rewards of its own", async () => {
    const { environment, warnings } = await client.addEnvironment(
      await readRobot(`${ROBOTS}/sledge.yaml`),
    );
    assert.match(environment.id, /^sledge@[0-9a-f]{16}$/);
    assert.match(warnings.join("\n"), /^sledge\.xml:7: <geom name="floor">: .*contacts; /m);
    assert.deepEqual(
      environment.rewardTerms.map(({ name }) => name),
      ["progress", "upright", "control"],
    );
    assert.equal(environment.groundHeight, 0.5);
    assert.equal(environment.geometry[0]?.shapes[0]?.points.length, 8);
    await using session = await client.session(environment.id, { environments: 2 });
    const { states } = await session.reset({ seeds: [0n, 1n] });
    const result = await session.step([0.5, -1]);
    for (const [i, u] of [0.5, -1].entries()) {
      const at = i * environment.nx;
      const progress = 100 * ((result.states[at] ?? Number.NaN) - (states[at] ?? Number.NaN));
      const expected = progress + 1 - 0.1 * u * u;
      assert.ok(Math.abs((result.rewards?.[i] ?? Number.NaN) - expected) < 1e-12);
    }
    await using swimmer = await client.session("swimmer");
    await swimmer.reset();
    assert.equal((await swimmer.step([0, 0])).rewards, undefined);
  });

  test("texts need no files", async () => {
    const xml =
      '<mujoco><worldbody><body><joint name="hinge" axis="0 -1 0"/><geom type="capsule" fromto="0 0 0 0 0 -1"' +
      ' size="0.05"/></body></worldbody><actuator><motor name="drive" joint="hinge" ctrlrange="-9 9"/></actuator></mujoco>';
    const { environment } = await client.addEnvironment({
      name: "rod",
      robot: { name: "rod.xml", text: xml },
      task: { name: "rod.yaml", text: "dt: 0.01\nhorizon: 9\ncost: {still: {of: actions}}\n" },
    });
    assert.deepEqual([environment.nx, environment.nu, environment.horizon], [2, 1, 9]);
    assert.deepEqual(environment.action[0]?.name, "drive");
  });

  test("what makes no sense is refused with its line", async () => {
    const cases = [
      ["misfit.yaml", "ball.xml", "INVALID_ROBOT", /^ball\.xml:4: <joint name="shoulder">: .*ball/],
      ["misfit.yaml", "outside.xml", "INVALID_ROBOT", /^outside\.xml:2: <include>: /],
      ["misfit.yaml", undefined, "INVALID_TASK", /^misfit\.yaml, line 5: .*lid/],
    ] as const;
    for (const [task, robot, reason, words] of cases) {
      const file = robot === undefined ? undefined : `${ROBOTS}/${robot}`;
      const files = await readRobot(`${ROBOTS}/${task}`, file);
      await assert.rejects(client.addEnvironment(files), (error) => {
        assert.ok(error instanceof InvalidArgumentError);
        assert.equal(error.reason, reason);
        assert.match(error.message, words);
        return true;
      });
    }
  });

  test("nothing outside of the robot's folder is read", async () => {
    await mkdir(join(folder, "robots/parts"), { recursive: true });
    const names = [
      join(folder, "secret.xml"),
      "../secret.xml",
      "parts/../../secret.xml",
      "link.xml",
      "./parts//legs.xml",
      "robot.xml",
    ];
    const includes = names.map((name) => `<include file='${name}'/>`).join("");
    await writeFile(join(folder, "secret.xml"), "<mujoco/>");
    await symlink("../secret.xml", join(folder, "robots/link.xml"));
    await writeFile(join(folder, "robots/robot.xml"), `<mujoco>${includes}</mujoco>`);
    await writeFile(join(folder, "robots/parts/legs.xml"), '<include file="feet.xml"/>');
    await writeFile(join(folder, "robots/parts/feet.xml"), "<mujoco/>");
    await writeFile(join(folder, "robots/Two Legs.YAML"), "dt: 1\nrobot: robot.xml # beside it\n");
    const files = await readRobot(join(folder, "robots/Two Legs.YAML"));
    assert.deepEqual([files.name, files.robot.name], ["two-legs", "robot.xml"]);
    assert.deepEqual(
      files.included?.map(({ name }) => name),
      ["parts/legs.xml", "parts/feet.xml"],
    );
  });

  test("files that are none are said", async () => {
    const task = join(folder, "task.yaml");
    await assert.rejects(readRobot(task), { code: "ENOENT" });
    await writeFile(task, "dt: 0.01\n");
    await assert.rejects(readRobot(task), /names no robot; add a line such as/);
    await writeFile(join(folder, "robot.xml"), Buffer.from([0xff]));
    await assert.rejects(readRobot(task, join(folder, "robot.xml")), /is not text in UTF-8/);
  });

  test("an older server takes none", async () => {
    const server = await answering(() => undefined);
    const older = await connect(server.address);
    const files = await readRobot(`${ROBOTS}/sledge.yaml`);
    await assert.rejects(older.addEnvironment(files), (error) => {
      assert.ok(error instanceof UnimplementedError);
      assert.match(error.message, /^adding the environment sledge is not offered by /);
      return true;
    });
    await older.close();
    server.close();
  });
});
