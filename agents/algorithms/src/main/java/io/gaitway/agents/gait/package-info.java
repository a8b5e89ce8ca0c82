/**
 * Hand-crafted walking: a SIMBICON controller, its parameters, and the evolution strategy that
 * finds them.
 *
 * <p>[1] K. Yin, K. Loken and M. van de Panne, SIMBICON: Simple Biped Locomotion Control, SIGGRAPH
 * 2007. [2] R. Ros and N. Hansen, A Simple Modification in CMA-ES Achieving Linear Time and Space
 * Complexity, PPSN 2008.
 */
@NullMarked
package io.gaitway.agents.gait;

import org.jspecify.annotations.NullMarked;
