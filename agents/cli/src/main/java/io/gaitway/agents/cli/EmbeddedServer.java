package io.gaitway.agents.cli;

import io.gaitway.agents.api.SettingException;
import io.gaitway.client.GaitwayClient;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.PrivateTransport;
import io.gaitway.server.ServeCommand;
import io.gaitway.server.TokenCommand;
import io.gaitway.server.access.Access;
import io.gaitway.server.catalog.RobotFolder;
import io.gaitway.server.certificate.CertificateCommand;
import io.gaitway.server.evaluation.StoreFile;
import io.gaitway.sim.mjcf.MjcfWriter;
import io.gaitway.sim.mjcf.Robot;
import io.gaitway.sim.mjcf.RobotFile;
import io.gaitway.sim.mjcf.RobotReport;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.taskfile.TaskFileException;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A server inside this process, used when {@code --server} is not given; the only class of the
 * agents that knows the server. Its answers have the same bits as those over a network.
 */
public final class EmbeddedServer implements AutoCloseable {
  private final GaitwayServer server;
  private final Supplier<GaitwayClient.Builder> clients;
  private final List<PrivateTransport> transports = new ArrayList<>();

  private EmbeddedServer(GaitwayServer server, Supplier<GaitwayClient.Builder> clients) {
    this.server = server;
    this.clients = clients;
  }

  /**
   * All environments on the class path, and those of the folder of one's own robots.
   *
   * @throws SettingException if there is something wrong with that
   */
  private static Environments all() {
    String folder = System.getenv(ServeCommand.OWN_ROBOTS);
    if (folder == null || folder.isEmpty()) {
      return Environments.load();
    }
    try {
      return Environments.load(RobotFolder.environments(Path.of(folder)));
    } catch (TaskFileException | IllegalArgumentException | IllegalStateException | IOException e) {
      throw new SettingException(ServeCommand.OWN_ROBOTS + ": " + e.getMessage());
    }
  }

  /** Names of all environments of the server. */
  static List<String> environments() {
    return all().ids();
  }

  /** Starts a server with all environments. */
  public static EmbeddedServer start() {
    try {
      return inProcess(GaitwayServer.builder(all()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The same, with evaluations kept in a file, which other commands may use too.
   *
   * @throws IOException if the file cannot be used
   */
  static EmbeddedServer start(Path evaluations) throws IOException {
    return inProcess(GaitwayServer.builder(all()).evaluations(evaluations, StoreFile.Use.SHARED));
  }

  /** The same, but where other processes of this user reach it. */
  static EmbeddedServer startForProcesses() {
    try {
      PrivateTransport transport = PrivateTransport.open();
      GaitwayServer server =
          GaitwayServer.builder(all())
              .reflection(false)
              .access(transport.access())
              .start(transport.builder());
      String target = transport.address(server.port()).toString();
      EmbeddedServer embedded =
          new EmbeddedServer(server, () -> GaitwayClient.builder().target(target));
      embedded.transports.add(transport);
      return embedded;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static EmbeddedServer inProcess(GaitwayServer.Builder builder) throws IOException {
    String name = InProcessServerBuilder.generateName();
    return new EmbeddedServer(
        builder
            .reflection(false)
            .access(Access.ownUserOnly())
            .start(InProcessServerBuilder.forName(name)),
        // A program that was stopped for a while, with Ctrl-Z say, waits for itself.
        () -> GaitwayClient.builder().inProcess(name).deadline(ChronoUnit.FOREVER.getDuration()));
  }

  /**
   * Lets controllers in other processes of this user in: for the evaluation service and nothing
   * else.
   *
   * @return the address, unix:PATH; host:port where there are no Unix sockets
   */
  String offerToControllers() throws IOException {
    PrivateTransport transport = PrivateTransport.open();
    transports.add(transport);
    int port = server.offerToControllers(transport.builder(), transport.access());
    return transport.address(port).toString();
  }

  /** A new client of the server; it is to be closed before the server. */
  public GaitwayClient client() {
    return clients.get().build();
  }

  /** The commands of whoever runs a server. */
  static List<Object> serverCommands() {
    return List.of(new ServeCommand(), new TokenCommand(), new CertificateCommand());
  }

  /** A robot as the simulator knows it, for which no server is needed. */
  static final class LocalRobot {
    private final Robot robot;

    private LocalRobot(Robot robot) {
      this.robot = robot;
    }

    /**
     * That of a file in MuJoCo's XML.
     *
     * @throws IllegalArgumentException if it is no robot that moves in a plane
     */
    static LocalRobot ofFile(Path file) {
      String name = String.valueOf(file.getFileName());
      return new LocalRobot(RobotFile.read(name, RobotFolder.files(file.toAbsolutePath())).robot());
    }

    /**
     * That of an environment.
     *
     * @param parameters values by name; what is not named keeps its default
     * @throws IllegalArgumentException if a parameter is unknown or out of range
     */
    static LocalRobot ofEnvironment(String environment, Map<String, Double> parameters) {
      return new LocalRobot(Robot.of(all().create(environment, parameters)));
    }

    /** What is known of it, as one line of JSON. */
    String description() {
      return new RobotReport(robot).description();
    }

    /** How it moves; see {@link RobotReport#motion}. */
    List<String> motion(List<double[]> states) {
      return new RobotReport(robot).motion(states);
    }

    /** Its file, for MuJoCo; see {@link MjcfWriter#write}. */
    String mjcf() {
      return MjcfWriter.write(robot);
    }
  }

  @Override
  public void close() {
    server.close();
    transports.forEach(PrivateTransport::close);
  }
}
