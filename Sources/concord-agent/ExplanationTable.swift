import Extraction
import Foundation

/// Prints why two dialects differ: a line for each feature, below it a line for each cause.
struct ExplanationTable {
    let explanations: [DialectExplanation]

    var lines: [String] {
        explanations.flatMap { explanation -> [String] in
            ["region \(explanation.roi)", "exchanged one after the other:"]
                + explanation.steps.map { "  \($0.cause.rawValue): \($0.sentence)" }
                + ["", "ibsi  column  PyRadiomics  value in ibsi  value in pyradiomics  relative difference"]
                + explanation.features.flatMap(Self.lines)
        }
    }

    private static func lines(_ feature: DialectExplanation.Feature) -> [String] {
        [
            [
                feature.ibsi.isEmpty ? "-" : feature.ibsi, feature.column, feature.pyRadiomics,
                text(feature.ibsiValue), text(feature.pyRadiomicsValue), text(feature.relativeDifference),
            ].joined(separator: "  ")
        ]
            + feature.causes.map { change in
                var line = "      \(change.cause.rawValue): \(text(change.change)) to \(text(change.value))"
                if change.cause == .definition, let why = feature.definitionDifference { line += " (\(why))" }
                return line
            }
    }

    private static func text(_ value: Double?) -> String {
        value.map { String(format: "%.7g", $0) } ?? "undefined"
    }
}
