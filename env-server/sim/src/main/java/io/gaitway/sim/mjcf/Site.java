package io.gaitway.sim.mjcf;

/**
 * A marked point of a body.
 *
 * @param name empty if it has none
 * @param pos in the body's frame, m
 */
record Site(String name, Vec3 pos) {}
