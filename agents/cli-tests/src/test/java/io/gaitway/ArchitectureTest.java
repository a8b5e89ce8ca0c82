package io.gaitway;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.gaitway.sim.task.Environment;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The house rules about who may use whom, held by a test. */
@AnalyzeClasses(
    packages = "io.gaitway",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ArchitectureTest.DoNotIncludeGenerated.class
    })
final class ArchitectureTest {
  private static final String SIM = "io.gaitway.sim..";
  private static final String PROTO = "io.gaitway.proto..";
  private static final String SERVER = "io.gaitway.server..";
  private static final String ADDRESS = "io.gaitway.address..";
  private static final String CLIENT = "io.gaitway.client..";
  private static final String OPTIM = "io.gaitway.optim..";
  private static final String AGENTS = "io.gaitway.agents..";
  private static final String CLI = "io.gaitway.agents.cli";

  /** The wiring of the client, which is not part of its API. */
  private static final String CLIENT_INTERNAL = "io.gaitway.client.internal..";

  /** The one room of the agents with protocol buffers: ONNX files are written in them. */
  private static final String ONNX = "io.gaitway.agents.onnx..";

  /** Where the client says what networks are made of. */
  private static final String NETWORKS = "io.gaitway.client.simulation";

  /** The one class of the agents that starts a server. */
  private static final String EMBEDDED_SERVER = "io.gaitway.agents.cli.EmbeddedServer";

  /**
   * What moves a terminal's cursor; 1 stands for what is filled in at run time. L is left out: the
   * names of arrays' types begin with it, and may stand behind a length of 27.
   */
  private static final Pattern CONTROL_SEQUENCE =
      Pattern.compile("\u001b\\[[0-9;\u0001]*[A-KM-Za-z]");

  /** Everything that belongs to remote calls rather than to simulation or learning. */
  private static final String[] REMOTE = {"io.grpc..", "io.netty..", "com.google.protobuf.."};

