package io.gaitway.sim.task;

/** Scratch memory of one environment for one thread, made by {@link Environment#newWorkspace()}. */
public interface Workspace {}
