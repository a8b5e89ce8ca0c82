package io.gaitway.server.session;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Errors;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A session as it is written to a file. */
record SessionRecord(
    String id,
    String owner,
    String environment,
    Map<String, Double> parameters,
    String modelDigest,
    SessionPlan plan,
    long step,
    long resets,
    EnvironmentArrays arrays,
    List<AnswerWindow.Kept> answers) {

  /** Bytes of one environment beside its state. */
  private static final int ENVIRONMENT_BYTES = 3 * Long.BYTES + Integer.BYTES + 2;

  /** Bytes of an answer beside its message. */
  private static final int ANSWER_BYTES = 1 + Long.BYTES + 2 * Integer.BYTES;

  /** What the environments of a batch are at, see {@link EnvironmentBatch}. */
  record EnvironmentArrays(
      double[] xs,
      long[] seeds,
      long[] episodes,
      int[] episodeSteps,
      double[] actionCosts,
      boolean[] started,
      boolean[] finished) {}

  /** Describes a session; its arrays are the session's own. */
  static SessionRecord of(LiveSession session) {
    EnvironmentBatch batch = session.batch;
    Map<String, Double> parameters = new LinkedHashMap<>();
    batch.model.spec.parameters().forEach(p -> parameters.put(p.name(), p.value()));
    return new SessionRecord(
        session.id,
        session.owner,
        batch.model.spec.id(),
        parameters,
        batch.model.spec.modelDigest(),
        new SessionPlan(
            batch.size, batch.autoreset, session.bounds, batch.maxEpisodeSteps, session.lease()),
        session.step(),
        session.resets(),
        batch.arrays(),
        session.answers.all());
  }

  /** Checks that the model is still the same, and the states are those of such a model. */
  void requireModel(Model model) {
    String digest = model.spec.modelDigest();
    if (!digest.equals(modelDigest)) {
      throw Errors.modelDigest(environment, modelDigest, digest);
    }
    if (arrays.xs().length != plan.environments() * model.nx) {
      throw Errors.outOfRange(
          "states (their number)", arrays.xs().length, "that of so many environments");
    }
  }

  void write(DataOutputStream out) throws IOException {
    out.writeUTF(id);
    out.writeUTF(owner);
    out.writeUTF(environment);
    out.writeInt(parameters.size());
    for (Map.Entry<String, Double> parameter : parameters.entrySet()) {
      out.writeUTF(parameter.getKey());
      out.writeDouble(parameter.getValue());
    }
    out.writeUTF(modelDigest);
    out.writeInt(plan.environments());
    out.writeInt(plan.autoreset().getNumber());
    out.writeInt(plan.bounds().getNumber());
    out.writeInt(plan.maxEpisodeSteps());
    out.writeLong(plan.lease().getSeconds());
    out.writeInt(plan.lease().getNano());
    out.writeLong(step);
    out.writeLong(resets);
    out.writeInt(arrays.xs().length);
    for (double x : arrays.xs()) {
      out.writeDouble(x);
    }
    for (int i = 0; i < plan.environments(); i++) {
      out.writeLong(arrays.seeds()[i]);
      out.writeLong(arrays.episodes()[i]);
      out.writeInt(arrays.episodeSteps()[i]);
      out.writeDouble(arrays.actionCosts()[i]);
      out.writeBoolean(arrays.started()[i]);
      out.writeBoolean(arrays.finished()[i]);
    }
    writeAnswers(out);
  }

  private void writeAnswers(DataOutputStream out) throws IOException {
    out.writeInt(answers.size());
    for (AnswerWindow.Kept answer : answers) {
      out.writeBoolean(answer.ofStep());
      out.writeLong(answer.number());
      out.writeInt(answer.request());
      out.writeInt(answer.message().length);
      out.write(answer.message());
    }
  }

  /** A number of things that follow, each of which takes at least so many bytes. */
  private static int count(DataInputStream in, int bytes) throws IOException {
    return fitting(in, in.readInt(), bytes);
  }

  private static int fitting(DataInputStream in, int count, int bytes) throws IOException {
    if (count < 0 || (long) count * bytes > in.available()) {
      throw new IOException(
          "it is damaged: it has %d bytes left, too few".formatted(in.available()));
    }
    return count;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param in of which {@code available} tells all that is left
   */
  static SessionRecord read(DataInputStream in) throws IOException {
    String id = in.readUTF();
    String owner = in.readUTF();
    String environment = in.readUTF();
    Map<String, Double> parameters = new LinkedHashMap<>();
    for (int count = count(in, 2 + Double.BYTES); count > 0; count--) {
      parameters.put(in.readUTF(), in.readDouble());
    }
    String modelDigest = in.readUTF();
    SessionPlan plan =
        new SessionPlan(
            in.readInt(),
            AutoresetMode.forNumber(in.readInt()),
            BoundsMode.forNumber(in.readInt()),
            in.readInt(),
            Duration.ofSeconds(in.readLong(), in.readInt()));
    long step = in.readLong();
    long resets = in.readLong();
    EnvironmentArrays arrays = readArrays(in, plan.environments());
    return new SessionRecord(
        id,
        owner,
        environment,
        parameters,
        modelDigest,
        plan,
        step,
        resets,
        arrays,
        readAnswers(in));
  }

  private static EnvironmentArrays readArrays(DataInputStream in, int n) throws IOException {
    double[] xs = new double[count(in, Double.BYTES)];
    fitting(in, n, ENVIRONMENT_BYTES);
    EnvironmentArrays arrays =
        new EnvironmentArrays(
            xs,
            new long[n],
            new long[n],
            new int[n],
            new double[n],
            new boolean[n],
            new boolean[n]);
    for (int i = 0; i < arrays.xs().length; i++) {
      arrays.xs()[i] = in.readDouble();
    }
    for (int i = 0; i < n; i++) {
      arrays.seeds()[i] = in.readLong();
      arrays.episodes()[i] = in.readLong();
      arrays.episodeSteps()[i] = in.readInt();
      arrays.actionCosts()[i] = in.readDouble();
      arrays.started()[i] = in.readBoolean();
      arrays.finished()[i] = in.readBoolean();
    }
    return arrays;
  }

  private static List<AnswerWindow.Kept> readAnswers(DataInputStream in) throws IOException {
    List<AnswerWindow.Kept> answers = new ArrayList<>();
    for (int count = count(in, ANSWER_BYTES); count > 0; count--) {
      boolean ofStep = in.readBoolean();
      long number = in.readLong();
      int request = in.readInt();
      byte[] message = in.readNBytes(count(in, 1));
      // What is no message is to be found now, not when somebody asks for it.
      (ofStep ? StepResponse.parser() : ResetResponse.parser()).parseFrom(message);
      answers.add(new AnswerWindow.Kept(ofStep, number, request, message));
    }
    return answers;
  }
}
