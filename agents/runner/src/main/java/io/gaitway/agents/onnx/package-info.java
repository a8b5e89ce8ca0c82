/**
 * Policies as ONNX models, for the runtimes that read these. The only package of the agents that
 * knows protocol buffers, in which ONNX is written; {@code src/main/proto/onnx.proto} has the part
 * of the format that is used, and {@code docs/policies.md} describes the models.
 */
@NullMarked
package io.gaitway.agents.onnx;

import org.jspecify.annotations.NullMarked;
