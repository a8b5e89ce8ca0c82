package io.gaitway.server.evaluation;

import java.util.List;

/**
 * States that ask for actions.
 *
 * @param number of the round
 * @param episodes in it, ascending; n of them
 * @param steps control steps since each episode's start
 * @param states shape (n, nx)
 * @param nx entries of a state
 */
record Round(long number, List<Integer> episodes, List<Integer> steps, double[] states, int nx) {}
