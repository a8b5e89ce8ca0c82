package io.gaitway.client.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.ListEvaluationsResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The leaderboard, which a server gives in parts. */
@Timeout(60)
class LeaderboardTest {
  /** Three pages of suite "s", and a page of "endless" that is followed by itself. */
  private static final class Pages extends EvaluationServiceGrpc.EvaluationServiceImplBase {
    @Override
    public void listEvaluations(
        ListEvaluationsRequest request, StreamObserver<ListEvaluationsResponse> out) {
      String token = request.getPageToken();
      int page = token.isEmpty() ? 0 : Integer.parseInt(token);
      ListEvaluationsResponse.Builder answer = ListEvaluationsResponse.newBuilder();
      answer
          .addEvaluationsBuilder()
          .setController("c" + page)
          .getSuiteBuilder()
          .setId(request.getSuite())
          .setEpisodes(1)
          .setHorizon(1);
      if (request.getSuite().equals("endless") || page < 2) {
        answer.setNextPageToken(Integer.toString(Math.min(2, page + 1)));
      }
      out.onNext(answer.build());
      out.onCompleted();
    }
  }

  @Test
  void allPartsAreFetched() {
    try (FakeServer server = FakeServer.inProcess(new Pages());
        GaitwayClient client = server.client().build()) {
      assertEquals(
          List.of("c0", "c1", "c2"),
          client.evaluations().leaderboard("s").stream().map(EvaluationInfo::controller).toList());
      GaitwayException endless =
          assertThrows(GaitwayException.class, () -> client.evaluations().leaderboard("endless"));
      assertTrue(
          String.valueOf(endless.getMessage()).contains("a page was given twice"),
          endless.toString());
    }
  }
}