  /** Leaves generated classes out: they are many, and Maven bounds what they see. */
  static final class DoNotIncludeGenerated implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/io/gaitway/proto/")
          && !location.contains("/io/gaitway/agents/onnx/format/");
    }
  }

  @ArchTest
  static final ArchRule simulatorStandsOnFewLibraries =
      classes()
          .that()
          .resideInAPackage(SIM)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              SIM,
              "java..",
              "javax.xml..",
              "org.apache.commons.rng..",
              "org.ejml..",
              "org.jspecify..",
              "org.objectweb.asm..",
              "org.yaml.snakeyaml..");

  @ArchTest
  static final ArchRule simulatorDoesNoInputOrOutput =
      noClasses()
          .that()
          .resideInAPackage(SIM)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                      "java.io..", "java.nio.file..", "java.nio.channels..", "java.net..")
                  .and(
                      not(
                          belongToAnyOf(
                              InputStream.class,
                              IOException.class,
                              StringReader.class,
                              UncheckedIOException.class))))
          .because("it may load resources of its own and read texts, and touches nothing else");

  @ArchTest
  static final ArchRule simulatorStartsNoThreads =
      noClasses()
          .that()
          .resideInAPackage(SIM)
          .should()
          .dependOnClassesThat(
              describe(
                  "run code on other threads",
                  type ->
                      type.isAssignableTo(Thread.class)
                          || type.isAssignableTo(Executor.class)
                          || type.isAssignableTo(Executors.class)
                          || type.isAssignableTo(Future.class)
                          || type.isAssignableTo(Timer.class)))
          .orShould()
          .callMethodWhere(
              describe(
                  "a stream goes parallel",
                  call ->
                      call.getName().equals("parallelStream")
                          || (call.getName().equals("parallel")
                              && call.getTargetOwner().getPackageName().equals("java.util.stream"))
                          || (call.getName().startsWith("parallel")
                              && call.getTargetOwner().isEquivalentTo(Arrays.class))));

  @ArchTest
  static final ArchRule addressesStandAlone =
      classes()
          .that()
          .resideInAPackage(ADDRESS)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(ADDRESS, "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule serverUsesSimulatorAndContract =
      noClasses()
          .that()
          .resideInAPackage(SERVER)
          .should()
          .dependOnClassesThat(ofGaitwayOutside(SERVER, SIM, PROTO, ADDRESS));

  @ArchTest
  static final ArchRule roomsOfTheServerUseThoseBelow =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .ensureAllClassesAreContainedInArchitectureIgnoring(ADDRESS, SIM, CLIENT, OPTIM, AGENTS)
          .layer("server")
          .definedBy("io.gaitway.server")
          .layer("log")
          .definedBy("io.gaitway.server.log")
          .layer("metrics")
          .definedBy("io.gaitway.server.metrics")
          .layer("dmenv")
          .definedBy("io.gaitway.server.dmenv")
          .layer("session")
          .definedBy("io.gaitway.server.session")
          .layer("dynamics")
          .definedBy("io.gaitway.server.dynamics")
          .layer("catalog")
          .definedBy("io.gaitway.server.catalog")
          .layer("usage")
          .definedBy("io.gaitway.server.usage")
          .layer("evaluation")
          .definedBy("io.gaitway.server.evaluation")
          .layer("episode")
          .definedBy("io.gaitway.server.episode")
          .layer("call")
          .definedBy("io.gaitway.server.call")
          .layer("access")
          .definedBy("io.gaitway.server.access")
          .layer("certificate")
          .definedBy("io.gaitway.server.certificate")
          .layer("wire")
          .definedBy("io.gaitway.server.wire")
          .whereLayer("log")
          .mayOnlyAccessLayers("wire")
          .whereLayer("metrics")
          .mayOnlyAccessLayers("wire")
          .whereLayer("dmenv")
          .mayOnlyAccessLayers("session", "catalog", "call", "access", "wire")
          .whereLayer("session")
          .mayOnlyAccessLayers("episode", "catalog", "usage", "call", "access", "wire")
          .whereLayer("dynamics")
          .mayOnlyAccessLayers("episode", "catalog", "usage", "call", "access", "wire")
          .whereLayer("catalog")
          .mayOnlyAccessLayers("call", "access", "wire")
          .whereLayer("usage")
          .mayOnlyAccessLayers("call", "access", "wire")
          .whereLayer("evaluation")
          .mayOnlyAccessLayers("episode", "catalog", "call", "access", "wire")
          .whereLayer("episode")
          .mayOnlyAccessLayers("catalog", "wire")
          .whereLayer("call")
          .mayOnlyAccessLayers("access", "wire")
          .whereLayer("access")
          .mayOnlyAccessLayers("log", "wire")
          .whereLayer("certificate")
          .mayNotAccessAnyLayer()
          .whereLayer("wire")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule theStepperAloneTakesSteps =
      noClasses()
          .that()
          .resideInAPackage(SERVER)
          .and()
          .resideOutsideOfPackage("io.gaitway.server.episode")
          .should()
          .callMethodWhere(
              describe(
                  "a control step is taken or charged for",
                  call ->
                      call.getTargetOwner().isEquivalentTo(Environment.class)
                          && Set.of("step", "cost", "terminalCost", "terminated")
                              .contains(call.getName())))
          .because("clipping, divergence, ends and charges of an episode have one place");

  @ArchTest
  static final ArchRule sessionsOfDmEnvTakeArrays =
      noClasses()
          .that()
          .resideInAPackage("io.gaitway.server.dmenv")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.gaitway.proto.v1")
                  .and(assignableTo("com.google.protobuf.MessageLite")))
          .because("messages of the contract are read and written beside the sessions");

  @ArchTest
  static final ArchRule clientUsesTheContract =
      noClasses()
          .that()
          .resideInAPackage(CLIENT)
          .should()
          .dependOnClassesThat(ofGaitwayOutside(CLIENT, PROTO, ADDRESS));

  @ArchTest
  static final ArchRule roomsOfTheClientUseThoseBelow =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .ensureAllClassesAreContainedInArchitectureIgnoring(ADDRESS, SIM, SERVER, OPTIM, AGENTS)
          .layer("client")
          .definedBy("io.gaitway.client")
          .layer("session")
          .definedBy("io.gaitway.client.session")
          .layer("evaluation")
          .definedBy("io.gaitway.client.evaluation")
          .layer("agent")
          .definedBy("io.gaitway.client.agent")
          .layer("internal")
          .definedBy(CLIENT_INTERNAL)
          .layer("simulation")
          .definedBy("io.gaitway.client.simulation")
          .layer("error")
          .definedBy("io.gaitway.client.error")
          .whereLayer("client")
          .mayOnlyAccessLayers("session", "evaluation", "internal", "simulation", "error")
          .whereLayer("session")
          .mayOnlyAccessLayers("internal", "simulation", "error")
          .whereLayer("evaluation")
          .mayOnlyAccessLayers("internal", "simulation", "error")
          .whereLayer("agent")
          .mayOnlyAccessLayers("internal", "simulation", "error")
          .whereLayer("internal")
          .mayOnlyAccessLayers("simulation", "error")
          .whereLayer("simulation")
          .mayOnlyAccessLayers("error")
          .whereLayer("error")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule wiringOfTheClientIsItsOwn =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLIENT)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(CLIENT_INTERNAL);

  @ArchTest
  static final ArchRule agentsUseTheClient =
      noClasses()
          .that()
          .resideInAnyPackage(OPTIM, AGENTS)
          .and()
          .resideOutsideOfPackage(ONNX)
          .and(not(embeddedServer()))
          .should()
          .dependOnClassesThat(
              ofGaitwayOutside(OPTIM, AGENTS, CLIENT).or(resideInAnyPackage(REMOTE)))
          .because("what agents know of a server comes through the client");

  @ArchTest
  static final ArchRule commandsAloneReadACommandLine =
      noClasses()
          .that()
          .resideInAnyPackage(OPTIM, AGENTS)
          .and()
          .resideOutsideOfPackage(CLI)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  /** The modules of the agents, as Maven builds them one on the other. */
  @ArchTest
  static final ArchRule modulesOfTheAgentsUseThoseBelow =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .ensureAllClassesAreContainedInArchitectureIgnoring(ADDRESS, SIM, SERVER, CLIENT)
          .layer("cli")
          .definedBy(CLI)
          .layer("reproduction")
          .definedBy("io.gaitway.agents.reproduction..")
          .layer("runner")
          .definedBy(
              "io.gaitway.agents.console",
              "io.gaitway.agents.evaluation",
              "io.gaitway.agents.experiment",
              "io.gaitway.agents.measure",
              ONNX,
              "io.gaitway.agents.program",
              "io.gaitway.agents.report",
              "io.gaitway.agents.results",
              "io.gaitway.agents.run",
              "io.gaitway.agents.statistics",
              "io.gaitway.agents.table")
          .layer("algorithms")
          .definedBy(
              "io.gaitway.agents.algorithms",
              "io.gaitway.agents.gait",
              "io.gaitway.agents.guidance")
          .layer("api")
          .definedBy("io.gaitway.agents.api")
          .layer("optim")
          .definedBy(OPTIM)
          .whereLayer("reproduction")
          .mayOnlyAccessLayers("runner", "api", "optim")
          .whereLayer("runner")
          .mayOnlyAccessLayers("api", "optim")
          .whereLayer("algorithms")
          .mayOnlyAccessLayers("api", "optim")
          .whereLayer("api")
          .mayOnlyAccessLayers("optim")
          .whereLayer("optim")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule roomsOfTheAgentsUseThoseBelow =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .ensureAllClassesAreContainedInArchitectureIgnoring(ADDRESS, SIM, SERVER, CLIENT)
          .layer("cli")
          .definedBy(CLI)
          .layer("reproduction")
          .definedBy("io.gaitway.agents.reproduction")
          .layer("evaluation")
          .definedBy("io.gaitway.agents.evaluation")
          .layer("experiment")
          .definedBy("io.gaitway.agents.experiment")
          .layer("results")
          .definedBy("io.gaitway.agents.results")
          .layer("program")
          .definedBy("io.gaitway.agents.program")
          .layer("run")
          .definedBy("io.gaitway.agents.run")
          .layer("measure")
          .definedBy("io.gaitway.agents.measure")
          .layer("statistics")
          .definedBy("io.gaitway.agents.statistics")
          .layer("report")
          .definedBy("io.gaitway.agents.report")
          .layer("table")
          .definedBy("io.gaitway.agents.table")
          .layer("onnx")
          .definedBy(ONNX)
          .layer("console")
          .definedBy("io.gaitway.agents.console")
          .layer("algorithms")
          .definedBy("io.gaitway.agents.algorithms")
          .layer("guidance")
          .definedBy("io.gaitway.agents.guidance")
          .layer("gait")
          .definedBy("io.gaitway.agents.gait")
          .layer("api")
          .definedBy("io.gaitway.agents.api")
          .layer("policy")
          .definedBy("io.gaitway.optim.policy")
          .layer("trajopt")
          .definedBy("io.gaitway.optim.trajopt")
          .whereLayer("reproduction")
          .mayOnlyAccessLayers("results", "statistics", "table", "policy")
          .whereLayer("evaluation")
          .mayOnlyAccessLayers("run", "report", "table", "console", "api", "policy", "trajopt")
          .whereLayer("experiment")
          .mayOnlyAccessLayers(
              "results",
              "program",
              "run",
              "measure",
              "statistics",
              "report",
              "table",
              "console",
              "api",
              "policy",
              "trajopt")
          .whereLayer("results")
          .mayOnlyAccessLayers("statistics", "table", "policy")
          .whereLayer("program")
          .mayOnlyAccessLayers("run", "console", "api", "policy")
          .whereLayer("run")
          .mayOnlyAccessLayers("measure", "report", "api", "policy")
          .whereLayer("measure")
          .mayOnlyAccessLayers("api")
          .whereLayer("statistics")
          .mayNotAccessAnyLayer()
          .whereLayer("report")
          .mayNotAccessAnyLayer()
          .whereLayer("table")
          .mayNotAccessAnyLayer()
          .whereLayer("onnx")
          .mayOnlyAccessLayers("policy")
          .whereLayer("console")
          .mayNotAccessAnyLayer()
          .whereLayer("algorithms")
          .mayOnlyAccessLayers("guidance", "api", "policy", "trajopt")
          .whereLayer("guidance")
          .mayOnlyAccessLayers("gait", "api", "policy", "trajopt")
          .whereLayer("gait")
          .mayOnlyAccessLayers("api", "trajopt")
          .whereLayer("api")
          .mayOnlyAccessLayers("policy")
          .whereLayer("policy")
          .mayOnlyAccessLayers("trajopt")
          .whereLayer("trajopt")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule reproductionReadsTablesOnly =
      noClasses()
          .that()
          .resideInAPackage("io.gaitway.agents.reproduction..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(CLIENT, "java.io..", "java.nio..")
          .because("it judges what experiments left, and neither runs anything nor touches files");

  @ArchTest
  static final ArchRule tablesAreWrittenInOneRoom =
      noClasses()
          .that()
          .resideInAPackage(AGENTS)
          .and()
          .resideOutsideOfPackage("io.gaitway.agents.table")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.fasterxml.jackson.dataformat.csv..")
          .orShould(haveATextWith(Pattern.compile("\\|---")));

  @ArchTest
  static final ArchRule terminalsAreDrawnOnInOneRoom =
      noClasses()
          .that()
          .resideInAPackage(AGENTS)
          .and()
          .resideOutsideOfPackage("io.gaitway.agents.console")
          .should(haveATextWith(CONTROL_SEQUENCE))
          .orShould()
          .callMethod(System.class, "console");

  @ArchTest
  static final ArchRule onnxIsOnlyAFormat =
      noClasses()
          .that()
          .resideInAPackage(ONNX)
          .should()
          .dependOnClassesThat(
              ofGaitwayOutside(OPTIM, AGENTS, NETWORKS)
                  .or(resideInAnyPackage("io.grpc..", "io.netty..", "java.nio..")))
          .because(
              "it turns a policy into bytes, and protocol buffers are only how these are laid out");

  @ArchTest
  static final ArchRule onnxAloneKnowsItsFormat =
      noClasses()
          .that()
          .resideOutsideOfPackage(ONNX)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.gaitway.agents.onnx.format..");

  @ArchTest
  static final ArchRule networksAreComputedInOnePlaceOfEachProcess =
      noClasses()
          .that()
          .resideInAnyPackage(SERVER, CLIENT, OPTIM, AGENTS)
          .and()
          .haveNameNotMatching(
              "io\\.gaitway\\.(server\\.dynamics|optim\\.policy)\\.Network(\\$.*)?")
          .should()
          .callMethodWhere(
              describe(
                  "a function is one of networks' activations",
                  call ->
                      Set.of("tanh", "expm1", "log1p").contains(call.getName())
                          && call.getTargetOwner().getPackageName().equals("java.lang")))
          .because("a network has one forward pass, with the contract's sums and functions");

  @ArchTest
  static final ArchRule embeddedServerUsesTheServer =
      classes()
          .that()
          .haveFullyQualifiedName(EMBEDDED_SERVER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(SERVER)
          .because("the exception in agentsUseTheClient would otherwise be out of use");

  @ArchTest
  static final ArchRule clientHidesTheContract =
      members()
          .that(ofTheClientsApi())
          .should(mentionNothingOf(resideInAnyPackage(REMOTE).or(resideInAnyPackage(PROTO))));

  /** Constructors may: that is how the client makes what it hands out. */
  @ArchTest
  static final ArchRule clientHidesItsWiring =
      members()
          .that(ofTheClientsApi())
          .and(not(describe("are constructors", JavaConstructor.class::isInstance)))
          .should(mentionNothingOf(resideInAnyPackage(CLIENT_INTERNAL)));

  @ArchTest
  static final ArchRule modulesAreFreeOfCycles =
      slices().matching("io.gaitway.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule simulatorIsFreeOfCycles =
      slices().matching("io.gaitway.sim.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule clientIsFreeOfCycles =
      slices().matching("io.gaitway.client.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule agentsAreFreeOfCycles =
      slices().matching("io.gaitway.agents.(**)").should().beFreeOfCycles();

  /** Classes of this project that lie in none of the given packages. */
  private static DescribedPredicate<JavaClass> ofGaitwayOutside(String... packages) {
    return resideInAnyPackage("io.gaitway..").and(not(resideInAnyPackage(packages)));
  }

  /** The embedded server and the classes nested in it. */
  private static DescribedPredicate<JavaClass> embeddedServer() {
    return describe(
        "are the embedded server",
        type ->
            type.getName().equals(EMBEDDED_SERVER)
                || type.getName().startsWith(EMBEDDED_SERVER + "$"));
  }

  /** Members that users of the client can name. */
  private static DescribedPredicate<JavaMember> ofTheClientsApi() {
    return describe(
        "belong to the client's API",
        member ->
            resideInAnyPackage(CLIENT).test(member.getOwner())
                && !resideInAnyPackage(CLIENT_INTERNAL).test(member.getOwner())
                && isVisible(member));
  }

  /** Whether a user of the library can name the member: it and all classes around it are open. */
  private static boolean isVisible(JavaMember member) {
    for (JavaClass c = member.getOwner(); ; c = c.getEnclosingClass().get()) {
      if (!isOpen(c.getModifiers())) {
        return false;
      }
      if (c.getEnclosingClass().isEmpty()) {
        return isOpen(member.getModifiers());
      }
    }
  }

  private static boolean isOpen(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  /** Holds when no type in the member's signature, type arguments included, is a forbidden one. */
  private static ArchCondition<JavaMember> mentionNothingOf(
      DescribedPredicate<JavaClass> forbidden) {
    return new ArchCondition<>("mention no classes that " + forbidden.getDescription()) {
      @Override
      public void check(JavaMember member, ConditionEvents events) {
        types(member)
            .flatMap(type -> type.getAllInvolvedRawTypes().stream())
            .filter(forbidden)
            .distinct()
            .forEach(
                type ->
                    events.add(
                        SimpleConditionEvent.violated(
                            member, member.getFullName() + " mentions " + type.getName())));
      }
    };
  }

  /** Looks for a text of ASCII in a class's constants. */
  private static ArchCondition<JavaClass> haveATextWith(Pattern part) {
    return new ArchCondition<>("have a text with " + part) {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        try (InputStream code = type.getSource().orElseThrow().getUri().toURL().openStream()) {
          String constants = new String(code.readAllBytes(), StandardCharsets.ISO_8859_1);
          boolean found = part.matcher(constants).find();
          events.add(new SimpleConditionEvent(type, found, type.getName() + " has one"));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  private static Stream<JavaType> types(JavaMember member) {
    if (member instanceof JavaField field) {
      return Stream.of(field.getType());
    }
    JavaCodeUnit code = (JavaCodeUnit) member;
    return Stream.concat(
        Stream.concat(Stream.of(code.getReturnType()), code.getParameterTypes().stream()),
        code.getExceptionTypes().stream());
  }
}
