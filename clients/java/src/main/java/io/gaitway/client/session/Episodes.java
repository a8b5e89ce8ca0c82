package io.gaitway.client.session;

/**
 * The environments of a session after a reset.
 *
 * @param states state of every environment, reset or not, shape (N, nx)
 * @param seeds seed in force of every environment (64 bits, unsigned), shape (N)
 * @param episodes episode number of every environment, shape (N); −1 where there was no reset yet
 */
public record Episodes(double[] states, long[] seeds, long[] episodes) {}
