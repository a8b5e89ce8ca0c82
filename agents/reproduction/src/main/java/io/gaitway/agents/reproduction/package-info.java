/**
 * Agents compared, as in Figure 1 of Levine and Koltun (Variational Policy Search via Trajectory
 * Optimization, NIPS 2013): measured runs, their statistics, the paper's claims, and what is drawn
 * and written of them. Nothing here runs anything or touches files.
 */
@NullMarked
package io.gaitway.agents.reproduction;

import org.jspecify.annotations.NullMarked;
