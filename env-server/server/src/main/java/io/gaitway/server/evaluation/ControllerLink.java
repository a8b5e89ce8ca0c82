package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import java.util.List;

/**
 * What a controller is told. The last four end the link: nothing is told after one of them. Calls
 * come one after another, and must not throw.
 */
public interface ControllerLink {
  /** What is to be controlled. */
  void task(Evaluation evaluation, SuiteModel suite);

  /** A round is to be answered. */
  void round(Round round);

  /** An episode has ended. */
  void result(EpisodeResult result);

  /** The last episode has ended. */
  void completed();

  /** Another controller has attached. */
  void takenOver();

  /** The controller did something wrong that ends the link. */
  void fault(ControllerFault fault, String detail, List<Integer> episodes);

  /** The evaluation cannot be controlled. */
  void failed(Throwable cause);
}
