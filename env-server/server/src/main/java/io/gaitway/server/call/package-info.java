/**
 * The course of a call: what it may ask for, whether it is let in, where it computes, how it
 * answers.
 */
@NullMarked
package io.gaitway.server.call;

import org.jspecify.annotations.NullMarked;
