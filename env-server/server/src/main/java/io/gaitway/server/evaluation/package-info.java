/**
 * Fair evaluation: suites, the course of their episodes, scores, and where they are kept. Knows the
 * contract's messages, and nothing of calls.
 */
@NullMarked
package io.gaitway.server.evaluation;

import org.jspecify.annotations.NullMarked;
