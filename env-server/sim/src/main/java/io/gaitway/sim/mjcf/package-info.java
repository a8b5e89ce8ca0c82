/**
 * Robots from MuJoCo's XML: reads a file without MuJoCo and makes of it a planar model with exact
 * derivatives, or says where and why it cannot.
 */
@NullMarked
package io.gaitway.sim.mjcf;

import org.jspecify.annotations.NullMarked;
