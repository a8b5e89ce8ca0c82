/**
 * Planar multibody models: trees of hinged bodies on a root that floats, slides, turns or is fixed.
 */
@NullMarked
package io.gaitway.sim.model;

import org.jspecify.annotations.NullMarked;
