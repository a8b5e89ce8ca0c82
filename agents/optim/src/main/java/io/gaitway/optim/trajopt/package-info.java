/**
 * Trajectory optimisation: the Riccati sweep, iterative LQR, and Gaussian distributions over
 * trajectories.
 *
 * <p>Legend. All matrices are flat, row-major, with the knot as the slowest index; primes in
 * formulas mean knot t + 1. Units follow from the environment's state (x), action (u) and cost (c);
 * c has no unit. Cross derivatives are always {@code ux}.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>symbol</th><th>meaning</th><th>shape</th><th>unit</th><th>source</th></tr>
 * <tr><td>T</td><td>number of control steps</td><td></td><td></td><td></td></tr>
 * <tr><td>nx, nu</td><td>entries of state and action</td><td></td><td></td><td></td></tr>
 * <tr><td>xs, us</td><td>nominal states x̂ and actions û</td><td>(T + 1, nx), (T, nu)</td>
 *     <td>x, u</td><td>[1] sec. 4</td></tr>
 * <tr><td>fx, fu</td><td>derivatives of the control step</td><td>(T, nx, nx), (T, nx, nu)</td>
 *     <td>1, x/u</td><td>[1] sec. 4</td></tr>
 * <tr><td>l, lx, lu, lxx, lux, luu</td><td>cost and its derivatives; l, lx, lxx have the terminal
 *     knot last</td><td>(T + 1), (T + 1, nx), (T, nu), (T + 1, nx, nx), (T, nu, nx), (T, nu, nu)</td>
 *     <td>c, c/x, …</td><td>[2] eq. 5</td></tr>
 * <tr><td>Qx, Qu, Qxx, Qux, Quu</td><td>derivatives of cost-to-go as a function of (x, u)</td>
 *     <td>(nx), (nu), (nx, nx), (nu, nx), (nu, nu)</td><td>c/x, …</td><td>[2] eq. 5</td></tr>
 * <tr><td>Vx, Vxx</td><td>derivatives of the value function</td><td>(T + 1, nx), (T + 1, nx, nx)</td>
 *     <td>c/x, c/x²</td><td>[2] eq. 11</td></tr>
 * <tr><td>k, K</td><td>feed-forward term and feedback gain</td><td>(T, nu), (T, nu, nx)</td>
 *     <td>u, u/x</td><td>[2] eq. 6</td></tr>
 * <tr><td>L</td><td>lower Cholesky factor</td><td>(T, nu, nu)</td><td></td><td></td></tr>
 * <tr><td>lambda</td><td>regularisation λ</td><td></td><td>c/u² or c/x²</td><td>[2] sec. II-F</td></tr>
 * <tr><td>alpha</td><td>step size α of the line search</td><td></td><td></td><td>[2] eq. 12</td></tr>
 * <tr><td>C</td><td>covariance of the action, Quu⁻¹</td><td>(T, nu, nu)</td><td>u²</td>
 *     <td>[1] sec. 4</td></tr>
 * <tr><td>Sigma</td><td>covariance Σ of the state's marginal</td><td>(T + 1, nx, nx)</td><td>x²</td>
 *     <td>[1] sec. 4</td></tr>
 * </table>
 *
 * <p>[1] S. Levine and V. Koltun, Variational Policy Search via Trajectory Optimization, NIPS 2013.
 * [2] Y. Tassa, T. Erez and E. Todorov, Synthesis and stabilization of complex behaviors through
 * online trajectory optimization, IROS 2012.
 */
@NullMarked
package io.gaitway.optim.trajopt;

import org.jspecify.annotations.NullMarked;
