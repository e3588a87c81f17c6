package org.p2pd;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;

/** The arrows of docs/architecture.md, inside the agent. */
@AnalyzeClasses(packages = "org.p2pd", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule dependenciesPointDownwards =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("agent")
          .definedBy("org.p2pd.agent")
          .layer("upstream")
          .definedBy("org.p2pd.upstream", "org.p2pd.siblings")
          .layer("work")
          .definedBy(
              "org.p2pd.cluster..",
              "org.p2pd.fetch",
              "org.p2pd.publish",
              "org.p2pd.spp.client",
              "org.p2pd.spp.server")
          .layer("keeping")
          .definedBy(
              "org.p2pd.holdings",
              "org.p2pd.leases",
              "org.p2pd.store",
              "org.p2pd.catalogue",
              "org.p2pd.spp")
          .layer("values")
          .definedBy("org.p2pd.content", "org.p2pd.tree", "org.p2pd.identity", "org.p2pd.memory")
          .layer("model")
          .definedBy("org.p2pd.model")
          .whereLayer("agent")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("upstream")
          .mayOnlyBeAccessedByLayers("agent")
          .whereLayer("work")
          .mayOnlyBeAccessedByLayers("agent", "upstream")
          .whereLayer("keeping")
          .mayOnlyBeAccessedByLayers("agent", "upstream", "work")
          .whereLayer("values")
          .mayOnlyBeAccessedByLayers("agent", "upstream", "work", "keeping");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.p2pd.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theAgentKnowsNoServlets =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jakarta.servlet..", "org.apache.catalina..", "org.apache.tomcat..");

  @ArchTest
  static final ArchRule theHashTreeIsPure =
      noClasses()
          .that()
          .resideInAnyPackage("org.p2pd.model", "org.p2pd.tree")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.io..", "java.nio.file..", "java.nio.channels..", "java.net..");

  @ArchTest
  static final ArchRule leasesArePure =
      noClasses()
          .that()
          .resideInAPackage("org.p2pd.leases")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.io..", "java.nio..", "java.net..", "java.util.concurrent..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching("com\\.google\\.common\\.base\\.Ticker|java\\.time\\..*Clock.*");

  @ArchTest
  static final ArchRule holdingsAreMemory =
      noClasses()
          .that()
          .resideInAPackage("org.p2pd.holdings")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.io..", "java.nio..", "java.net..", "org.p2pd.spp..");

  @ArchTest
  static final ArchRule onlyTheClientSpeaksHttp =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.p2pd.spp.client")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.hc..");

  @ArchTest
  static final ArchRule onlyOnePackageKnowsTheEngine =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.p2pd.cluster.jgroups")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.jgroups..");

  @ArchTest
  static final ArchRule onlyPublishingAndTheStoreCallTheSystem =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.p2pd.publish", "org.p2pd.store")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.sun.jna..");

  @ArchTest
  static final ArchRule nothingIsPrinted =
      GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

  @ArchTest
  static final ArchRule everythingLogsAlike =
      GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

  @ArchTest
  static final ArchRule noThreadSleeps =
      noClasses().should().callMethod(Thread.class, "sleep", long.class);
}
