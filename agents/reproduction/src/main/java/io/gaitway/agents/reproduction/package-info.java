/**
 * Figure 1 of Levine and Koltun (Variational Policy Search via Trajectory Optimization, NIPS 2013):
 * the paper's claims, judged by the runs that tables of experiments have. Nothing here runs
 * anything or touches files.
 */
@NullMarked
package io.gaitway.agents.reproduction;

import org.jspecify.annotations.NullMarked;
