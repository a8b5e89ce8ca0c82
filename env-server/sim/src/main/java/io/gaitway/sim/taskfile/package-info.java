/**
 * Tasks from files: what a robot is asked to do, as a small YAML file beside the robot's own. See
 * {@code docs/task-files.md}.
 */
@NullMarked
package io.gaitway.sim.taskfile;

import org.jspecify.annotations.NullMarked;
