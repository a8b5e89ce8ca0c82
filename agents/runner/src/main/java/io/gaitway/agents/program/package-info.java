/**
 * Learning methods and controllers in processes of their own, in any language, and the methods of
 * this program for others that train.
 */
@NullMarked
package io.gaitway.agents.program;

import org.jspecify.annotations.NullMarked;
