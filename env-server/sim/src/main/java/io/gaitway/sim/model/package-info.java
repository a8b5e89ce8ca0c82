/** Planar multibody models: trees of hinged bodies on a floating root, and their scratch data. */
@NullMarked
package io.gaitway.sim.model;

import org.jspecify.annotations.NullMarked;
