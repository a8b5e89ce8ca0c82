/**
 * Fair evaluation: suites, their rounds, scores, where these are kept, and the service over them.
 */
@NullMarked
package io.gaitway.server.evaluation;

import org.jspecify.annotations.NullMarked;
