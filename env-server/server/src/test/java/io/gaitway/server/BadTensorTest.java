package io.gaitway.server;

import io.gaitway.proto.v1.EvaluateRequest;
import java.util.Map;
import java.util.stream.Stream;

/** Tensors of the wrong type, shape, number of bytes, or with numbers that are not finite. */
class BadTensorTest extends BadInputTable {
  static Stream<Row> rows() {
    return Stream.of(
        row("no actions", step(b -> b.clearActions()), "FIELD_MISSING", "actions", Map.of()),
        row(
            "wrong shape",
            step(b -> b.setActions(Rig.tensor(new double[6], 2, 3))),
            "TENSOR_SHAPE_MISMATCH",
            "actions",
            Map.of("expected", "(2, 2)", "actual", "(2, 3)")),
        row(
            "right number, wrong shape",
            step(b -> b.setActions(Rig.tensor(new double[4], 4))),
            "TENSOR_SHAPE_MISMATCH",
            "actions",
            Map.of("expected", "(2, 2)", "actual", "(4)")),
        row(
            "negative sizes",
            step(b -> b.setActions(Rig.tensor(new double[4], -2, -2))),
            "TENSOR_SHAPE_MISMATCH",
            "actions",
            Map.of("actual", "(-2, -2)")),
        row(
            "wrong type",
            step(b -> b.setActions(Rig.flags(0, 0, 0, 0))),
            "TENSOR_TYPE_MISMATCH",
            "actions",
            Map.of("expected", "DATA_TYPE_FLOAT64", "actual", "DATA_TYPE_BOOL")),
        row(
            "type of the future",
            step(b -> b.setActions(good().setDtypeValue(77))),
            "TENSOR_TYPE_MISMATCH",
            "actions",
            Map.of("actual", "77")),
        row(
            "truncated bytes",
            step(b -> b.setActions(good().setData(good().getData().substring(0, 31)))),
            "TENSOR_BYTES_MISMATCH",
            "actions",
            Map.of("expected", "32", "actual", "31")),
        row(
            "bytes to spare",
            step(b -> b.setActions(good().setData(good().getData().concat(bytes(8))))),
            "TENSOR_BYTES_MISMATCH",
            "actions",
            Map.of("expected", "32", "actual", "40")),
        row(
            "a shape of petabytes",
            r ->
                r.dynamics.evaluate(
                    EvaluateRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setStates(good().clearShape().addShape(Long.MAX_VALUE).addShape(2))
                        .setActions(good())
                        .build()),
            "TENSOR_BYTES_MISMATCH",
            "states",
            Map.of("actual", "32")),
        row(
            "NaN",
            step(b -> b.setActions(Rig.tensor(new double[] {0, 0, NAN, 0}, 2, 2))),
            "NON_FINITE_INPUT",
            "actions",
            Map.of("index", "2", "value", "NaN")),
        row(
            "infinity",
            step(b -> b.setActions(Rig.tensor(new double[] {0, -INF, 0, 0}, 2, 2))),
            "NON_FINITE_INPUT",
            "actions",
            Map.of("index", "1", "value", "-Infinity")),
        row(
            "an action out of bounds",
            step(b -> b.setActions(Rig.tensor(new double[] {0, 0, 0, 1.5}, 2, 2))),
            "ACTION_OUT_OF_BOUNDS",
            "actions",
            Map.of(
                "environment",
                "1",
                "action",
                "far",
                "value",
                "1.5",
                "lower",
                "-1.0",
                "upper",
                "1.0")));
  }
}
