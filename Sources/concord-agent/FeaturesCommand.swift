import ArgumentParser
import Extraction
import StudyProtocol

/// Lists the features.
struct Features: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List every feature: IBSI id, family, aggregation, name, column, unit.",
        discussion: """
            The definitions and formulas are those of the IBSI reference manual (arXiv:1612.07003), found by the id.
            Example: concord-agent features --json
            """)
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        if json {
            print(String(decoding: try CanonicalForm.encode(FeatureListing.all), as: UTF8.self))
        } else {
            print("ibsi  family  aggregation  name  column  unit")
            for feature in FeatureListing.all {
                print(
                    [
                        feature.ibsi ?? "-", feature.family, feature.aggregation.isEmpty ? "-" : feature.aggregation,
                        feature.name, feature.column, feature.unit ?? "-",
                    ].joined(separator: "  "))
            }
        }
    }
}
