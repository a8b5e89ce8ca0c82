/**
 * Policies, how they are fitted, and the cost by which trajectories agree with them.
 *
 * <p>Legend. All matrices are flat and row-major; cross derivatives are always {@code ux}.
 *
 * <table>
 * <caption>Symbols</caption>
 * <tr><th>symbol</th><th>meaning</th><th>shape</th><th>unit</th><th>source</th></tr>
 * <tr><td>nx</td><td>entries of the state</td><td></td><td></td><td></td></tr>
 * <tr><td>d, h, m</td><td>inputs, hidden units, outputs (actions)</td><td></td><td></td>
 *     <td>[1] sec. 6</td></tr>
 * <tr><td>W1, b1, W2, b2</td><td>weights and biases</td><td>(h, d), (h), (m, h), (m)</td>
 *     <td>1/x, 1, u, u</td><td>[1] sec. 6</td></tr>
 * <tr><td>mu, mux</td><td>mean action μ(x) and its Jacobian</td><td>(m), (m, nx)</td>
 *     <td>u, u/x</td><td>[1] sec. 5</td></tr>
 * <tr><td>std</td><td>standard deviations σ of the action noise</td><td>(m)</td><td>u</td>
 *     <td>[1] sec. 6</td></tr>
 * <tr><td>S, dx</td><td>samples per knot and their offsets δx from the nominal state</td>
 *     <td>, (S, nx)</td><td>x</td><td>[1] sec. 5</td></tr>
 * <tr><td>K, C</td><td>gains and action covariances of the trajectory distribution q</td>
 *     <td>(T, m, nx), (T, m, m)</td><td>u/x, u²</td><td>[1] sec. 4</td></tr>
 * <tr><td>N, w, t</td><td>number of samples, their weights and mean actions wanted</td>
 *     <td>, (N), (N, m)</td><td>, 1, u</td><td>[1] sec. 5</td></tr>
 * <tr><td>theta</td><td>parameters [W1, b1] in standardised units</td>
 *     <td>(h·d + h)</td><td>1</td><td></td></tr>
 * <tr><td>a, s</td><td>activations of the hidden units and their slopes</td><td>(h)</td><td>1</td>
 *     <td></td></tr>
 * <tr><td>v</td><td>best noise variances for given weights, standardised</td><td>(m)</td><td>1</td>
 *     <td></td></tr>
 * <tr><td>g, H, L</td><td>gradient, approximate Hessian and the damped one's factor</td>
 *     <td>(n), (n, n), (n, n)</td><td></td><td>[2] sec. 10.3</td></tr>
 * </table>
 *
 * <p>[1] S. Levine and V. Koltun, Variational Policy Search via Trajectory Optimization, NIPS 2013.
 * [2] J. Nocedal and S. Wright, Numerical Optimization, second edition, 2006.
 */
@NullMarked
package io.gaitway.optim.policy;

import org.jspecify.annotations.NullMarked;
