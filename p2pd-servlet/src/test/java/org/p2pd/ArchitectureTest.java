package org.p2pd;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of docs/architecture.md, in the servlet module. */
@AnalyzeClasses(
    packages = {
      "org.p2pd.http",
      "org.p2pd.delivery",
      "org.p2pd.pages",
      "org.p2pd.servlet",
      "org.p2pd.node",
      "org.p2pd.launcher"
    },
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule dependenciesPointDownwards =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("launcher")
          .definedBy("org.p2pd.launcher")
          .layer("node")
          .definedBy("org.p2pd.node..")
          .layer("servlet")
          .definedBy("org.p2pd.servlet")
          .layer("delivery")
          .definedBy("org.p2pd.delivery")
          .layer("pages")
          .definedBy("org.p2pd.pages")
          .layer("http")
          .definedBy("org.p2pd.http")
          .whereLayer("launcher")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("node")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("servlet")
          .mayOnlyBeAccessedByLayers("node")
          .whereLayer("delivery")
          .mayOnlyBeAccessedByLayers("servlet")
          .whereLayer("pages")
          .mayOnlyBeAccessedByLayers("servlet");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.p2pd.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule theRulesOfHttpArePure =
      noClasses()
          .that()
          .resideInAnyPackage("org.p2pd.http", "org.p2pd.pages")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "jakarta.servlet..",
              "org.apache..",
              "java.nio.channels..",
              "java.util.concurrent..",
              "org.p2pd.agent..",
              "org.p2pd.fetch..",
              "org.p2pd.store..",
              "org.p2pd.publish..",
              "org.p2pd.spp..",
              "org.p2pd.upstream..");

  @ArchTest
  static final ArchRule theAgentIsReachedThroughItsSeams =
      noClasses()
          .that()
          .resideInAnyPackage("org.p2pd.delivery", "org.p2pd.servlet")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.p2pd.fetch..",
              "org.p2pd.publish..",
              "org.p2pd.spp.client..",
              "org.p2pd.upstream..");

  @ArchTest
  static final ArchRule theLauncherNeedsTheJdkAlone =
      classes()
          .that()
          .resideInAPackage("org.p2pd.launcher")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("java..", "org.p2pd.launcher", "org.jspecify.annotations");

  @ArchTest
  static final ArchRule anyContainerWillDo =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.p2pd.node.tomcat")
          .and()
          // Closes a connection at once where the container is a Tomcat; finds out, never assumes.
          .haveNameNotMatching("org\\.p2pd\\.delivery\\.TomcatConnection.*")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.catalina..",
              "org.apache.coyote..",
              "org.apache.tomcat..",
              "org.apache.juli..");

  @ArchTest
  static final ArchRule theEmbeddedTomcatKnowsNothingOfP2pd =
      noClasses()
          .that()
          .resideInAPackage("org.p2pd.node.tomcat")
          .should()
          .dependOnClassesThat(
              describe(
                  "are p2pd's, outside of this package",
                  c ->
                      c.getPackageName().startsWith("org.p2pd")
                          && !c.getPackageName().equals("org.p2pd.node.tomcat")));

  @ArchTest
  static final ArchRule oneGrammar =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.p2pd.node.options..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule noThreadSleeps =
      noClasses().should().callMethod(Thread.class, "sleep", long.class);
}
