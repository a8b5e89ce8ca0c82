package io.gaitway.client;

import static io.gaitway.client.fixture.AlteredAnswers.fault;

import io.gaitway.client.fixture.AlteredAnswers;
import io.gaitway.client.fixture.AlteredServer;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.proto.v1.ContactPoint;
import io.gaitway.proto.v1.GetEnvironmentResponse;
import io.gaitway.proto.v1.GetUsageResponse;
import io.gaitway.proto.v1.ListEnvironmentsResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Descriptions and counts that do not fit what was asked. */
@Timeout(60)
class DescriptionAnswersTest {

  static Stream<Arguments> faults() {
    List<Arguments> faults = new ArrayList<>();
    descriptions(faults);
    return faults.stream();
  }

  private static Simulator simulator(GaitwayClient client) {
    return client.simulator("walker", Map.of());
  }

  private static void descriptions(List<Arguments> faults) {
    for (Consumer<GaitwayClient> ask :
        List.<Consumer<GaitwayClient>>of(
            client -> client.environment("walker", Map.of()), DescriptionAnswersTest::simulator)) {
      faults.add(
          fault(
              "it describes 'swimmer' instead of 'walker'",
              ask,
              GetEnvironmentResponse.getDefaultInstance(),
              answer -> edit(answer, spec -> spec.setId("swimmer"))));
    }
    Consumer<GaitwayClient> ask = DescriptionAnswersTest::simulator;
    faults.add(
        fault(
            "entries in initial_state.mean instead of",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getInitialStateBuilder().addMean(0))));
    faults.add(
        fault(
            "entries in initial_state.std instead of",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getInitialStateBuilder().clearStd())));
    faults.add(
        fault(
            "has 99 in observation, which must be between 0 and",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.addObservation(99))));
    faults.add(
        fault(
            "has -1 in observation, which must be between 0 and",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.addObservation(-1))));
    faults.add(
        fault(
            "has 1 in geometry.parent, which must be between -1 and 0",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getGeometryBuilder(1).setParent(1))));
    faults.add(
        fault(
            "has 99 in geometry.angle_index, which",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer -> edit(answer, spec -> spec.getGeometryBuilder(1).setAngleIndex(99))));
    faults.add(
        fault(
            "has 99 in contact_points.link, which",
            ask,
            GetEnvironmentResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer, spec -> spec.addContactPoints(ContactPoint.newBuilder().setLink(99)))));
    faults.add(
        fault(
            "environment 'acrobot' has 0 state entries",
            GaitwayClient::environments,
            ListEnvironmentsResponse.getDefaultInstance(),
            answer -> {
              ListEnvironmentsResponse.Builder builder = answer.toBuilder();
              builder.getEnvironmentsBuilder(0).clearState();
              return builder.build();
            }));
    faults.add(
        fault(
            "the usage has a count below 0",
            client -> simulator(client).account("a").usage(),
            GetUsageResponse.getDefaultInstance(),
            answer -> {
              GetUsageResponse.Builder builder = answer.toBuilder();
              builder.getUsageBuilder().setRollouts(-1);
              return builder.build();
            }));
    faults.add(
        fault(
            "the usage has a count below 0",
            client -> simulator(client).account("a").usage(),
            GetUsageResponse.getDefaultInstance(),
            answer -> {
              GetUsageResponse.Builder builder = answer.toBuilder();
              builder.getUsageBuilder().setWorkerSeconds(Double.NaN);
              return builder.build();
            }));
  }

  private static GetEnvironmentResponse edit(
      GetEnvironmentResponse answer, Consumer<io.gaitway.proto.v1.EnvironmentSpec.Builder> change) {
    GetEnvironmentResponse.Builder builder = answer.toBuilder();
    change.accept(builder.getEnvironmentBuilder());
    return builder.build();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void anAnswerThatDoesNotFitIsAFault(
      String words, Consumer<GaitwayClient> question, Consumer<AlteredServer> alteration)
      throws IOException {
    AlteredAnswers.check(words, question, alteration);
  }
}
