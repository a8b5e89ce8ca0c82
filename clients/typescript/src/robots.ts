import { readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import type { EnvironmentInfo } from "./environment.js";

/** A file's name, for messages and includes, and what is in it. */
export interface TextFile {
  /** Such as `hopper.xml` or `common/materials.xml`. */
  readonly name: string;
  /** Its text. */
  readonly text: string;
}

/** A robot and what it is asked to do: texts, from wherever they come. */
export interface RobotFiles {
  /** What to call the environment: 1 to 40 characters of a-z, 0-9 and "-". */
  readonly name: string;
  /** The robot, in MuJoCo's XML. */
  readonly robot: TextFile;
  /** What the robot's file includes, under the names that it includes it by; absent for nothing. */
  readonly included?: readonly TextFile[];
  /** The task, in YAML; docs/robots.md says what may stand in it. */
  readonly task: TextFile;
}

/** An environment that was made of files. */
export interface AddedEnvironment {
  /** With its default parameters; its id names it to `simulator` and `session`. */
  readonly environment: EnvironmentInfo;
  /** What of the robot's file changes the motion but was left out, and what replaces it; a sentence each. */
  readonly warnings: readonly string[];
}

const INCLUDE = /<include\s[^>]*\bfile\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ROBOT = /^robot:\s*(?:"([^"]*)"|'([^']*)'|([^\s#]+))/m;

/** More files than any server takes. */
const MOST_FILES = 100;

/**
 * Reads a task, its robot and what that includes from files. The environment is called like the task's file.
 *
 * @param task a YAML file
 * @param robot MuJoCo's XML; absent for the file that the task names. What it includes lies in its folder or below, and
 *     nothing else is read
 * @throws Error if a file cannot be read, or the task names no robot
 */
export async function readRobot(task: string, robot?: string): Promise<RobotFiles> {
  const taskText = await text(task);
  const file = robot ?? join(dirname(task), robotOf(task, taskText));
  const files = new Map<string, string>();
  await include(dirname(file), basename(file), files);
  const [[name, robotText] = ["", ""], ...included] = files;
  return {
    name: nameOf(task),
    robot: { name, text: robotText },
    included: included.map(([name, text]) => ({ name, text })),
    task: { name: basename(task), text: taskText },
  };
}

function robotOf(task: string, taskText: string): string {
  const named = ROBOT.exec(taskText);
  if (named === null) {
    throw new Error(
      `${task} names no robot; add a line such as 'robot: hopper.xml', or give the robot's file`,
    );
  }
  return group(named);
}

/** Adds a file and all that it includes; the server says what is missing, or too much. */
async function include(folder: string, name: string, files: Map<string, string>): Promise<void> {
  const file = join(folder, name);
  if (files.has(name) || files.size > MOST_FILES) {
    return;
  }
  if (files.size > 0 && !(await liesIn(folder, file))) {
    return;
  }
  const content = await text(file);
  files.set(name, content);
  for (const found of content.matchAll(INCLUDE)) {
    const included = group(found);
    const parts = included.split("/").filter((part) => part !== "" && part !== ".");
    if (/^\/|[\\:]/.test(included) || parts.includes("..")) {
      continue; // What a server must not see stays here.
    }
    const inner = parts.join("/");
    await include(folder, inner, files);
    if (name.includes("/")) {
      await include(folder, `${dirname(name)}/${inner}`, files);
    }
  }
}

function group([, ...groups]: RegExpExecArray): string {
  return groups.find((group) => group !== undefined) ?? "";
}

/** Whether there is such a file, and no link that leads out of the folder. */
async function liesIn(folder: string, file: string): Promise<boolean> {
  try {
    const inside = (await realpath(file)).startsWith(join(await realpath(folder), sep));
    return inside && (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function text(file: string): Promise<string> {
  const bytes = await readFile(file);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Error(`${file} is not text in UTF-8; save it as such`, { cause: error });
  }
}

/** A name that an environment may have, made of a file's. */
function nameOf(task: string): string {
  const plain = basename(task)
    .toLowerCase()
    .replace(/\.ya?ml$/, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return plain.slice(0, 40) || "robot";
}
