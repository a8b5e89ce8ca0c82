/** Fair comparison of controllers: the server runs the episodes of a suite and keeps the score. */
@NullMarked
package io.gaitway.client.evaluation;

import org.jspecify.annotations.NullMarked;
